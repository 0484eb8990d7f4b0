"""Reports of how the winner decides: they choose nothing."""
