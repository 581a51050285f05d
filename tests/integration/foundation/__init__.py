"""The foundation on a real database."""
