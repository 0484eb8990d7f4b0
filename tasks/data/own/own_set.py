"""A user's own data set, made fit to train and test on: bytes, and no test image learned from."""

from tasks.data.content import Content, check_content
from tasks.data.own.overlap import Kept, without_test_images
from tasks.data.own.pixels import as_bytes, check_reach
from tasks.errors import DataError
from tasks.pixel_range import PixelRange


def prepared(content: Content, given: PixelRange | None, described: str) -> Kept:
    """Bring pixels to 0 to 255 and leave out training images that equal a test image.

    Parameters
    ----------
    content : Content
        As it was read.
    given : PixelRange or None
        What its pixels use; 0 to 255 if None.
    described : str
        How a message names where the content came from.

    Raises
    ------
    DataError
        If images and labels do not fit together, the pixels are of another range, or hardly
        anything is left to learn from.
    """
    check_content(content, described)
    parts = ("training", content.train_images), ("test", content.test_images)
    train, test = (
        as_bytes(images, given, f"the {name} images of {described}") for name, images in parts
    )
    check_reach(train, given, f"the training images of {described}")
    check_reach(test, given, f"the test images of {described}")
    kept = without_test_images(content._replace(train_images=train, test_images=test))
    if kept.n_left_out:
        _check_what_is_left(kept, content, described)
    return kept


def _check_what_is_left(kept: Kept, content: Content, described: str) -> None:
    left = set(kept.content.train_labels.tolist())
    lost = sorted(set(content.train_labels.tolist()) - left)
    if lost:
        names = ", ".join(map(str, lost))
        raise DataError(
            f"Read {described}: {kept.n_left_out:,} of {len(content.train_images):,} training "
            "images are also test images and must be left out of training; then none is left of "
            f"class {names}. Give training images that are not in the test set."
        )
