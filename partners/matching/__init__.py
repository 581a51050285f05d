"""Matching: the only door to the matcher."""
