"""What went from a folder is said by the name that a person knows the folder by."""

import pytest

from engine.store.marks import STORE, take_folder
from engine.store.objects import save_bytes
from engine.store.pruning import Limits, prune_store


@pytest.mark.parametrize("words", [{}, {"called": "the folder of answers"}])
def test_what_was_pruned_is_called_by_its_name(words, store):
    take_folder(store, STORE)
    save_bytes(b"nothing refers to it", ".png")
    said = []
    prune_store(store, Limits(10, 100, **words), say=said.append)
    assert [line.split(",")[0] for line in said] == [f"pruned {words.get('called', 'the store')}"]
