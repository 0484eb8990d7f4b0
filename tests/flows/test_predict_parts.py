"""What the flow behind `flows.predict` counts as scored before, and what a failure leaves."""

import pytest
from pydantic import ValidationError

from flows.predict.config import PredictConfig
from flows.predict.flow import Scoring, _whole_or_not_at_all
from tasks.handwriting.inputs import Given
from tasks.scoring.ledger import opened_ledger


class Answering(Scoring):
    """Answers without a model."""

    def _score(self, chunk, _):
        self.ledger.keep([(piece, [], "") for piece in chunk])


def given(name, content, n=1):
    return Given(f"/{name}", "npy", content * 64, n)


def test_copies_within_one_run_were_not_scored_before_and_are_scored_once(store, capsys):
    store.mkdir(parents=True)
    files = (given("a", "1"), given("copy", "1"), given("b", "2", n=3))
    with opened_ledger(store, "model") as ledger:
        first = Answering(None, ledger, None, normalise=True)
        first.score_new(files)
        assert sum(first.n_before.values()) == 0
        assert "scored 4 of 4 images" in capsys.readouterr().out
        again = Answering(None, ledger, None, normalise=True)
        again.score_new((*files, given("c", "3")))
        assert again.n_before == {"/a": 1, "/copy": 1, "/b": 3, "/c": 0}
        assert "scored 1 of 1 image," in capsys.readouterr().out


def test_a_run_that_fails_leaves_no_half_made_folder(tmp_path):
    folder = tmp_path / "run"
    folder.mkdir()
    (folder / "predictions.csv").write_text("half")
    with pytest.raises(ValueError, match="broken"), _whole_or_not_at_all(folder):
        raise ValueError("broken")
    assert not folder.exists()
    folder.mkdir()
    with _whole_or_not_at_all(folder):
        pass
    assert folder.exists()


@pytest.mark.parametrize("asked", ["100%", "-1%", "1.5", "two", "2", "5%%"])
def test_what_is_out_of_bounds_to_hold_back_is_refused_with_the_bounds(asked):
    with pytest.raises(ValidationError, match=r"from 0% to less than 100%.*from 0 to 1"):
        PredictConfig(inputs=("x",), hold_back=asked)


@pytest.mark.parametrize("asked", ["0%", "99.9%", "0", "1", ".5", "0.95"])
def test_what_is_within_them_is_taken(asked):
    assert PredictConfig(inputs=("x",), hold_back=asked).hold_back == asked
