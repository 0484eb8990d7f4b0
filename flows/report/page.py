"""What the HTML report of a run shows beside its stages: the first page and the model card."""

from importlib import metadata

from artifacts.page.first_page import FirstPage, first_page
from artifacts.page.model_card import Reproduction, model_card
from artifacts.problem import Problem
from flows.report.finished import FinishedRun
from flows.stages.results import Found

REPORTED_LIBRARIES = ("prefect", "scikit-learn", "numpy", "scipy", "matplotlib")


def first_page_of(found: Found, problem: Problem) -> FirstPage:
    """Return what a person sees first."""
    page = first_page(found.dataset, found.ranking, found.choice, found.evaluation, found.names)
    return page.model_copy(
        update={
            "believe": tuple(map(problem.in_own_words, page.believe)),
            "weak": tuple(map(problem.in_own_words, page.weak)),
        }
    )


def model_card_of(done: FinishedRun) -> str:
    """Return the card of a winner that classifies images, as markdown."""
    found = done.results
    return model_card(
        dataset=found.dataset,
        choice=found.choice,
        fitted=found.fitted,
        evaluation=found.evaluation,
        names=found.names,
        pixel_range=found.pixel_range,
        again=Reproduction(
            revision=done.made_with.code_revision,
            command=done.again,
            seed=done.asked.options["seed"],
            libraries=tuple((name, metadata.version(name)) for name in REPORTED_LIBRARIES),
        ),
    )
