"""The command of a run gives the same run again."""

import shlex

import pytest

from flows.command import command_of
from flows.config import RunConfig

CONFIGS = {
    "defaults": {},
    "a folder with a blank and a quote": {"store_dir": "my data/it's", "data_dir": "$HOME/x y"},
    "several candidates": {"candidates": ("sgd", "hog_sgd")},
    "folders of new images": {"new_images": ("one", "my scans/two")},
    "a flag": {"require_goal": True},
    "numbers": {"target_precision": 0.123456789012345, "seed": 2**32 - 1, "n_jobs": 2},
}


@pytest.mark.parametrize("name", CONFIGS)
def test_the_command_reads_back_as_the_same_knobs(name, monkeypatch):
    monkeypatch.delenv("DIGITS_DATA_DIR", raising=False)
    config = RunConfig(**CONFIGS[name])
    words = shlex.split(command_of(config))
    assert words[:3] == ["python", "-m", "flows.full_run"]
    assert RunConfig.from_command_line(words[3:]) == config
