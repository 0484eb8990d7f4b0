"""Reports that look from one night to the others."""
