"""What the workflow costs, measured beside what a user would write instead."""
