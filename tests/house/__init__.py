"""The house rules, run as tests: each failure names the fix."""
