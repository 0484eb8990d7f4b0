"""What a problem is called, and its own words for what the general reports say of images."""

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:  # a config holds a problem, and needs neither a store nor Prefect
    from artifacts.render import RenderedReport


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """A problem as its reports name it.

    ``asked_for`` is the data that a fallback is not. ``prefix`` begins the keys of its reports and
    the names by which its steps are remembered, so that none meets another problem's. ``words``
    are patterns, and what is said instead.
    """

    title: str
    asked_for: str
    prefix: str = ""
    words: tuple[tuple[str, str], ...] = ()

    def in_own_words(self, text: str) -> str:
        """Say of a problem's own rows what a general report says of images; quotes stay."""
        parts = text.split("`")
        for pattern, instead in self.words:
            parts[::2] = [re.sub(pattern, instead, part) for part in parts[::2]]
        return "`".join(parts)

    def key_of(self, key: str) -> str:
        """Return the key of a report or figure among those of all problems."""
        return f"{self.prefix}{self.in_own_words(key)}"

    def own(self, reports: "tuple[RenderedReport, ...]") -> "tuple[RenderedReport, ...]":
        """Return reports in the words of the problem, under its keys, in the order of the keys."""
        keys = "|".join(re.escape(report.key) for report in reports)

        def words(text: str) -> str:
            return re.sub(f"`({keys})`", rf"`{self.prefix}\1`", self.in_own_words(text))

        return tuple(
            report.model_copy(
                update={
                    "key": self.key_of(report.key),
                    "title": words(report.title),
                    "markdown": words(report.markdown),
                    "figures": tuple(
                        each.model_copy(
                            update={
                                "key": self.key_of(each.key),
                                "title": words(each.title),
                                "alt": words(each.alt),
                            }
                        )
                        for each in report.figures
                    ),
                }
            )
            for report in sorted(
                reports, key=lambda report: report.key
            )  # a key begins with its place
        )
