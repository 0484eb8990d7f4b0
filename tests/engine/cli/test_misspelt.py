"""A misspelt option or variable is refused with the nearest name, whatever its value."""

import pytest
from pydantic_settings import SettingsConfigDict

from engine.cli.command import RunCommand
from engine.cli.misspelt import refuse_unknown_variables
from engine.cli.options import read_command_line
from engine.errors import UsageError

VARIABLES = {"DIGITS_SHIFT", "DIGITS_STORE_DIR", "DIGITS_SEED"}


class Toy(RunCommand):
    """Run a toy."""

    model_config = SettingsConfigDict(
        cli_prog_name="python -m toy",
        cli_implicit_flags=True,
        cli_kebab_case=True,
        cli_shortcuts={"to-step": "to"},
    )
    store_dir: str = "data"
    to_step: str = "end"


@pytest.mark.parametrize(
    ("word", "nearest"),
    [
        ("--store-dri", "--store-dir"),
        ("--stroe-dir=x", "--store-dir"),
        ("--vebose", "--verbose"),
        ("--no-paln", "--no-plan"),
        ("--hlep", "--help"),
    ],
)
def test_a_misspelt_option_is_told_with_the_nearest(word, nearest):
    with pytest.raises(UsageError, match=rf"The nearest is {nearest}\. See --help"):
        read_command_line(Toy, [word])


def test_what_is_like_no_option_is_refused_without_a_guess():
    with pytest.raises(UsageError, match=r"the option --xyz; there is none\. See"):
        read_command_line(Toy, ["--xyz"])


@pytest.mark.parametrize(
    "words",
    [["--store-dir=--x"], ["--store-dir", "y"], ["--no-plan"], ["--to", "fit"], ["--quiet"]],
)
def test_what_there_is_is_read_as_before(words):
    assert isinstance(read_command_line(Toy, words), Toy)


@pytest.mark.parametrize("name", ["DIGITS_SHFIT", "digits_shfit", "DIGITS_SHIFTS"])
def test_a_misspelt_variable_is_told_with_the_nearest(name):
    with pytest.raises(UsageError, match=rf"sets {name}; .* The nearest is DIGITS_SHIFT\."):
        refuse_unknown_variables({"HOME": "/", name: "1"}, "DIGITS_", VARIABLES)


def test_right_variables_and_those_of_others_are_left_alone():
    environment = {"DIGITS_SHIFT": "1", "digits_seed": "2", "PREFECT_HMOE": "/", "PATH": ""}
    refuse_unknown_variables(environment, "DIGITS_", VARIABLES)


def test_a_word_that_is_no_text_is_refused_before_it_is_written_anywhere():
    with pytest.raises(UsageError, match=r"'--store-dir=caf\\udce9'.*PYTHONUTF8=1"):
        read_command_line(Toy, ["--store-dir=caf\udce9"])
