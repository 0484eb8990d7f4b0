"""A model to compare: the champion, or a run that left its folder, and what it was made with."""

from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from artifacts.reports.champion import Judged
from engine.differences import Change, changes, leaves
from engine.errors import DamagedFile, PlainError
from engine.run.provenance import UNKNOWN
from engine.store.location import store_at
from flows.report.earlier import NoSuchRun, find_run, run_facts
from tasks.champion.load import require_champion
from tasks.class_names import NUMBERS, ClassNames
from tasks.evaluation.records import Evaluation
from tasks.models.records import LabelledImages

CHAMPION = "champion"


@dataclass(frozen=True, slots=True)
class Side:
    """One of two models: its scores, its test images, and what it was made with.

    `options` and `code` are None where its run left no report: they are not known then.
    """

    name: str
    dataset: str
    judged: Judged
    test: LabelledImages
    names: ClassNames
    content_sha256: str
    libraries: dict[str, str]
    options: dict[str, Any] | None = None
    code: dict[str, str] | None = None
    revision: str = UNKNOWN


@cache  # the command line looks both up before a server starts
def side_of(name: str, store_dir: Path, output_dir: Path, dataset: str | None) -> Side:
    """Find the champion or a run.

    Raises
    ------
    PlainError
        If there is none of the name, or its files are no longer stored.
    """
    if name == CHAMPION:
        return _champion(store_dir, output_dir, dataset)
    run = find_run(name, output_dir)
    facts = run_facts(run.folder)
    try:
        with store_at(store_dir):
            return Side(
                name=run.folder.name,
                dataset=facts["dataset"]["title"],
                judged=Judged(
                    facts["fitted"]["candidate"]["title"],
                    facts["fitted"]["n_train"],
                    Evaluation.model_validate(facts["evaluation"]),
                ),
                test=LabelledImages.model_validate(facts["dataset"]["test"]),
                names=ClassNames.model_validate(facts.get("names", NUMBERS)),
                content_sha256=run.made_with.content_sha256,
                libraries=run.made_with.libraries,
                options=run.options,
                code=run.made_with.code,
                revision=run.made_with.code_revision,
            )
    except (DamagedFile, ValidationError, KeyError) as error:
        raise PlainError(
            f"Asked to compare {run.folder.name}; what it found is not stored whole in "
            f"{store_dir}: {error} Name the store of that run with --store-dir, or run it again."
        ) from error


def _champion(store_dir: Path, output_dir: Path, dataset: str | None) -> Side:
    with store_at(store_dir):
        champion = require_champion(dataset)
    known = Side(
        name="the champion",
        dataset=champion.dataset_title,
        judged=Judged(champion.title, champion.fitted.n_train, champion.evaluation),
        test=champion.test,
        names=champion.names,
        content_sha256=champion.content_sha256,
        libraries=champion.libraries,
    )
    try:
        run = find_run(champion.run_id, output_dir)
    except NoSuchRun:
        return known
    made = run.made_with
    return replace(
        known,
        options=run.options,
        code=made.code,
        libraries=made.libraries,  # the champion's record has fewer
        revision=made.code_revision,
    )


def differences(first: Side, second: Side) -> tuple[Change, ...]:
    """Return the options, data, libraries and modules that are known of both and not the same."""
    shared = first.libraries.keys() & second.libraries.keys()
    described = [
        {
            "option": side.options,
            "data": {"content sha256": side.content_sha256},
            "library": {name: v for name, v in side.libraries.items() if name in shared},
            "code": side.code,
        }
        for side in (first, second)
    ]
    known = [kind for kind in described[0] if all(each[kind] is not None for each in described)]
    old, new = (leaves({kind: each[kind] for kind in known}) for each in described)
    return changes(old, new)
