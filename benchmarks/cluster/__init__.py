"""What more workers are worth: measured with two, simulated with up to sixty-four."""
