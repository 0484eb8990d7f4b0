"""Records of what a test set can tell apart."""

from typing import Literal

from tasks.records import Record


class Detectable(Record):
    """The smallest differences in accuracy that show between the winner and some rival.

    `disagreement` is the share of images that exactly one of the two gets right: as observed
    for the runner-up, or that of a rival as accurate as the winner and wrong on other images.
    `smallest_significant` is the smallest observed difference that is significant at 5 %,
    `detectable` the smallest true one that turns out significant in 80 % of test sets like
    this one; None where no difference can.
    """

    why: Literal["runner-up", "unlike"]
    disagreement: float
    smallest_significant: float | None
    detectable: float | None


class Resolution(Record):
    """What a test set of `n_images` can show; all other figures are fractions.

    `half_width` is half the Wilson interval of the winner's accuracy.
    """

    n_images: int
    half_width: float
    rivals: tuple[Detectable, ...]
