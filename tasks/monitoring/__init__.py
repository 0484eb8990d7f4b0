"""What changes from night to night."""
