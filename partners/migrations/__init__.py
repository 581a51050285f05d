"""Migrations: every schema since the first table, in order."""
