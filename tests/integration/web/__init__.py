"""The web on a real database."""
