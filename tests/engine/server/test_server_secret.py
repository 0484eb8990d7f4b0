"""The secret of the server: made once, private, and told to nobody but a server of ours."""

import os
import subprocess
import sys
import threading
import time
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from prefect.settings import (
    PREFECT_API_AUTH_STRING,
    PREFECT_HOME,
    PREFECT_SERVER_API_AUTH_STRING,
    temporary_settings,
)

from engine.server import secret as server_secret
from engine.server.in_use import access_to, access_to_started, server_problem
from engine.server.secret import SecretError, is_ours, lock_of
from tests.support.prefect_server import ROOT, clean_environment, run_module
from tests.support.small_runs import QUICK, command, new_folders


@pytest.fixture
def home(tmp_path):
    """A home of Prefect that is not there yet, for this test alone."""
    folder = tmp_path / "prefect" / "home"
    settings = {
        PREFECT_HOME: folder,
        PREFECT_API_AUTH_STRING: None,
        PREFECT_SERVER_API_AUTH_STRING: None,
    }
    with temporary_settings(settings):
        yield folder


@pytest.fixture
def file(home):
    """The file of a secret that was just made."""
    server_secret.server_secret()
    return home / "digits-server-secret"


def test_it_is_made_once_in_a_file_that_only_its_owner_reads(file):
    secret = server_secret.server_secret()
    assert file.read_text() == secret == server_secret.server_secret()
    assert file.stat().st_mode & 0o777 == 0o600
    assert file.parent.stat().st_mode & 0o777 == 0o700
    assert secret.startswith("digits:")
    assert len(secret) - len("digits:") >= 43  # 32 random bytes in base64
    assert [path.name for path in file.parent.iterdir()] == [file.name]


def test_it_is_private_whatever_the_umask(home):
    before = os.umask(0)
    try:
        server_secret.server_secret()
    finally:
        os.umask(before)
    assert (home / "digits-server-secret").stat().st_mode & 0o777 == 0o600


def test_each_home_has_another_one(file, tmp_path):
    with temporary_settings({PREFECT_HOME: tmp_path / "other"}):
        assert server_secret.server_secret() != file.read_text()


def test_commands_that_start_at_once_agree(home):
    environment = clean_environment(home)
    asking = [
        subprocess.Popen(
            [sys.executable, "-m", "flows.server_secret"],
            cwd=ROOT,
            env=environment,
            stdout=subprocess.PIPE,
            text=True,
        )
        for _ in range(4)
    ]
    said = {each.communicate(timeout=120)[0].strip() for each in asking}
    assert said == {(home / "digits-server-secret").read_text()}


@pytest.mark.parametrize("mode", [0o644, 0o640, 0o604, 0o660])
def test_one_that_others_may_read_is_refused(mode, file):
    file.chmod(mode)
    with pytest.raises(SecretError, match=rf"Asked .* found .*mode {mode:04o}.* Remove it"):
        server_secret.server_secret()


def test_one_of_another_user_is_refused(file, monkeypatch):
    monkeypatch.setattr(server_secret.os, "geteuid", lambda: file.stat().st_uid + 1)
    with pytest.raises(SecretError, match="somebody else may know it"):
        server_secret.server_secret()


def test_a_link_in_its_place_is_not_followed(file):
    file.rename(file.with_name("elsewhere"))
    file.symlink_to(file.with_name("elsewhere"))
    with pytest.raises(SecretError, match=r"Asked .* Set PREFECT_HOME"):
        server_secret.server_secret()


def test_a_home_that_cannot_be_made_is_a_plain_error(tmp_path):
    (tmp_path / "file").touch()
    done = run_module(
        "flows.server_secret", environment=clean_environment(tmp_path / "file" / "home")
    )
    assert done.returncode == 3
    assert "Set PREFECT_HOME to a folder of your own" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_secret_that_the_person_has_chosen_goes_before(home):
    with temporary_settings({PREFECT_SERVER_API_AUTH_STRING: "me:mine"}):
        assert server_secret.server_secret() == "me:mine"
    assert not home.exists()


@contextmanager
def foreign_server(port=0):
    """A server of somebody else: its port, and the credentials that it was shown."""
    shown = []

    class Listener(BaseHTTPRequestHandler):
        def do_GET(self):
            shown.append(self.headers["Authorization"])
            self.send_response(200)
            self.end_headers()

        def log_message(self, *_):
            pass

    listener = ThreadingHTTPServer(("127.0.0.1", port), Listener)
    threading.Thread(target=listener.serve_forever, daemon=True).start()
    try:
        yield listener.server_port, shown
    finally:
        listener.shutdown()
        listener.server_close()


def ask(port):
    """Ask a server as a command of this project does."""
    api = f"http://127.0.0.1:{port}/api"
    with temporary_settings(access_to(api)):
        server_problem()


def test_a_foreign_server_is_not_told(file):
    with foreign_server() as (port, shown):
        ask(port)
    assert shown == [None]


def test_whoever_takes_the_port_of_a_server_that_has_ended_is_not_told(file):
    with foreign_server() as (port, shown):
        lock_of(port).acquire()  # it is let go as the lock is forgotten
        ask(port)
    assert shown == [None]


def test_a_server_that_holds_its_lock_is_told(file):
    with foreign_server() as (port, shown), lock_of(port):
        ask(port)
        assert is_ours(f"http://127.0.0.1:{port}/api")
    assert len(shown) == 1
    assert shown[0].startswith("Basic ")


def test_what_the_person_says_to_send_is_sent(file):
    with foreign_server() as (port, shown), temporary_settings({PREFECT_API_AUTH_STRING: "a:b"}):
        ask(port)
    assert shown == ["Basic YTpi"]


def test_the_server_that_a_command_has_started_gets_its_own_secret(file):
    with temporary_settings({PREFECT_API_AUTH_STRING: "for:another"}):
        settings = access_to_started("http://127.0.0.1:4999/api")
    assert settings[PREFECT_API_AUTH_STRING] == file.read_text()


@pytest.mark.parametrize(
    "address",
    ["https://127.0.0.1:{}/api", "http://localhost:{}/api", "http://10.0.0.1:{}/api", "", "x"],
)
def test_no_other_address_is_ours(address, file):
    with lock_of(4999):
        assert is_ours("http://127.0.0.1:4999/api")
        assert not is_ours(address.format(4999))


def test_the_lock_of_a_server_is_its_owners_alone(file):
    with lock_of(4999) as lock:
        assert Path(lock.lock_file).stat().st_mode & 0o777 == 0o600


@pytest.mark.slow
def test_the_secret_of_a_run_is_in_no_file_no_output_and_no_process_list(tmp_path):
    folders, home = new_folders(tmp_path), tmp_path / "home"
    process = subprocess.Popen(
        command(folders, *QUICK),
        cwd=ROOT,
        env=clean_environment(home),
        stdout=(tmp_path / "said").open("wb"),
        stderr=subprocess.STDOUT,
    )
    listed = set()
    while process.poll() is None:
        asked = ["ps", "-A", "-ww", "-o", "args="]  # -ww: the whole line
        listed.update(subprocess.run(asked, capture_output=True, check=True).stdout.splitlines())
        time.sleep(0.2)
    assert process.returncode == 0, (tmp_path / "said").read_text()
    assert any(b"engine.server.api_server" in line for line in listed)
    password = (home / "digits-server-secret").read_bytes().removeprefix(b"digits:")
    assert not any(password in line for line in listed)
    files = [path for path in tmp_path.rglob("*") if path.is_file()]
    assert {"prefect.db", "said", "report.html"} <= {path.name for path in files}
    assert [path.name for path in files if password in path.read_bytes()] == [
        "digits-server-secret"
    ]
    assert (home / "prefect.db").stat().st_mode & 0o077 == 0


def test_a_server_without_a_secret_does_not_start(tmp_path):
    done = run_module(
        "engine.server.api_server", "--socket=0", environment=clean_environment(tmp_path)
    )
    assert done.returncode == 2
    assert "secret" in done.stderr
