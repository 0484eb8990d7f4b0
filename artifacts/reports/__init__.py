"""One module per published report: its text and the task that draws it."""
