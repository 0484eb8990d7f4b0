"""A person's own images: find what is written in them, and lay it out as the training images."""
