"""What the command line tells before any server starts: no flow run is asked for."""

import os
import subprocess
import sys

import pytest

from engine.paths import ROOT

# a home that is a file: a server that started in spite of it would end in another error
NO_SERVER = "/dev/null"


def run(*words, module="flows.full_run"):
    kept = {name: value for name, value in os.environ.items() if not name.startswith("DIGITS_")}
    return subprocess.run(
        [sys.executable, *(["-m", module] if module else []), *words],
        env=kept | {"PREFECT_HOME": NO_SERVER},
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (("--dataset=digits", "--only=cros-validate"), 2, "the nearest are: cross-validate"),
        (("--dataset=digits", "--from=refit", "--to=fetch"), 2, "no step lies between them"),
        (("--dataset=digitz",), 3, "Asked for the data set 'digitz'"),
        (("--dataset=mnist_784", "--data-dir=/no/such"), 3, "found nothing at that path"),
    ],
)
def test_what_cannot_run_is_told(tmp_path, words, code, said):
    done = run(*words, f"--store-dir={tmp_path / 'store'}", f"--output-dir={tmp_path / 'out'}")
    assert (done.returncode, done.stdout) == (code, "")
    assert said in done.stderr
    assert "Traceback" not in done.stderr
    assert list(tmp_path.iterdir()) == []


def test_the_list_of_commands_has_every_command_that_can_be_called():
    said = run(module="flows").stdout
    called = {
        f"flows.{path.parent.name if path.stem == '__main__' else path.stem}"
        for path in (*ROOT.glob("flows/*.py"), *ROOT.glob("flows/*/__main__.py"))
        if path != ROOT / "flows" / "__main__.py" and '__name__ == "__main__"' in path.read_text()
    }
    listed = [line.split()[2] for line in said.splitlines() if line.startswith("python -m ")]
    assert sorted(listed) == sorted(called)


def test_called_as_a_file_it_says_how_it_is_called():
    done = run("flows/full_run.py", module=None)
    assert done.returncode == 2
    assert done.stderr == (
        "Call it from the project's folder as a module: python -m flows.full_run\n"
    )
