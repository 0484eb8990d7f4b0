"""The whole job, from fetch to a published verdict: ``python -m flows.full_run``."""

import sys

if __name__ == "__main__" and not __package__:  # called as a file, it would not find its folders
    sys.stderr.write("Call it from the project's folder: python -m flows.full_run\n")
    sys.exit(2)

from functools import partial

from prefect import flow
from prefect.client.schemas import State

from engine.run.flow_run import started_now
from engine.run.selection import Selection
from engine.run.workflow import Workflow
from flows.command_line import CommandLine
from flows.config import RunConfig
from flows.report.page import model_card_of
from flows.stages import data
from flows.stages.champion import Incumbent
from flows.stages.evidence import Images, gather_evidence
from flows.stages.monitoring import watch_drift
from flows.stages.reports import draw_images, draw_stages
from flows.stages.selection import Fits, find, question_of
from flows.whole_run import Stages, ask_about, main, run_whole
from tasks.data.augment import augment
from tasks.data.own.overlap import measure_overlap
from tasks.data.published.mnist import published_parts
from tasks.models.cross_validate import cross_validate_fold
from tasks.models.refit import refit
from tasks.selection.ten_classes import measure_ten_classes


def declare(step: Workflow, config: RunConfig, incumbent: Incumbent) -> Stages:
    """Declare the stages: fetch, augment, cross-validate, choose, refit, evaluate; and draw them.

    Nothing runs yet.
    """
    planned = data.plan(config)
    question = question_of(config, "is it the digit?", planned.digit, planned.names)

    fetched = data.fetch(step, planned.source, config.fetch_deadline)
    dataset, new_images = data.join(step, fetched, planned)
    overlap = step("look for equal images", measure_overlap, dataset.train, dataset.test)
    training = step("augment", augment, dataset.train, config.shift)

    fits = Fits(cross_validate_fold, refit, training)
    found = find(step, dataset, fits, question, step.value(published_parts, dataset), config.pixels)
    besides = Images(
        new_images=new_images,
        overlap=overlap,
        training=training,
        ten_classes=step(
            "all classes of the winner", measure_ten_classes, found.winner, dataset.train.labels
        ),
        evidence=gather_evidence(step, found, question, config.shift),
    )
    return Stages(
        found,
        besides,
        reports=(*draw_stages(step, found, question), *draw_images(step, found, besides, question)),
        drift=watch_drift(step, dataset.train, incumbent.champion, planned.names),
    )


ask = partial(ask_about, CommandLine, declare)


@flow(name="full-run", flow_run_name=started_now)
def full_run(config: RunConfig, part: Selection = Selection()) -> State[None]:  # noqa: B008 - frozen
    """Classify handwritten digits, from fetch to a published verdict and a champion."""
    return run_whole(config, part, declare, model_card_of)


if __name__ == "__main__":
    main(full_run, ask, declare)
