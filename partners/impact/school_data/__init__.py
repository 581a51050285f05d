"""School data: what a school's own system says of its pupils, kept apart: tables and a key of their own, read for counting alone. Matching never comes here."""
