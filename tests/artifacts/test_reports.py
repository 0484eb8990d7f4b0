"""Reports say what the records hold, in words computed from them."""

from artifacts.reports.augmentation import augmentation_report
from artifacts.reports.binary import binary_report
from artifacts.reports.comparison import comparison_report
from artifacts.reports.every_class import every_class_report
from artifacts.reports.final_scores import evaluation_report
from artifacts.reports.precision_recall import precision_recall_report
from artifacts.reports.ten_classes import ten_class_report
from artifacts.text import article, chance, percent
from tasks.data.records import LabelledImages, TrainingSet
from tests.support.records.golden import EVERY_CLASS
from tests.support.records.scores import (
    BINARY,
    CHOICE,
    EVALUATION,
    NOWHERE,
    RANKING,
    RESOLUTION,
    TEN,
)


def plain(text: str) -> str:
    """Return a report with ordinary spaces."""
    return text.replace("\u00a0", " ")


def test_the_same_record_gives_the_same_text():
    first, again = (evaluation_report(EVALUATION, RESOLUTION, "SGD", "MNIST") for _ in range(2))
    assert first == again


def test_the_operating_point_is_a_sentence_a_manager_can_read():
    text = precision_recall_report((CHOICE,), {"sgd": "SGD"}, "sgd")
    assert "Out of fold, of 100 images that SGD calls a 5, 90 are; it finds 48 of every 100" in text


def test_a_candidate_that_cannot_reach_the_target_is_named():
    text = precision_recall_report((CHOICE,), {"sgd": "SGD", "svm": "SVM"}, "sgd")
    assert "SVM cannot give a precision of 90.00 %" in plain(text)


def test_the_binary_report_counts_found_images_false_alarms_and_the_dumb_answer():
    text = plain(binary_report((BINARY,), ("SGD",), 5))
    assert "finds 5 of the 9 images of a 5 and raises 1 false alarms" in text
    assert "right for 91.00 % of the images" in text
    assert "| SGD | 95.00 % | 94.00 % to 96.00 % | 83.33 % | 55.56 % |" in text


def test_the_comparison_says_who_is_superior_and_whether_by_chance():
    binary = BINARY.model_copy(update={"candidate": "random_forest"})
    text = plain(comparison_report((), (BINARY, binary), RANKING, 5))
    assert "**Random Forest is superior.**" in text
    assert "70 are right only with Random Forest and 5 only with SGD" in text
    assert "more than chance (p = 0.001)" in text
    assert "97.50 % ± 0.70" in text


def test_a_difference_by_chance_is_not_called_superior():
    ranking = RANKING.model_copy(update={"p_value": 0.4})
    binary = BINARY.model_copy(update={"candidate": "random_forest"})
    text = comparison_report((), (BINARY, binary), ranking, 5)
    assert "is ahead, but not provably better" in text


def test_the_class_with_most_confusion_is_computed():
    text = plain(ten_class_report(TEN, "SGD"))
    assert "**The 2 causes most confusion**" in text
    assert "100.0 % of SGD's 6 mistakes" in text
    assert "4 times, a 2 is taken for a 0" in text
    assert "on the folds alone 75.00 % to 85.00 %" in text


def test_classes_that_are_found_equally_well_are_not_set_against_each_other():
    reached = {"recall": 0.5, "threshold": 0.1, "precision": 0.95}
    points = tuple(each.model_copy(update=reached) for each in EVERY_CLASS.points)
    equal = EVERY_CLASS.model_copy(update={"points": points})
    text = plain(every_class_report(equal, "SGD"))
    assert "every class is found equally well**: SGD finds 50.0 % of each" in text


def test_no_mistakes_at_all_is_said():
    none = TEN.model_copy(update={"confusion": ((3, 0, 0), (0, 3, 0), (0, 0, 3))})
    assert "no mistake" in ten_class_report(none, "SGD")


def test_the_final_report_gives_scores_intervals_methods_and_the_verdict():
    text = plain(evaluation_report(EVALUATION, RESOLUTION, "SGD", "MNIST"))
    assert "**The goal of 97 % is met but not separable from the goal**" in text
    assert "| accuracy | 98.00 % | 97.00 % to 99.00 % | Wilson score interval, 95 % |" in text
    assert "gives precision 88.00 % (87.00 % to 89.00 %)" in text


def test_the_final_report_says_what_the_test_set_cannot_tell_apart():
    text = plain(evaluation_report(EVALUATION, RESOLUTION, "SGD", "MNIST"))
    assert "**A difference of less than 12.30 points can go unnoticed on these 100 test" in text
    assert "| the runner-up | 20.00 % | 10.00 | 12.30 |" in text
    assert "| one as good, wrong elsewhere | 4.00 % | - | - |" in text
    alone = RESOLUTION.model_copy(update={"rivals": RESOLUTION.rivals[1:]})
    text = plain(evaluation_report(EVALUATION, alone, "SGD", "MNIST"))
    assert "cannot show a difference reliably** between SGD and a model" in text


def test_a_class_without_test_images_is_named_and_has_no_scores():
    first = EVALUATION.per_class[0]
    none = first.model_copy(update={"label": 7, "support": 0, "recall": 0.0})
    some = EVALUATION.model_copy(update={"per_class": (first, none)})
    text = plain(evaluation_report(some, RESOLUTION, "SGD", "MNIST"))
    assert "| 7 | - | - | - | 0 |" in text
    assert "Left out: the test set has no image of class 7." in text
    assert "Left out" not in evaluation_report(EVALUATION, RESOLUTION, "SGD", "MNIST")


def test_augmentation_off_is_said():
    images = LabelledImages.model_construct(rows=NOWHERE, labels=NOWHERE)
    off = TrainingSet.model_construct(stacked=images, n_sources=7, offsets=((0, 0),))
    on = off.model_copy(update={"offsets": ((0, 0), (-2, 0), (2, 0), (0, -2), (0, 2))})
    assert "No copies were added" in augmentation_report(off)
    assert "moved by 2 pixels" in augmentation_report(on)
    assert "**35 images**" in augmentation_report(on)


def test_words():
    assert article(8) == "an 8"
    assert plain(percent(0.5)) == "50.00 %"
    assert chance(0.2).startswith("no more than chance")
    assert chance(1e-300) == "more than chance (p < 0.0001)"
