"""A disk that fails at any call of a write: told, nothing half-written, the same night goes on."""

import errno
import os
import shutil
from pathlib import Path

import pytest

from engine.errors import StoreError
from engine.store.files import write_atomically
from engine.store.location import store_at
from tests.engine.store.test_no_room import check_nothing_half_written, objects
from tests.support.records.nights import night

SPREAD = 13  # the same lines write every file, so not each of them must fail by each call


class Failing:
    """Stands for a call that works so many times and then fails until it is repaired."""

    def __init__(self, works, error, is_meant=lambda *_: True):
        self.works, self.error, self.is_meant = works, error, is_meant
        self.calls, self.is_broken = 0, True

    def as_method(self, original):
        def call(*args, **kwargs):
            if self.is_broken and self.is_meant(*args):
                self.calls += 1
                if self.calls > self.works:
                    raise OSError(self.error, os.strerror(self.error))
            return original(*args, **kwargs)

        return call


def writes(_, mode="r", *__):
    return mode == "xb"


CALLS = {
    "open": (Path, "open", writes),
    "fsync": (os, "fsync", lambda *_: True),
    "replace": (Path, "replace", lambda *_: True),
    "mkdir": (Path, "mkdir", lambda *_: True),
}


@pytest.mark.parametrize("error", [errno.EIO, errno.EROFS], ids=["EIO", "EROFS"])
@pytest.mark.parametrize("name", CALLS)
def test_a_disk_that_fails_is_told_and_the_same_night_goes_on(name, error, tmp_path, monkeypatch):
    owner, attribute, is_meant = CALLS[name]
    original = getattr(owner, attribute)

    def breaking(works):
        failing = Failing(works, error, is_meant)
        monkeypatch.setattr(owner, attribute, failing.as_method(original))
        return failing

    with store_at(tmp_path / "undisturbed") as undisturbed:
        counting = breaking(10**6)
        night(undisturbed, 0)
        monkeypatch.setattr(owner, attribute, original)
    assert counting.calls > 10
    for works in {*range(0, counting.calls, SPREAD), counting.calls - 1}:
        with store_at(tmp_path / "store") as store:
            breaking(works)
            with pytest.raises(StoreError, match=rf"{os.strerror(error)}.*--store-dir"):
                night(store, 0)
            monkeypatch.setattr(owner, attribute, original)
            check_nothing_half_written(store)
            night(store, 0)
            assert objects(store) == objects(undisturbed)
            assert night(store, 0) == []
        shutil.rmtree(tmp_path / "store")


def test_the_modes_of_what_is_written_are_those_of_the_umask(tmp_path):
    modes = {}
    for mask in (0o077, 0o022, 0o002):
        before = os.umask(mask)
        try:
            write_atomically(tmp_path / f"{mask}", lambda file: file.write(b"-"))
        finally:
            os.umask(before)
        modes[mask] = (tmp_path / f"{mask}").stat().st_mode & 0o777
    assert modes == {0o077: 0o600, 0o022: 0o644, 0o002: 0o664}
