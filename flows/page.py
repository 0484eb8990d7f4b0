"""What the HTML report of a run shows beside its stages: the first page and the model card."""

from importlib import metadata

from artifacts.first_page import FirstPage, first_page
from artifacts.model_card import Reproduction, model_card
from flows.command import command_of
from flows.config import RunConfig
from flows.revision import code_revision
from flows.stages import Findings

REPORTED_LIBRARIES = ("prefect", "scikit-learn", "numpy", "scipy", "pandas", "matplotlib")


def first_page_of(found: Findings) -> FirstPage:
    """Return what a person sees first."""
    return first_page(found.dataset, found.ranking, found.choice, found.evaluation)


def model_card_of(config: RunConfig, found: Findings) -> str:
    """Return the winner's model card as markdown."""
    # the data set that was found, not `auto`: another day another source might answer
    exact = config.model_copy(update={"dataset": found.dataset.name})
    return model_card(
        dataset=found.dataset,
        training=found.training,
        choice=found.choice,
        fitted=found.fitted,
        evaluation=found.evaluation,
        again=Reproduction(
            revision=code_revision(),
            command=command_of(exact),
            seed=config.seed,
            libraries=tuple((name, metadata.version(name)) for name in REPORTED_LIBRARIES),
        ),
    )
