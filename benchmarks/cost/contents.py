"""The images a benchmark stands on: the real MNIST from a folder, or the bundled digits."""

import argparse
import os
from pathlib import Path

from engine.errors import PlainError
from tasks.data.content import Content
from tasks.data.idx import read_folder
from tasks.data.published.bundled import read_bundled_digits

SEED = 42


def read_content(data_dir: Path | None, seed: int = SEED) -> Content:
    """Return the data set of a folder, or scikit-learn's digits without one."""
    return read_bundled_digits(seed) if data_dir is None else read_folder(data_dir)


def named_folder(data_dir: Path | None) -> Path:
    """Return the folder that was named, or the one in DIGITS_DATA_DIR.

    Raises
    ------
    PlainError
        If neither names one.
    """
    named = data_dir or os.environ.get("DIGITS_DATA_DIR")
    if not named:
        raise PlainError(
            "Asked for a benchmark on the real MNIST; no folder was named. Give --data-dir "
            "or set DIGITS_DATA_DIR to a folder with the four IDX files, or try --small."
        )
    return Path(named).expanduser().absolute()


def script_options(about: str) -> argparse.ArgumentParser:
    """Return the options that the plain scripts share."""
    options = argparse.ArgumentParser(description=about)
    options.add_argument(
        "--data-dir", type=Path, help="folder with the four IDX files; the bundled digits without"
    )
    options.add_argument("--n-jobs", type=int, default=-1, help="processor cores, -1 for all")
    options.add_argument("--stages", type=Path, help="file that takes the seconds of each stage")
    return options
