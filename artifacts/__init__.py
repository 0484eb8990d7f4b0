"""What a person looks at: figures, reports and their publishing."""
