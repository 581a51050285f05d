"""Measurements of speed and quality, each beside a named peer; not run by the tests."""
