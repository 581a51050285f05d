"""Figures and releases, on real databases."""
