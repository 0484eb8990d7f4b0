"""The folder that keeps results, objects and the records of runs."""
