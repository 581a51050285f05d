"""Referrals: from a person's choice to a known outcome."""
