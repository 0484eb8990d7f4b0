"""The workflow beside what a user would write instead."""
