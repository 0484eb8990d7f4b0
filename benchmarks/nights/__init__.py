"""Ten simulated nights."""
