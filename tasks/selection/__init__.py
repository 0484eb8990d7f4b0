"""Choose a candidate and a threshold from out-of-fold scores."""
