"""How a cost grows: the exponent of the power law that fits it best."""

import math
from collections.abc import Sequence

from engine.records import Record


class PowerLaw(Record):
    """``cost = factor * n ** exponent``; `standard_error` is that of the exponent."""

    exponent: float
    factor: float
    standard_error: float

    def at(self, n: float) -> float:
        """Return the cost that the law gives at n."""
        return self.factor * math.pow(n, self.exponent)

    @property
    def is_faster_than_linear(self) -> bool:
        """Whether the exponent lies above 1 by more than two standard errors."""
        return self.exponent - 2 * self.standard_error > 1


def fitted_law(sizes: Sequence[float], costs: Sequence[float]) -> PowerLaw:
    """Fit a power law by least squares on the logarithms.

    Parameters
    ----------
    sizes, costs : sequences of positive numbers, of the same length
        At least two different sizes.

    Raises
    ------
    ValueError
        If there are fewer than two different sizes.
    """
    x, y = [math.log(n) for n in sizes], [math.log(cost) for cost in costs]
    mean_x, mean_y = math.fsum(x) / len(x), math.fsum(y) / len(y)
    spread = math.fsum((each - mean_x) ** 2 for each in x)
    if not spread:
        raise ValueError(f"A law of growth needs two different sizes; found {sorted(set(sizes))}.")
    slope = math.fsum((a - mean_x) * (b - mean_y) for a, b in zip(x, y, strict=True)) / spread
    rest = math.fsum((b - mean_y - slope * (a - mean_x)) ** 2 for a, b in zip(x, y, strict=True))
    freedom = len(x) - 2
    error = math.sqrt(rest / freedom / spread) if freedom else 0.0
    return PowerLaw(exponent=slope, factor=math.exp(mean_y - slope * mean_x), standard_error=error)
