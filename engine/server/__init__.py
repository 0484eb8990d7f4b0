"""Prefect's API server as this project runs it: its process, its secret, its loss."""
