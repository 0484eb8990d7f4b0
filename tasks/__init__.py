"""The stages as plain functions, each with one thin cached task."""
