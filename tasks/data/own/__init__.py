"""What a data set of a person's own must be checked for: equal images, classes, sizes."""
