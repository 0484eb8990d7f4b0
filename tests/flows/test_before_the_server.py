"""What the command line tells before any server starts: no flow run is asked for."""

import os
import runpy
import subprocess
import sys
from pathlib import Path

import pytest

from engine.paths import ROOT
from flows import full_run, search
from flows.config import ENVIRONMENT_PREFIX, VARIABLES
from flows.reference import _IS_POSITIONAL as IS_POSITIONAL
from flows.reference import COMMANDS
from flows.textbook import __main__ as textbook

# a home that is a file: a server that started in spite of it would end in another error
NO_SERVER = "/dev/null"


def run(*words, module="flows.full_run"):
    return subprocess.run(
        [sys.executable, *(["-m", module] if module else []), *words],
        env=os.environ | {"PREFECT_HOME": NO_SERVER},
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )


SETS = [
    (("--dataset=digitz",), "Did you mean --dataset digits?"),
    (("--dataset=mnist_784", "--data-dir=/no/such"), "found nothing at that path"),
]
BATCHES = [(("--dataset=digits", "--new-images=/no/such"), "/no/such")]
PARTS = [
    (("--dataset=digits", "--only=cros-validate"), "the nearest are: cross-validate"),
    (("--dataset=digits", "--from=refit", "--to=fetch"), "no step lies between them"),
]
CASES = [
    *((full_run.ask, words, 3, said) for words, said in (*SETS, *BATCHES)),
    *((full_run.ask, words, 2, said) for words, said in PARTS),
    *((search.ask, words, 3, said) for words, said in (*SETS, *BATCHES)),
    (full_run.ask, ("--dataset=digits", "--target-digit=65"), 3, "the target digit 65; the"),
    (textbook.ask, ("--data-dir=/no/such",), 3, "found nothing at that path"),
]


@pytest.mark.parametrize(("ask", "words", "code", "expected"), CASES)
def test_what_cannot_run_is_told(tmp_path, refused, ask, words, code, expected):  # noqa: PLR0913, PLR0917 - a row
    folders = f"--store-dir={tmp_path / 'store'}", f"--output-dir={tmp_path / 'out'}"
    ended, said = refused(*words, *folders, ask=ask)
    assert ended == code
    assert expected in said
    assert "Traceback" not in said
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("module", ["flows.full_run", "flows.search", "flows.textbook"])
def test_the_process_of_a_command_ends_before_a_server_starts(tmp_path, module):
    done = run("--data-dir=/no/such", f"--store-dir={tmp_path / 'store'}", module=module)
    assert (done.returncode, done.stdout) == (3, "")
    assert "found nothing at that path" in done.stderr
    assert "Traceback" not in done.stderr
    assert list(tmp_path.iterdir()) == []


def a_file(folder):
    (folder / "mine").write_text("mine")
    return folder / "mine"


def a_folder_of_a_person(folder):
    (folder / "mine").mkdir()
    (folder / "mine" / "photo.jpg").write_text("mine")
    return folder / "mine"


FOLDERS = {
    "a file": a_file,
    "below a file": lambda folder: a_file(folder) / "data",
    "a person's own": a_folder_of_a_person,
    "a name that is too long": lambda folder: folder / ("x" * 300),
    "what cannot be made": lambda _: Path("/proc/data"),
}


@pytest.mark.parametrize("option", ["--store-dir", "--output-dir"])
@pytest.mark.parametrize("what", FOLDERS)
def test_a_folder_that_cannot_be_used_is_told_before_a_server_starts(
    what, option, refused, tmp_path
):
    wrong = FOLDERS[what](tmp_path)
    other = {"--store-dir": "--output-dir", "--output-dir": "--store-dir"}[option]
    code, said = refused("--dataset=digits", f"{option}={wrong}", f"{other}={tmp_path / 'other'}")
    assert code == 3
    assert str(wrong) in said
    assert option in said
    assert "Traceback" not in said


@pytest.mark.parametrize("what", ["a file", "a person's own"])
def test_a_plan_tells_a_wrong_folder_too(what, refused, tmp_path):
    code, said = refused("--plan", "--dataset=digits", f"--store-dir={FOLDERS[what](tmp_path)}")
    assert code == 3
    assert "as the store" in said


def test_a_misspelt_variable_is_told_with_the_nearest_name(refused, monkeypatch):
    monkeypatch.setenv("DIGITS_SHFIT", "0")
    code, said = refused("--plan")
    assert code == 2
    assert "DIGITS_SHFIT; no command has such an option. The nearest is DIGITS_SHIFT." in said


def test_the_known_variables_are_those_of_all_commands():
    of_commands = {
        f"{ENVIRONMENT_PREFIX}{name}".upper()
        for command in COMMANDS
        if command.model_config["env_prefix"] == ENVIRONMENT_PREFIX
        for name, field in command.model_fields.items()
        if IS_POSITIONAL not in field.metadata
    }
    assert of_commands == VARIABLES


def test_the_list_of_commands_has_every_command_that_can_be_called():
    said = run(module="flows").stdout
    called = {
        f"flows.{path.parent.name if path.stem == '__main__' else path.stem}"
        for path in (*ROOT.glob("flows/*.py"), *ROOT.glob("flows/*/__main__.py"))
        if path != ROOT / "flows" / "__main__.py" and '__name__ == "__main__"' in path.read_text()
    }
    listed = [line.split()[2] for line in said.splitlines() if line.startswith("python -m ")]
    assert sorted(listed) == sorted(called)


def called():
    """The commands, as files or folders that a person may call, and how they are called."""
    for path in (*ROOT.glob("flows/*.py"), *ROOT.glob("flows/*/__main__.py")):
        if '__name__ == "__main__"' in path.read_text(encoding="utf-8"):
            name = path.parent if path.stem == "__main__" else path.with_suffix("")
            module = ".".join(name.relative_to(ROOT).parts)
            yield (path if path.stem != "__main__" else path.parent), module


@pytest.mark.parametrize(
    ("path", "module"), list(called()), ids=lambda value: getattr(value, "name", "")
)
def test_called_as_a_file_a_command_says_how_it_is_called(path, module):
    done = run(str(path.relative_to(ROOT)), module=None)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == f"Call it from the project's folder: python -m {module}\n"


@pytest.mark.parametrize("word", ["--version", "-h", "--nonsense"])
def test_the_list_of_commands_answers_as_a_command_does(word):
    done = run(word, module="flows")
    assert done.returncode == (2 if word == "--nonsense" else 0)
    assert bool(done.stdout) == (word != "--nonsense")
    assert bool(done.stderr) == (word == "--nonsense")


@pytest.mark.parametrize("module", ["flows.reference", "flows.server_secret"])
@pytest.mark.filterwarnings("ignore:.*found in sys.modules")  # another test has imported it
def test_a_command_without_options_does_nothing_if_it_is_asked_for_help(
    module, monkeypatch, capsys
):
    for word, code in (("--help", 0), ("--nonsense", 2)):
        monkeypatch.setattr(sys, "argv", [module, word])
        with pytest.raises(SystemExit) as ended:
            runpy.run_module(module, run_name="__main__", alter_sys=True)
        assert ended.value.code == code
        out, said = capsys.readouterr()
        assert (module in out, said == "") == (code == 0, code == 0)
