"""The model in use: compared, promoted, restored."""
