"""The same inputs give the same predictions: cold, on any number of cores, after a kill."""

import pytest

from tests.support.small_runs import digest_of, finish, new_folders, start, wait_for_line

COLD = {"cold": (), "cold again": (), "cold once more": ()}
CORES = {"one core": ("--n-jobs=1",), "two cores": ("--n-jobs=2",), "all": ("--n-jobs=-1",)}


@pytest.mark.thorough
@pytest.mark.parametrize("candidate", ["sgd", "random_forest", "hog_sgd"])
def test_predictions_are_the_same_cold_on_any_cores_and_after_a_kill(
    candidate, prefect_server, tmp_path, count
):
    what = f"prediction digests of {candidate}, all equal"
    digests = set()
    for name, knobs in (COLD | CORES).items():
        folders = new_folders(tmp_path / name)
        finish(start(prefect_server, folders, f"--candidates={candidate}", *knobs))
        digests.add(digest_of(folders))
        count(what, tried=1)
    folders = new_folders(tmp_path / "killed")
    process = start(prefect_server, folders, f"--candidates={candidate}")
    wait_for_line(process, "fold 2 of 3")
    process.kill()
    process.communicate()
    finish(start(prefect_server, folders, f"--candidates={candidate}"))
    digests.add(digest_of(folders))
    count(what, tried=1)
    assert len(digests) == 1
    count(what, held=len(COLD | CORES) + 1)
