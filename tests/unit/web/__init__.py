"""The web without a database."""
