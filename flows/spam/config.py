"""Every option of a run on mails."""

from functools import partial
from pathlib import Path
from typing import Annotated

from pydantic import field_validator
from pydantic_settings import NoDecode, SettingsConfigDict

from artifacts.problem import Problem
from engine.cli.options import known_by, option, split_at_commas
from flows.command_line import SHORTCUTS, PartOfRun
from flows.workflow_config import WorkflowConfig
from tasks.models.candidates import candidate_specs
from tasks.models.records import CandidateSpec
from tasks.spam.candidates import CANDIDATES, reading_headers


class SpamConfig(WorkflowConfig):
    """Is a mail spam? From fetch to a published verdict.

    Every option can also be set by an environment variable, SPAM_ and its name in capitals, such
    as SPAM_DATA_DIR. The command line wins over the environment.
    """

    model_config = SettingsConfigDict(env_prefix="SPAM_", cli_prog_name="python -m flows.spam_run")
    problem = Problem(
        title="Spam",
        asked_for="SpamAssassin's corpus",
        prefix="spam-",
        words=(
            (r"(?<=-)a-(?:1|spam)(?=-)", "spam"),
            (r"\b(?:a|the) spams?\b", "spam"),
            (r"\bThe \*\*spam\*\*", "**Spam**"),
            (r"\b([Aa])n image", r"\1 mail"),
            (", copies included", ""),
            ("image", "mail"),
            ("Image", "Mail"),
        ),
    )

    dataset: str = option(
        "auto",
        "auto, spamassassin, made-mail, or a name of your own for the mails in --data-dir; auto is "
        "SpamAssassin's corpus, or made-up mails if no source of it answers",
        pattern=r"^[a-z][a-z0-9_-]*$",
    )
    data_dir: Path | None = option(
        None,
        "folder with archives, folders, mbox files or maildirs named by spam or ham, or a CSV with "
        "the columns text and label",
    )
    headers: bool = option(False, "read the headers too; they tell how the mails were collected")
    target_precision: float = option(
        0.99, "precision the chosen threshold must give", unit="fraction", gt=0, le=1
    )
    cost_false_alarm: float = option(
        10.0, "what a wanted mail taken for spam costs, for the cheapest threshold", gt=0, le=1e6
    )
    cost_miss: float = option(
        1.0, "what spam that is let through costs, for the cheapest threshold", gt=0, le=1e6
    )
    candidates: Annotated[tuple[str, ...], NoDecode] = option(
        tuple(CANDIDATES), "models to compare, separated by commas"
    )
    goal: float = option(
        0.98,
        "what accuracy, macro precision and macro recall should reach on the test set",
        unit="fraction",
        gt=0,
        lt=1,
    )

    _split_at_commas = field_validator("candidates", mode="before")(split_at_commas)
    _known_candidates = field_validator("candidates")(
        known_by(partial(candidate_specs, among=CANDIDATES))
    )

    @property
    def specs(self) -> tuple[CandidateSpec, ...]:
        """The specifications of the candidates, in the order asked for."""
        chosen = candidate_specs(self.candidates, CANDIDATES)
        return tuple(reading_headers(spec, self.headers) for spec in chosen)

    @property
    def datasets(self) -> tuple[str, ...]:
        """The names under which champions and nights are kept: no data set of digits has a plus."""
        names = ("spamassassin", "made-mail") if self.dataset == "auto" else (self.dataset,)
        return tuple(f"spam+{name}" for name in names)


class SpamCommand(PartOfRun, SpamConfig):
    """Is a mail spam? From fetch to a published verdict.

    Every option can also be set by an environment variable, SPAM_ and its name in capitals, such
    as SPAM_DATA_DIR. The command line wins over the environment.
    """

    model_config = SHORTCUTS

    @property
    def config(self) -> SpamConfig:
        """The options of the run itself."""
        return SpamConfig(**{name: getattr(self, name) for name in SpamConfig.model_fields})
