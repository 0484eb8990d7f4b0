"""The model card: what the winner is, what it was made of, what it may be used for, and how."""

from artifacts.text import article, as_text, command_block, interval, named, percent, table
from engine.records import Record
from tasks.champion.records import Champion
from tasks.class_names import NUMBERS, ClassNames
from tasks.data.records import Dataset, LabelledImages
from tasks.evaluation.records import Evaluation
from tasks.models.records import CandidateSpec, FittedModel
from tasks.pixel_range import PixelRange
from tasks.selection.records import ThresholdChoice


class Reproduction(Record):
    """What is needed to make a run again; `libraries` are pairs of a name and its version."""

    revision: str
    command: str
    seed: int
    libraries: tuple[tuple[str, str], ...]


def model_card(  # noqa: PLR0913 - a card names everything a model is made of
    *,
    dataset: Dataset,
    choice: ThresholdChoice,
    fitted: FittedModel,
    evaluation: Evaluation,
    again: Reproduction,
    names: ClassNames = NUMBERS,
    pixel_range: PixelRange | None = None,
) -> str:
    """Return the model card as markdown."""
    return f"""### What it is

{_model(fitted, evaluation)}

### What it was fitted on

{_data(dataset, fitted)}

### What it gives

{_figures(evaluation, choice, names)}

### What it is for, and what it is not

{_limits(dataset.title, dataset.test, evaluation, names, pixel_range)}

### How to make it again

{_again(dataset, fitted, evaluation, again)}
"""


def champion_card(champion: Champion, file_name: str, highest: int) -> str:
    """Return the card that lies beside an exported champion.

    Parameters
    ----------
    file_name : str
        The exported file; its suffix says the format.
    highest : int
        The largest grey value of the training images.
    """
    evaluation, fitted = champion.evaluation, champion.fitted
    height, width = champion.test.images.shape[1:]
    libraries = ", ".join(f"{name} {version}" for name, version in champion.libraries.items())
    code = (
        f"""import skops.io

types = skops.io.get_untrusted_types(file="{file_name}")  # look at them: nothing else is run
model = skops.io.load("{file_name}", trusted=types)
answers = model.predict(pixels)"""
        if file_name.endswith(".skops")
        else f"""import onnxruntime

session = onnxruntime.InferenceSession("{file_name}")
answers, scores = session.run(None, {{"pixels": pixels}})"""
    )
    return f"""# {champion.title}, champion since {champion.time[:10]}

{_model(fitted, evaluation)} It was fitted on {fitted.n_train:,} images of {champion.dataset_title}, \
copies included.

## How to ask it

`pixels` is a uint8 array of shape (n, {height * width}): rows of {height} x {width} grey values from \
0 to {highest}, laid out as the images of {champion.dataset_title} are. It does not check that.

```python
{code}
```

A skops file of this project's own classes needs the project's folder on the Python path.

## What it gives

{_figures(evaluation, champion.choice, champion.names)}

## What it is for, and what it is not

{_limits(champion.dataset_title, champion.test, evaluation, champion.names, champion.pixel_range)}

## What it was made of

- model sha256 `{champion.model_sha256}`
- content of the data `{champion.content_sha256}`
- libraries: {libraries}
"""


def _model(fitted: FittedModel, evaluation: Evaluation) -> str:
    spec = fitted.candidate
    return (
        f"**{spec.title}** (`{spec.name}`, built by `{spec.builder}`; {_parameters(spec)}), which "
        f"names one of {len(evaluation.classes)} classes for an image. Its scores are what "
        f"`{spec.response_method}` gives."
    )


def _parameters(spec: CandidateSpec) -> str:
    if not spec.parameters:
        return "its builder's own settings"
    return ", ".join(f"{name} {value}" for name, value in spec.parameters)


def _data(dataset: Dataset, fitted: FittedModel) -> str:
    height, width = dataset.train.images.shape[1:]
    n = dataset.train.n_images
    copies = fitted.n_train // n - 1
    augmented = f"each with {copies} shifted copies" if copies else "without copies"
    caution = (
        f" **These are not the images of MNIST**: {as_text(dataset.fallback_reason or '')}"
        * bool(dataset.fallback_reason)
    )
    return (
        f"{as_text(dataset.title)}, from {as_text(dataset.source)}: {n:,} training images of "
        f"{width} x {height} pixels, {augmented} ({fitted.n_train:,} in all). "
        f"{dataset.test.n_images:,} test images were kept apart; no choice was made on them.{caution}"
    )


def _figures(evaluation: Evaluation, choice: ThresholdChoice, names: ClassNames) -> str:
    binary, digit = evaluation.binary, article(named(names, choice.digit))
    scores = (
        *evaluation.headline.items(),
        (f"precision of '{digit}'", binary.precision),
        (f"recall of '{digit}'", binary.recall),
    )
    rows: list[tuple[object, ...]] = [
        (name, interval(score), score.method) for name, score in scores
    ]
    return f"""{table(("test score", "value (95 % interval)", "method"), rows)}

The threshold of "is it {digit}?" is {binary.threshold:.6g}, chosen on out-of-fold scores for a \
precision of {percent(choice.target_precision, 1)} (there: precision {percent(choice.precision)}, \
recall {percent(choice.recall)}). The goal of {percent(evaluation.goal, 1)} is {evaluation.verdict}."""


def _limits(
    title: str,
    test: LabelledImages,
    evaluation: Evaluation,
    names: ClassNames,
    pixel_range: PixelRange | None,
) -> str:
    height, width = test.images.shape[1:]
    return f"""It is meant for learning, for comparing models, and for single handwritten digits \
prepared as those of {as_text(title)} were: {width} x {height} grey levels{_scaled(pixel_range)}, light ink on dark ground, \
one digit an image, centred and of the same size.

- It always names one of the classes {_classes(evaluation.classes, names)}, also for a letter, a smear or an empty image.
- The intervals hold for other images **of the same kind**. Images of other writers, pens, scanners or \
cameras are of another kind: measure the scores on such images first.
- The writers of future images are unknown, so nothing is known about the scores for groups of \
writers.
- A decision that matters to a person should be made by a person: the report on confidence says how \
many errors are avoided by passing the least confident images on."""


def _scaled(pixel_range: PixelRange | None) -> str:
    return f" of 0 to 255 (its files have {pixel_range}, scaled to that)" if pixel_range else ""


def _classes(classes: tuple[int, ...], names: ClassNames) -> str:
    low, high = classes[0], classes[-1]
    if names == NUMBERS and len(classes) > 2 and classes == tuple(range(low, high + 1)):
        return f"{low} to {high}"
    called = [named(names, label) for label in classes]
    return f"{', '.join(called[:-1])} and {called[-1]}"


def _again(
    dataset: Dataset, fitted: FittedModel, evaluation: Evaluation, again: Reproduction
) -> str:
    rows: list[tuple[object, ...]] = [
        ("code revision", f"`{again.revision}`"),
        ("content of the data", f"`{dataset.content_sha256}`"),
        ("model file", f"`{fitted.model.sha256}`"),
        ("predictions on the test set", f"`{evaluation.prediction_sha256}`"),
        ("seed", again.seed),
        *((name, version) for name, version in again.libraries),
    ]
    lines = "\n".join(f"- {name}: {value}" for name, value in rows)
    return f"""In a checkout of that revision, with its locked requirements installed:

{command_block(again.command)}

gives the same predictions, image by image, for any number of cores. They depend on \
(digests are sha256):

{lines}"""
