"""Registry: local organisations, what they offer, and how true that is today."""
