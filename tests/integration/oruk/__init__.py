"""The Open Referral UK feed on a real database."""
