"""Foundation: the database, users, permissions, audit, mail and calendars that every other room stands on."""
