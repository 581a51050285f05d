"""Seeds: reference data and one invented town."""
