"""What is shown of a run comes in the order it is said to; a lost label is no lost answer."""

import numpy as np

from tasks.scoring.ledger import Answer
from tasks.scoring.summary import N_UNSURE_SHOWN, Gathering, Verdict


def verdict(i, probability, why="unsure"):
    answer = Answer(i, (0, 0, 1, 1), 3, 8, probability, probability / 2, 1.0)
    return Verdict("/a.npy", "npy", "a" * 64, 0, 1, answer, why)


def test_of_the_held_back_digits_the_least_sure_are_shown_in_that_order():
    probabilities = np.random.default_rng(0).permutation(60) / 100
    gathering = Gathering((3, 8))
    for i, probability in enumerate(probabilities):
        gathering.take([verdict(i, float(probability), "unlike" if i % 3 else "unsure")])
    found = [each.answer.probability for each in gathering.held_back]
    assert found == sorted(probabilities)[:N_UNSURE_SHOWN]


def test_a_lost_label_is_no_file_without_an_answer():
    gathering = Gathering((3, 8))
    gathering.take_lost_label("/train.csv", "the label of row 2 is 'x'")
    summary = gathering.summary()
    assert (summary.n_unread, summary.problems, summary.n_lost_labels) == (0, (), 1)


def test_a_file_with_several_problems_counts_once():
    gathering = Gathering((3, 8))
    for path in ("/a.npy", "/a.npy", "/b.npy"):
        gathering.take_problem(path, "nothing is written on 2 of its images")
    assert (gathering.n_unread, len(gathering.problems)) == (2, 3)
