"""Time and memory against the number of training images."""
