"""What happens between the start and the end of one run."""
