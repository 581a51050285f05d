"""Tests guard the house, not only the code."""
