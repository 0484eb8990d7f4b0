"""Files and folders that a person gives: what they are, told by content and by name."""
