"""TODO tasks/data."""
