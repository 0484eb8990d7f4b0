"""What many tests stand on: the real MNIST, and a store of their own."""

import os
from pathlib import Path

import pytest

from tasks.content import Content
from tasks.idx import read_folder
from tasks.location import store_at


@pytest.hookimpl(tryfirst=True)  # before pytest chooses by marker
def pytest_collection_modifyitems(items):
    """Mark every test that reads the real MNIST, so that none can be forgotten."""
    for item in items:
        if "mnist_folder" in item.fixturenames:
            item.add_marker("mnist")


@pytest.fixture(scope="session")
def mnist_folder() -> Path:
    """The folder with the four IDX files of the real MNIST."""
    named = os.environ.get("DIGITS_DATA_DIR")
    if not named:
        pytest.fail(
            "This test reads the real MNIST, and DIGITS_DATA_DIR is not set. Set it to a folder "
            "with the four IDX files (gzipped or not), or leave these tests out with "
            "-m 'not mnist'.",
            pytrace=False,
        )
    return Path(named).expanduser().absolute()


@pytest.fixture(scope="session")
def mnist(mnist_folder: Path) -> Content:
    """The real MNIST as four read-only arrays."""
    content = read_folder(mnist_folder)
    for array in content:
        array.flags.writeable = False
    return content


@pytest.fixture
def store(tmp_path: Path):
    """An empty store, used by everything inside the test."""
    with store_at(tmp_path / "store") as root:
        yield root
