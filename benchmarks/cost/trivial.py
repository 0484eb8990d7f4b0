"""A flow of one task that returns its argument: what Prefect itself costs."""

from prefect import flow, task


@task
def same(number: int) -> int:
    """Return the number."""
    return number


@flow(name="trivial")
def trivial() -> int:
    """Run one task."""
    return same(1)


if __name__ == "__main__":
    trivial()
