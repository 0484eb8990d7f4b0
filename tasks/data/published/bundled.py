"""The 1,797 digits that come with scikit-learn: small, always there, no network."""

from tasks.data.content import Content

TEST_FRACTION = 0.25


def read_bundled_digits(seed: int) -> Content:
    """Return scikit-learn's digits, 8 x 8 pixels, with a seeded stratified split.

    They have no published split. Pixels are counts 0-16 in the source and 0-255 here; each
    part keeps the order of the source.
    """
    import numpy as np
    from sklearn.datasets import load_digits
    from sklearn.model_selection import train_test_split

    bunch = load_digits()
    images = np.rint(bunch.images * (255 / 16)).astype(np.uint8)
    labels = bunch.target.astype(np.uint8)
    train, test = train_test_split(
        np.arange(len(labels)), test_size=TEST_FRACTION, stratify=labels, random_state=seed
    )
    train, test = np.sort(train), np.sort(test)
    return Content(images[train], labels[train], images[test], labels[test])
