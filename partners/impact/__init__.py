"""Impact: what a head may see, counted safely."""
