"""What is run: the flows, their configuration and what the terminal shows."""
