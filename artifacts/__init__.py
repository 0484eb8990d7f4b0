"""What a person reads: figures, reports and their publishing."""
