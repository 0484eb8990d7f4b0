"""A store that is pruned stays whole, stays bounded, and loses nothing that is wanted."""

import os
import shutil
import signal
import subprocess
import sys
import uuid
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest
from prefect.results import ResultRecord

from engine.cache.reuse import KEPT_TIMES
from engine.records import Record
from engine.store import runs as run_records
from engine.store.contents import KEPT_DAMAGED
from engine.store.files import set_aside
from engine.store.location import store_at
from engine.store.marks import STORE, take_folder
from engine.store.objects import save_array, save_bytes
from engine.store.pruning import Limits, plan_pruning, prune_store, remove
from engine.store.refs import FileRef
from engine.store.runs import RunRecord, read_records, recorded
from engine.store.sealed import write_sealed
from flows.kept import kept_objects
from flows.prune import run
from tasks.champion.files import log_path
from tasks.champion.meant import one_before
from tasks.champion.store import crown, point_at, read_champion, read_history
from tests.support.prefect_server import ROOT, run_module
from tests.support.records.champions import DATASET, fitted_champion
from tests.support.records.nights import StoredSteps, make_images, night
from tests.support.runs import step_lines

pytestmark = pytest.mark.counted("promises of the bounded store")


def limits(*, keep_runs, budget_mb):
    return Limits(keep_runs, budget_mb, kept_objects)


PLENTY = limits(keep_runs=2, budget_mb=1000)
STEPS = ["fetch", "augment", "fold 0", "fold 1", "scores", "fit", "draw"]


def files(store, *rooms):
    return {p for room in rooms for p in (store / room).rglob("*") if p.is_file()}


def size(store):
    return sum(path.stat().st_size for path in store.rglob("*") if path.is_file())


def references(value):
    """Every file a record refers to, found by walking its fields."""
    if isinstance(value, FileRef):
        return {value.path}
    if isinstance(value, Record):
        return references([getattr(value, name) for name in type(value).model_fields])
    if isinstance(value, dict):
        return references(list(value.values()))
    if isinstance(value, list | tuple):
        return set().union(*(references(each) for each in value))
    return set()


def check_law(store, *, nothing_unreached=True):
    """Every result that is left loads, and every object that is left is reached."""
    loaded = [ResultRecord.deserialize(p.read_bytes()).result for p in files(store, "results")]
    champions = [*read_history(DATASET), *filter(None, [read_champion(DATASET)])]
    reached = references([*loaded, *champions])
    assert reached <= files(store, "objects")
    if nothing_unreached:
        assert reached == files(store, "objects")


def half_a_night(store, seed):
    """A run that ends by an error after its first step."""
    with suppress(ZeroDivisionError), recorded(store, uuid.uuid4(), "night") as log:
        StoredSteps(store, log)("fetch", make_images, seed)
        raise ZeroDivisionError


def prune(store, room=PLENTY):
    remove(plan_pruning(store, room))


def test_after_a_prune_all_that_is_left_loads_is_reached_and_the_last_runs_are_warm(store):
    for seed in range(5):
        assert night(store, seed) == STEPS
    prune(store)
    check_law(store)
    assert len(read_records(store)[0]) == 2
    for seed in (3, 4):
        assert night(store, seed) == []
    assert night(store, 0) == STEPS


def test_a_prune_of_what_is_all_wanted_removes_nothing(store):
    night(store, 0)
    before = files(store, ".")
    prune(store)
    assert files(store, ".") == before


def test_what_an_older_run_shares_with_a_kept_one_stays(store):
    for seed in (0, 1, 2, 0):
        night(store, seed)
    prune(store)
    check_law(store)
    assert night(store, 0) == night(store, 2) == []
    assert night(store, 1) == STEPS


def test_thirty_nights_keep_the_folder_bounded(store):
    sizes, remembered = [], []
    for seed in range(30):
        night(store, seed)
        prune_store(store, limits(keep_runs=3, budget_mb=1000), say=lambda _: None)
        remembered.append(size(store / "memory"))
        sizes.append(size(store) - remembered[-1])
    check_law(store)
    assert max(sizes[3:]) <= 1.05 * sizes[2]  # three nights' worth, whichever nights they are
    # of each step as many earlier timings are remembered as a stated number, and no more
    assert max(remembered[2 * KEPT_TIMES :]) <= 1.05 * remembered[2 * KEPT_TIMES]
    print(f"30 nights of {sizes[0]:,} bytes each: at most {max(sizes):,} bytes in the store")


def test_without_pruning_the_folder_grows_with_every_night(store):
    """What the test above would not notice were its nights all the same.

    What is remembered of each step is written over, night by night, so it is no part of this.
    """
    sizes = []
    for seed in range(6):
        night(store, seed)
        sizes.append(size(store / "objects") + size(store / "results") + size(store / "runs"))
    assert sizes[5] > 5 * sizes[0]


def test_over_the_budget_older_runs_go_but_never_the_last_one(store):
    for seed in range(4):
        night(store, seed)
    two_nights = size(store) / 2
    prune(store, limits(keep_runs=4, budget_mb=two_nights / 1e6))
    assert two_nights / 2.1 < size(store) <= two_nights
    assert night(store, 3) == []
    said = []
    prune_store(store, limits(keep_runs=4, budget_mb=0.001), say=said.append)
    check_law(store)
    assert night(store, 3) == []
    assert "more than the budget of 1.0 kB; they are kept" in said[-1]


def test_runs_that_stopped_half_way_push_no_whole_run_out_and_lose_nothing_themselves(store):
    night(store, 0)
    for seed in (7, 8, 9):
        half_a_night(store, seed)
    prune(store, limits(keep_runs=1, budget_mb=1000))
    check_law(store)
    assert night(store, 0) == []
    assert night(store, 9) == STEPS[1:]
    assert night(store, 7) == STEPS


def test_a_killed_runs_results_are_named_before_they_are_made(store):
    """The key is on the disk when the task begins: a kill inside it finds it there."""
    seen = []
    with recorded(store, uuid.uuid4(), "night") as log:
        log("fetch-abc", stored=False)
        seen = read_records(store)[0][0].record
        log("augment-abc", stored=True)
    assert (seen.keys, seen.ended) == (("fetch-abc",), None)
    assert read_records(store)[0][0].record.keys == ("fetch-abc", "augment-abc")


def test_results_whose_records_are_damaged_stay_while_younger_than_the_oldest_kept_run(store):
    for seed in range(4):
        night(store, seed)
    lost = max((store / "runs").glob("*.json"))
    lost.write_bytes(lost.read_bytes()[:-30])
    prune(store)
    check_law(store)
    assert night(store, 3) == []


def test_the_champion_the_one_before_it_and_one_taken_back_stay(store):
    for name, n in (("a", 200), ("b", 400), ("c", 600)):
        crown(fitted_champion(name, n_train=n))
    crown(fitted_champion("d", n_train=800))
    point_at(one_before(DATASET))  # d is taken back, c is in use again
    prune(store)
    check_law(store)
    assert [each.name for each in read_history(DATASET)] == ["b", "c", "d"]
    assert read_champion(DATASET).name == "c"
    assert one_before(DATASET).name == "b"


def test_the_champion_of_each_data_set_stays_with_the_one_before_it(store):
    for dataset in ("A", "B"):
        for number, n in enumerate((200, 400, 600)):
            crown(fitted_champion(f"{dataset}{number}", n_train=n, dataset=dataset))
    log_path("C").write_text("garbage")
    prune(store, limits(keep_runs=1, budget_mb=0.001))
    for dataset in ("A", "B"):
        assert [each.name for each in read_history(dataset)] == [f"{dataset}1", f"{dataset}2"]
        assert read_champion(dataset).name == f"{dataset}2"


def night_on(store, seed, series):
    """One night of a series; return the steps that were computed."""
    with recorded(store, uuid.uuid4(), "night", series) as log:
        steps = StoredSteps(store, log)
        steps("fetch", make_images, seed)
    return steps.computed


def test_the_last_runs_of_each_data_set_stay_however_many_there_are_of_another(store):
    """By the budget too: the last one of each is never removed."""
    night_on(store, 0, "A")
    for seed in range(1, 6):
        night_on(store, seed, "B")
    prune(store)
    assert [night_on(store, seed, "A") for seed in (0, 3, 4, 5)] == [[], ["fetch"], [], []]
    night_on(store, 0, "B")
    prune(store, limits(keep_runs=2, budget_mb=1e-6))
    assert night_on(store, 5, "A") == night_on(store, 0, "B") == []
    assert night_on(store, 4, "A") == ["fetch"]


def test_runs_of_an_earlier_version_which_name_no_data_set_go_as_they_always_did(store):
    night_on(store, 0, "A")
    for seed in (1, 2, 3):
        night_on(store, seed, "")
    for seed in (4, 5):
        night_on(store, seed, "B")
    prune(store)
    kept = {each.record.series for each in read_records(store)[0]}
    assert kept == {"A", "B"}
    assert len(read_records(store)[0]) == 3


def test_with_a_damaged_log_the_whole_history_is_kept(store):
    for name, n in (("a", 200), ("b", 400), ("c", 600)):
        crown(fitted_champion(name, n_train=n))
    log_path(DATASET).write_text("garbage")
    before = files(store, "champions")
    prune(store)
    assert files(store, "champions") == before
    assert [each.name for each in read_history(DATASET)] == ["a", "b", "c"]


def test_files_set_aside_are_bounded_the_oldest_go(store):
    night(store, 0)
    for i in range(KEPT_DAMAGED + 3):
        kept = set_aside(save_bytes(f"{i}".encode(), ".png").path)
        os.utime(kept, (i, i))
    newest = {path.read_text() for path in files(store, "damaged")} - {"0", "1", "2"}
    prune(store)
    assert {path.read_text() for path in files(store, "damaged")} == newest


def test_mnist_that_was_fetched_once_stays(store, monkeypatch):
    ref = save_array(np.arange(9))
    other = save_array(np.arange(8))
    monkeypatch.setattr("flows.kept.FETCHED", frozenset({ref.sha256}))
    prune(store)
    assert files(store, "objects") == {ref.path}
    assert not other.path.exists()


class Clock(datetime):
    """A clock that tells the same moment until it is set anew."""

    moment = datetime(2026, 1, 1, tzinfo=UTC)

    @classmethod
    def now(cls, _=None):
        return cls.moment


@pytest.fixture
def clock(monkeypatch):
    """The clock that runs are recorded by."""
    monkeypatch.setattr(run_records, "datetime", Clock)
    return Clock


OWN_RESULTS = "runs after a wrong clock that kept their own results"


@pytest.mark.counted(OWN_RESULTS)
@pytest.mark.parametrize("numbered", [True, False], ids=["numbered", "of an earlier version"])
def test_after_a_clock_that_was_years_ahead_each_run_keeps_its_own_results(numbered, store, clock):
    clock.moment = datetime(2031, 1, 1, tzinfo=UTC)
    night(store, 0)
    if not numbered:
        ((path, record),) = read_records(store)[0]
        write_sealed(path, record.model_copy(update={"number": 0}))
    for seed in (1, 2, 3):
        clock.moment = datetime(2026, 1, seed, tzinfo=UTC)
        assert night(store, seed) == STEPS
        prune_store(store, limits(keep_runs=1, budget_mb=1000), say=print)
        check_law(store)
        assert len(read_records(store)[0]) == 1
        assert night(store, seed) == []
    assert night(store, 0) == STEPS  # the run of the wrong clock went like any other


@pytest.mark.counted(OWN_RESULTS)
def test_the_run_that_has_just_ended_keeps_its_results_even_if_its_record_is_lost(store, clock):
    """Without a record they are kept by their age alone, and by that they are years too old."""
    night(store, 0)
    clock.moment = datetime(2031, 1, 1, tzinfo=UTC)
    night(store, 1)
    with recorded(store, uuid.uuid4(), "night") as log:
        StoredSteps(store, log)("fetch", make_images, 7)
    read_records(store)[0][-1].path.unlink()
    prune_store(
        store,
        limits(keep_runs=1, budget_mb=1e-6),
        just_ended=log.keys,
        say=print,
    )
    check_law(store)
    assert night(store, 7) == STEPS[1:]


def n_removals(store):
    return sum(len(each) for each in plan_pruning(store, PLENTY).unreferenced.sorts.values())


def test_killed_before_any_removal_a_prune_leaves_a_store_that_works(tmp_path, monkeypatch):
    """Every removal in turn is the one at which the process ends."""
    origin = tmp_path / "origin"
    with store_at(origin) as store:
        for seed in range(3):
            night(store, seed)
        n = n_removals(store)
    assert n > 10
    unlink = Path.unlink

    for last in range(n):
        shutil.copytree(origin, tmp_path / "copy")
        left = [last]

        def dies(path, left=left, **kwargs):
            if not left[0]:
                raise SystemExit
            left[0] -= 1
            unlink(path, **kwargs)

        with store_at(tmp_path / "copy") as store:
            monkeypatch.setattr(Path, "unlink", dies)
            with pytest.raises(SystemExit):
                prune(store)
            monkeypatch.setattr(Path, "unlink", unlink)
            check_law(store, nothing_unreached=False)
            prune(store)
            check_law(store)
            assert night(store, 2) == night(store, 1) == []
        shutil.rmtree(tmp_path / "copy")
    print(f"a prune of {n} files, killed before each of them: {n} of {n} stores work")


def test_killed_with_sigkill_a_prune_frees_its_lock_and_the_next_one_ends(store, capsys):
    for seed in range(4):
        night(store, seed)
    program = (
        "import os, sys; from pathlib import Path; from flows.prune import run\n"
        "real, left = Path.unlink, [10]\n"
        "def dies(path, **kwargs):\n"
        "    left[0] -= 1\n"
        "    os.kill(os.getpid(), 9) if left[0] < 0 else real(path, **kwargs)\n"
        "Path.unlink = dies\n"
        "run(sys.argv[1:])\n"
    )
    options = [f"--store-dir={store}", "--yes", "--keep-runs=2"]
    done = subprocess.run([sys.executable, "-c", program, *options], cwd=ROOT, check=False)
    assert done.returncode == -signal.SIGKILL
    check_law(store, nothing_unreached=False)
    assert run(options) == 0
    check_law(store)
    assert night(store, 3) == []


def test_a_dry_run_changes_nothing_and_says_what_the_real_one_then_frees(store, capsys):
    take_folder(store, STORE)
    for seed in range(4):
        night(store, seed)
    before = {path: path.read_bytes() for path in files(store, ".")}
    options = [f"--store-dir={store}", "--keep-runs=2"]
    assert run(options) == 0
    told = capsys.readouterr().out
    assert {path: path.read_bytes() for path in files(store, ".")} == before
    assert "Nothing was removed: give --yes" in told
    was = size(store)
    assert run([*options, "--yes"]) == 0
    done = capsys.readouterr().out
    rows = [line for line in told.splitlines() if line.endswith("B")]
    assert rows == [line for line in done.splitlines() if line.endswith("B")]
    freed = was - size(store) + (store / "run.holder.json").stat().st_size
    assert f"\n{freed / 1e3:,.1f} kB freed" in done
    assert plan_pruning(store, PLENTY).unreferenced.is_empty


def test_a_store_in_use_is_not_pruned_under_the_run_that_uses_it(store):
    """The record of a run at work is among those kept, however many came before it."""
    for seed in range(3):
        night(store, seed)
    with recorded(store, uuid.uuid4(), "night") as log:
        StoredSteps(store, log)("fetch", make_images, 7)
        prune(store, limits(keep_runs=1, budget_mb=0.001))
        check_law(store)
    assert night(store, 7) == STEPS[1:]


@pytest.mark.parametrize(
    ("options", "code", "told"),
    [
        (["--bogus"], 2, "--bogus"),
        (["--keep-runs=0"], 2, "greater than or equal to 1"),
        (["--budget=much"], 2, "--budget"),
        (["--store-dir=nowhere-at-all"], 3, "no such folder"),
        (["--store-dir=flows", "--yes"], 3, "what this project did not write: '__init__.py'"),
    ],
)
def test_bad_input_is_a_plain_error_with_its_exit_code(options, code, told, capsys):
    try:
        found = run(options)
    except SystemExit as end:  # argparse itself answers an unknown option
        found = end.code
    assert found == code
    assert told in capsys.readouterr().err
    assert not Path("nowhere-at-all").exists()


def test_no_rights_is_a_plain_error_and_leaves_a_store_that_works(store, monkeypatch, capsys):
    """As root every file may be removed, so the refusal is the system call's."""
    for seed in range(4):
        night(store, seed)

    def refuse(path, **_):
        raise PermissionError(13, "Permission denied", str(path))

    monkeypatch.setattr(Path, "unlink", refuse)
    assert run([f"--store-dir={store}", "--keep-runs=2", "--yes"]) == 3
    assert "cannot be removed: Permission denied" in capsys.readouterr().err
    said = []
    prune_store(store, PLENTY, say=said.append)  # at a run's end it is said and no more
    assert "could not prune" in said[0]
    monkeypatch.undo()
    check_law(store, nothing_unreached=False)


@pytest.mark.slow
def test_a_run_makes_room_at_its_end_and_the_same_command_is_warm(prefect_server, tmp_path):
    knobs = (
        "--dataset=digits",
        "--candidates=sgd",
        f"--store-dir={tmp_path / 'data'}",
        f"--output-dir={tmp_path / 'outputs'}",
        "--keep-runs=1",
    )

    def steps(*more):
        done = run_module("flows.full_run", *knobs, *more, environment=prefect_server.environment)
        assert done.returncode == 0, done.stderr
        return done.stdout, step_lines(done.stdout)

    steps("--seed=1")
    output, _ = steps("--seed=2")
    assert "pruned the store" in output
    with store_at(tmp_path / "data") as store:
        check_law(store)
    assert run([f"--store-dir={tmp_path / 'data'}", "--yes", "--keep-runs=1"]) == 0
    _, again = steps("--seed=2")
    assert set(again.values()) == {"reused"}


@pytest.mark.slow
@pytest.mark.counted(OWN_RESULTS)
def test_a_real_run_after_a_clock_that_was_years_ahead_keeps_what_it_made(prefect_server, tmp_path):
    """The record of the run with the wrong clock is one of an earlier version, without a number."""
    ahead = "2031-01-01T00:00:00+00:00"
    record = RunRecord(flow_run_id=str(uuid.uuid4()), flow="full-run", started=ahead, ended=ahead)
    with store_at(tmp_path / "data") as store:
        write_sealed(store / "runs" / record.file_name, record)
    outputs = []
    for _ in range(2):
        done = run_module(
            "flows.full_run",
            "--dataset=digits",
            "--candidates=sgd",
            f"--store-dir={tmp_path / 'data'}",
            f"--output-dir={tmp_path / 'outputs'}",
            "--keep-runs=1",
            environment=prefect_server.environment,
        )
        assert done.returncode == 0, done.stderr
        outputs.append(done.stdout)
    assert "reused" not in step_lines(outputs[0]).values()
    again = step_lines(outputs[1])
    assert set(again.values()) == {"reused"}
    assert not (tmp_path / "data" / "runs" / record.file_name).exists()
