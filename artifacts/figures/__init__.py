"""Arrays and records in, matplotlib figures out."""
