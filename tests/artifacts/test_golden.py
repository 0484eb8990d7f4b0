"""The whole text of every report, as a reader has it; `make golden` renews the kept texts."""

from pathlib import Path

import pytest

from engine.paths import ROOT
from tests.support.records.golden import TEXTS

GOLDEN = Path(__file__).parent / "golden"


@pytest.mark.parametrize("name", TEXTS)
def test_the_text_of_a_report_is_the_one_that_was_reviewed(name, request):
    path = GOLDEN / f"{name}.md"
    text = TEXTS[name]()
    if request.config.getoption("renew_golden"):
        path.write_text(text, encoding="utf-8")
    assert text == path.read_text(encoding="utf-8"), "run `make golden` and review the difference"


def test_every_report_has_a_golden_text_and_every_golden_text_a_report():
    assert {path.stem for path in GOLDEN.iterdir()} == set(TEXTS)
    modules = {path.stem for path in (ROOT / "artifacts" / "reports").glob("*.py")}
    # the text of the resolution stands inside that of the final scores
    assert modules - {"__init__", "resolution"} <= set(TEXTS)
