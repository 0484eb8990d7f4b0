"""Which values the pixels of a file use."""

from engine.records import Record


class PixelRange(Record):
    """Values of blank paper and of full ink in a file's pixels.

    Examples
    --------
    >>> str(PixelRange(low=0, high=16))
    '0-16'
    """

    low: float
    high: float

    def __str__(self) -> str:
        return f"{self.low:g}-{self.high:g}"
