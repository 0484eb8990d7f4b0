"""What makes a task's result reusable, and why one was not reused."""
