"""What is done together: tests on real databases."""
