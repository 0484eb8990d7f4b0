"""The workflow engine: cache, store, runs and command line; it knows no problem of its own."""
