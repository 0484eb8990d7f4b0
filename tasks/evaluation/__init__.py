"""Scores of the chosen model on the test set, with intervals."""
