"""Tests of partners without a database."""
