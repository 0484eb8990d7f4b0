"""The command of a run gives the same run again."""

import shlex

import pytest

from engine.cli.command import command_line_of
from engine.run.selection import Selection
from flows.command_line import CommandLine
from flows.config import RunConfig

CONFIGS = {
    "defaults": {},
    "a folder with a blank and a quote": {"store_dir": "my data/it's", "data_dir": "$HOME/x y"},
    "several candidates": {"candidates": ("sgd", "hog_sgd")},
    "folders of new images": {"new_images": ("one", "my scans/two")},
    "folders with commas": {"new_images": ("one, two", "three,")},
    "a flag": {"require_goal": True},
    "numbers": {"target_precision": 0.123456789012345, "seed": 2**32 - 1, "n_jobs": 2},
}


@pytest.mark.parametrize("name", CONFIGS)
def test_the_command_reads_back_as_the_same_knobs(name):
    config = RunConfig(**CONFIGS[name])
    words = shlex.split(command_line_of(config))
    assert words[:3] == ["python", "-m", "flows.full_run"]
    assert RunConfig.from_command_line(words[3:]) == config


@pytest.mark.parametrize(
    "part",
    [Selection(only="refit"), Selection(from_step="cross-validate SGD, fold 1 of 3", to_step="-x")],
)
def test_the_command_of_a_part_reads_back_as_the_same_part(part):
    config = RunConfig(dataset="digits", seed=7)
    asked = CommandLine.from_command_line(shlex.split(config.asked(part).command_of(part))[3:])
    assert asked.config == config
    assert asked.part == part
    again = CommandLine.from_command_line(shlex.split(command_line_of(asked))[3:])
    assert again == asked


def test_the_options_of_a_command_are_no_part_of_its_run():
    asked = CommandLine.from_command_line(["--verbose", "--dataset=digits"])
    assert asked.detail == "verbose"
    assert not {"quiet", "verbose", "plan"} & set(asked.config.model_dump())
