"""The candidates: their settings, folds, fits and scores."""
