"""Steps computed by Dask's workers, on this machine or on others; needs ``make setup-cluster``."""
