"""What the flows compute, stage by stage."""
