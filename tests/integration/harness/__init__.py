"""That the harness itself holds: the databases, their settings and their end."""
