"""The smallest limit counts, and too little memory is said before anything starts."""

import subprocess
import sys

import pytest

from engine.paths import ROOT
from tasks.models.memory import TooLittleMemory, available_bytes, require_memory


def machine(tmp_path, *, kib, limit="max", used="0"):
    (tmp_path / "proc").mkdir()
    (tmp_path / "proc/meminfo").write_text(f"MemTotal: 99 kB\nMemAvailable: {kib} kB\n")
    group = tmp_path / "sys/fs/cgroup"
    group.mkdir(parents=True)
    (group / "memory.max").write_text(f"{limit}\n")
    (group / "memory.current").write_text(f"{used}\n")
    return tmp_path


def test_without_a_limit_the_machine_s_free_memory_counts(tmp_path):
    assert available_bytes(machine(tmp_path, kib=5)) == 5 * 1024


def test_a_container_s_smaller_limit_counts(tmp_path):
    assert available_bytes(machine(tmp_path, kib=5, limit="3000", used="1000")) == 2000


def test_a_system_that_tells_nothing_is_not_guessed_about(tmp_path):
    assert available_bytes(tmp_path) is None


def test_too_little_memory_is_told_with_the_estimate(monkeypatch):
    monkeypatch.setattr("tasks.models.memory.available_bytes", lambda: 2**30)
    require_memory(2**30, "This", "")
    with pytest.raises(
        TooLittleMemory, match=r"^This needs about 2\.0 GiB.*; 1\.0 GiB.* Do less\.$"
    ):
        require_memory(2**31, "This", "Do less.")


def test_the_peak_is_that_of_the_process_alone_not_of_the_one_that_started_it():
    child = "from tasks.models.memory import peak_memory_bytes; print(peak_memory_bytes())"
    parent = (
        "import subprocess, sys; held = bytearray(b'x') * 400_000_000; "
        f"subprocess.run([sys.executable, '-c', {child!r}], check=True)"
    )
    command = [sys.executable, "-c", parent]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    assert int(done.stdout) < 200e6
