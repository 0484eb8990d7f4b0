"""What a run stands on: planned by what is wanted, stored once, and never fetched again."""

import os
import socket
import subprocess

import numpy as np
import pytest

from engine.cache.task import key_parts
from engine.store.objects import load_array
from tasks.data import fetch
from tasks.data.content import MNIST_SHA256, content_digest
from tasks.data.fetch import fetch_dataset, plan_fetch
from tasks.data.idx import PUBLISHED_NAMES, read_folder, write_idx
from tasks.data.published.mnist import TEST_IMAGES, TEST_LABELS, TRAIN_IMAGES, TRAIN_LABELS
from tasks.data.records import Dataset
from tasks.data.sources import Source, Wanted
from tasks.errors import DataError, SourceUnavailable
from tests.support.loopback import serving
from tests.support.small_sets import small_content, write_folder

pytestmark = pytest.mark.usefixtures("store")

MNIST = Wanted(name="mnist_784", content_sha256=MNIST_SHA256)


@pytest.fixture
def own_folder(tmp_path):
    """A folder with a small data set of a user's own."""
    return write_folder(tmp_path / "own", small_content())


@pytest.fixture
def no_network(monkeypatch):
    """Forbid every socket, every look-up of a name and every process."""

    def refuse(*_, **__):
        message = "the network was touched"
        raise AssertionError(message)

    for module, name in ((socket, "socket"), (socket, "getaddrinfo"), (subprocess, "Popen")):
        monkeypatch.setattr(module, name, refuse)


def kinds(plan):
    """The kinds of a plan's sources, in order."""
    return [source.kind for source in plan.sources]


@pytest.mark.usefixtures("no_network")
def test_auto_looks_into_the_store_then_at_the_network_and_may_fall_back():
    plan = plan_fetch("auto", None, 42)
    assert plan.wanted == MNIST
    assert kinds(plan) == ["store", "openml", "mirror", "mirror"]
    assert plan.fallback.wanted == Wanted(name="digits", seed=42)
    assert kinds(plan.fallback) == ["bundled"]


@pytest.mark.usefixtures("no_network")
def test_mnist_by_name_may_not_fall_back():
    plan = plan_fetch("mnist_784", None, 42)
    assert kinds(plan) == ["store", "openml", "mirror", "mirror"]
    assert plan.fallback is None


@pytest.mark.parametrize("name", ["auto", "mnist_784"])
@pytest.mark.usefixtures("no_network")
def test_a_named_folder_with_mnist_takes_the_place_of_the_network(name, mnist_folder):
    plan = plan_fetch(name, mnist_folder, 42)
    assert plan.wanted == MNIST
    assert kinds(plan) == ["store", "folder"]
    assert plan.fallback is None


@pytest.mark.parametrize("name", ["auto", "mnist_784"])
def test_a_folder_that_is_not_mnist_is_told_with_both_digests(name, own_folder):
    with pytest.raises(DataError) as told:
        plan_fetch(name, own_folder, 42)
    message = str(told.value)
    assert content_digest(small_content()) in message
    assert MNIST_SHA256 in message
    assert "welcome under its own name: add --dataset NAME" in message


def test_mnist_with_one_other_pixel_is_told_when_it_is_read(mnist, tmp_path, store):
    images = mnist.test_images.copy()
    images[123, 14, 14] ^= 1
    folder = write_folder(tmp_path / "other", mnist._replace(test_images=images), end="")
    plan = plan_fetch("mnist_784", folder, 42)
    with pytest.raises(DataError, match=f"where MNIST has {MNIST_SHA256}"):
        fetch_dataset.fn(plan.wanted, plan.sources)
    assert list(store.rglob("*.npy")) == []


@pytest.mark.parametrize("name", ["auto", "mnist_784", "my_set"])
def test_a_broken_folder_is_an_error_and_no_reason_to_fall_back(name, own_folder):
    (own_folder / f"{PUBLISHED_NAMES[1]}.gz").unlink()
    with pytest.raises(DataError, match="did not find train-labels-idx1-ubyte"):
        plan_fetch(name, own_folder, 42)


def test_an_unknown_data_set_is_told_with_the_known_ones():
    known = "'emnist'; known are auto, mnist_784 or digits"
    with pytest.raises(DataError, match=known):
        plan_fetch("emnist", None, 42)


@pytest.mark.parametrize(
    ("name", "near"), [("mnist", "mnist_784"), ("MNIST", "mnist_784"), ("digit", "digits")]
)
def test_an_unknown_name_is_told_with_the_nearest(name, near):
    with pytest.raises(DataError, match=f"Did you mean --dataset {near}"):
        plan_fetch(name, None, 42)


@pytest.mark.parametrize("name", ["Fashion-MNIST", "EMNIST_Balanced", "USPS", "mnist.v2", "7up"])
def test_a_name_as_openml_has_them_is_taken(name, own_folder):
    assert plan_fetch(name, own_folder, 42).wanted.name == name
    with pytest.raises(DataError, match="no other set is fetched by its name"):
        plan_fetch(name, None, 42)


def test_known_names_are_known_in_capitals_too():
    assert plan_fetch("MNIST_784", None, 42) == plan_fetch("mnist_784", None, 42)
    assert plan_fetch("Digits", None, 42) == plan_fetch("digits", None, 42)


@pytest.mark.parametrize("name", ["My set", "_x", "a/b", "", "naïve", "..", "x" * 65])
def test_a_name_that_could_not_be_a_folder_or_a_key_is_told(name, own_folder):
    with pytest.raises(DataError, match="begins with a letter or a digit"):
        plan_fetch(name, own_folder, 42)


def test_the_bundled_digits_need_no_folder(tmp_path):
    plan = plan_fetch("digits", tmp_path / "nowhere", 7)
    assert plan.wanted == Wanted(name="digits", seed=7)


def test_a_touched_file_of_an_own_set_changes_nothing(own_folder):
    before = plan_fetch("my_set", own_folder, 42)
    for path in own_folder.iterdir():
        os.utime(path, (1, 1))
    assert plan_fetch("my_set", own_folder, 42) == before


def test_an_own_set_is_wanted_by_its_content_and_not_by_its_files(own_folder, tmp_path):
    plain = write_folder(tmp_path / "plain", small_content(), end="", mark=".")
    plans = [plan_fetch("my_set", folder, seed) for folder, seed in ((own_folder, 1), (plain, 2))]
    assert plans[0].wanted == plans[1].wanted


def test_one_changed_pixel_of_an_own_set_changes_what_is_wanted(own_folder):
    before = plan_fetch("my_set", own_folder, 42)
    images = small_content().train_images.copy()
    images[0, 0, 0] ^= 1
    write_idx(own_folder / f"{PUBLISHED_NAMES[0]}.gz", images)
    assert plan_fetch("my_set", own_folder, 42).wanted != before.wanted


def test_the_source_and_the_deadline_are_no_part_of_the_cache_key():
    keys = {
        key_parts(fetch_dataset, MNIST, sources, deadline).key
        for sources, deadline in (
            ((Source(kind="store"),), 60.0),
            ((Source(kind="folder", place="/mnist"),), 60.0),
            ((Source(kind="openml", place="http://127.0.0.1"),), 5.0),
        )
    }
    assert len(keys) == 1


def test_the_seed_is_part_of_the_cache_key_of_the_bundled_digits():
    plans = [plan_fetch("digits", None, seed) for seed in (1, 2)]
    keys = {key_parts(fetch_dataset, plan.wanted, plan.sources).key for plan in plans}
    assert len(keys) == 2


def test_mnist_is_stored_as_it_is_known(mnist, mnist_folder):
    plan = plan_fetch("mnist_784", mnist_folder, 42)
    dataset = fetch_dataset.fn(plan.wanted, plan.sources)
    refs = [dataset.train.images, dataset.train.labels, dataset.test.images, dataset.test.labels]
    known = [TRAIN_IMAGES, TRAIN_LABELS, TEST_IMAGES, TEST_LABELS]
    assert [(ref.shape, ref.sha256) for ref in refs] == known
    for ref, array in zip(refs, mnist, strict=True):
        np.testing.assert_array_equal(load_array(ref), array)


def test_mnist_is_described(mnist_folder):
    plan = plan_fetch("auto", mnist_folder, 42)
    dataset = fetch_dataset.fn(plan.wanted, plan.sources)
    assert dataset.is_mnist
    assert dataset.title == "MNIST"
    assert dataset.source == f"the folder {mnist_folder}"
    assert dataset.content_sha256 == MNIST_SHA256
    assert dataset.classes == tuple(range(10))
    # as published, see numbers such as 5,421 fives in the notebook's training set
    assert dataset.train_counts == (5923, 6742, 5958, 6131, 5842, 5421, 5918, 6265, 5851, 5949)
    assert dataset.test_counts == (980, 1135, 1032, 1010, 982, 892, 958, 1028, 974, 1009)
    assert f"is that of the published MNIST, {MNIST_SHA256}" in dataset.checks[-1]
    assert Dataset.model_validate_json(dataset.model_dump_json()) == dataset


@pytest.mark.usefixtures("no_network")
def test_with_mnist_in_the_store_no_source_is_asked(mnist_folder):
    folder = Source(kind="folder", place=str(mnist_folder))
    first = fetch_dataset.fn(MNIST, (folder,))
    plan = plan_fetch("mnist_784", None, 42)
    again = fetch_dataset.fn(plan.wanted, plan.sources)
    assert again.source == "this project's store"
    assert (again.train, again.test) == (first.train, first.test)


def test_a_damaged_array_of_mnist_is_read_anew(mnist_folder):
    plan = plan_fetch("mnist_784", mnist_folder, 42)
    first = fetch_dataset.fn(plan.wanted, plan.sources)
    content = bytearray(first.test.images.path.read_bytes())
    content[5000] ^= 1
    first.test.images.path.write_bytes(content)
    again = fetch_dataset.fn(plan.wanted, plan.sources)
    assert again == first
    again.test.images.verify()


def test_an_own_set_is_described_by_its_own_name(own_folder):
    plan = plan_fetch("my_set", own_folder, 42)
    dataset = fetch_dataset.fn(plan.wanted, plan.sources)
    assert (dataset.name, dataset.title, dataset.is_mnist) == ("my_set", "my_set", False)
    assert dataset.classes == (3, 4, 7)
    assert (dataset.train_counts, dataset.test_counts) == ((4, 4, 4), (2, 2, 2))
    assert dataset.train.images.shape == (12, 6, 5)
    assert "these are not the MNIST images" in dataset.checks[-1]


@pytest.mark.usefixtures("no_network")
def test_the_bundled_digits_are_stored_and_are_not_called_mnist():
    plan = plan_fetch("digits", None, 42)
    dataset = fetch_dataset.fn(plan.wanted, plan.sources)
    assert not dataset.is_mnist
    assert dataset.title == "digits bundled with scikit-learn"
    assert dataset.train.n_images + dataset.test.n_images == 1797


def test_without_network_and_store_a_run_is_told_what_every_source_said():
    with serving({}) as nothing:
        plan = plan_fetch("auto", None, 42, openml_url=nothing.url, mirror_urls=(nothing.url,))
        with pytest.raises(SourceUnavailable) as told:
            fetch_dataset.fn(plan.wanted, plan.sources, 60.0)
    assert f"OpenML ({nothing.url}) answered 404" in str(told.value)
    assert f"the mirror {nothing.url} answered 404" in str(told.value)


def test_a_set_of_a_users_own_is_read_once_until_one_of_its_files_changes(own_folder, monkeypatch):
    """The command line asks for it, and then the flow."""
    read = []
    monkeypatch.setattr(fetch, "read_folder", lambda folder: read.append(1) or read_folder(folder))
    first = plan_fetch("own", own_folder, 0)
    assert plan_fetch("own", own_folder, 0) == first
    assert len(read) == 1
    write_folder(own_folder, small_content(seed=1))
    assert plan_fetch("own", own_folder, 0) != first
    assert len(read) == 2
