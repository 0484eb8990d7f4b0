"""What joined the training set, as markdown."""

from artifacts.words import percent, table
from tasks.records_new_images import NewImages

MOST_SHOWN = 10


def new_images_report(new: NewImages) -> str:
    """Count the new images, set their class balance beside the old one, name duplicates."""
    n_before = sum(new.counts_before)
    if not new.batches:
        return f"### New images\n\nNone yet: the {n_before:,} training images are as they were.\n"
    read = [(each.place, f"{each.n_read:,}", f"{each.n_joined:,}") for each in new.batches]
    rows: list[tuple[object, ...]] = [
        (
            label,
            f"{before:,}",
            percent(before / n_before, 1),
            f"{added:,}",
            percent(added / new.n_added, 1) if new.n_added else "-",
        )
        for label, before, added in zip(
            new.classes, new.counts_before, new.counts_added, strict=True
        )
    ]
    return f"""### New images

**{new.n_added:,} new images** stand behind the {n_before:,} training images from before. They are \
in the training set alone; none of them is equal to a test image.

{table(("from", "read", "joined"), [*read])}

{table(("class", "before", "share", "new", "share"), rows)}
{_duplicates(new)}"""


def _duplicates(new: NewImages) -> str:
    if not new.n_duplicates:
        return ""
    shown = "\n".join(f"- {name}" for name in new.duplicates[:MOST_SHOWN])
    more = new.n_duplicates - MOST_SHOWN
    rest = f"\n- and {more:,} more" if more > 0 else ""
    return f"""
{new.n_duplicates:,} were there before, pixel by pixel, and were left out; the label they have \
there stands:

{shown}{rest}
"""
