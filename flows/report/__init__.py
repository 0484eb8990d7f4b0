"""What a run publishes and leaves in its folder."""
