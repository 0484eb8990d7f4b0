"""A report of a person's own images names first what was not answered."""

from artifacts.page.html import Page, html_report
from artifacts.render import RenderedReport
from artifacts.reports.predictions import KEY, MOST_LISTED, predictions_report
from tasks.class_names import ClassNames
from tests.support.records.golden import FAMILIAR, HOLD_BACK, SUMMARY


def a_report(n):
    problems = tuple((f"/inbox/file{i:02}.png", "it is empty (0 bytes).") for i in range(n))
    summary = SUMMARY.model_copy(update={"problems": problems, "n_unread": n})
    return predictions_report(summary, HOLD_BACK, FAMILIAR)


def test_files_without_every_answer_stand_before_everything_else_and_end_at_some():
    text = a_report(MOST_LISTED + 5)
    assert text.index("25 files not answered in full**") < text.index("| answer | digits |")
    assert text.count(".png") == MOST_LISTED
    assert "These are the first 20" in text
    assert "These are the first" not in a_report(MOST_LISTED)


def test_their_names_stand_open_in_the_page():
    report = RenderedReport(key=KEY, title="Own images", markdown=a_report(2), figures=())
    page = Page(title="t", verdict="v", warning=None, facts=(), steps=(), unfolded=(KEY,))
    html = html_report(page, (report,))
    before = html[: html.index("file00.png")]
    assert before.count("<details") == before.count("</details")


def test_classes_go_by_their_names():
    names = ClassNames(named=tuple((label, f"class *{label}*") for label in SUMMARY.classes))
    summary = SUMMARY.model_copy(update={"names": names})
    text = predictions_report(summary, HOLD_BACK, FAMILIAR)
    assert all(f"| class \\*{label}\\* |" in text for label in SUMMARY.classes)
