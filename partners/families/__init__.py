"""Families: schools, families, what they need, what an offer must do for them, and what they agreed to."""
