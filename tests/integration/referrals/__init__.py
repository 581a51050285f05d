"""Tests of the life of a referral on a real database."""
