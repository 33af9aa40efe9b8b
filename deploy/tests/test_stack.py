"""The native stack: its small parts, and a real one that is started, hurt and stopped."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from stack import parts, ports, processes, settings
from stack.errors import StackError
from stack.manager import Manager
from stack.state import State, write_file

ROOT = Path(__file__).resolve().parents[2]
needs_native = pytest.mark.skipif(
    not list(Path("/usr/lib/postgresql").glob("*/bin/postgres")), reason="no native PostgreSQL here"
)


def stack(state: Path, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "stack", "--state", str(state), *arguments],
        env={**os.environ, "PYTHONPATH": str(ROOT / "deploy/local"), **environment},
        capture_output=True,
        text=True,
        check=False,
        timeout=110,
    )


def until(description: str, probe: Callable[[], object], seconds: float = 60) -> None:
    end = time.monotonic() + seconds
    while not probe():
        assert time.monotonic() < end, f"waited {seconds} s for: {description}"
        time.sleep(0.05)


def test_env_file_is_read_as_compose_reads_it(tmp_path: Path) -> None:
    file = tmp_path / ".env"
    file.write_text("# note\nA=1\nexport B='two words'\nC=\"x#y\" \nD=a=b # why\nE=\n\nF=in#side\n")
    assert settings.read_env_file(file) == {"A": "1", "B": "two words", "C": "x#y", "D": "a=b", "E": "", "F": "in#side"}
    file.write_text("nonsense\n")
    with pytest.raises(StackError, match="line 1"):
        settings.read_env_file(file)


def test_secrets_are_made_once_and_kept_private(tmp_path: Path, state: State) -> None:
    first = settings.Settings.load(state, tmp_path / "none").secrets
    assert settings.Settings.load(state, tmp_path / "none").secrets == first
    assert len(set(first.values())) == len(first)
    assert state.path("secrets.json").stat().st_mode & 0o777 == 0o600


def test_a_given_secret_counts_and_is_not_written_down(tmp_path: Path, state: State) -> None:
    (tmp_path / ".env").write_text("SECRET_KEY=given-by-hand\n")
    assert settings.Settings.load(state, tmp_path / ".env").secrets["SECRET_KEY"] == "given-by-hand"
    assert "given-by-hand" not in state.path("secrets.json").read_text()


def test_ports_are_kept_and_given_up_when_taken(state: State) -> None:
    port = ports.Ports(state)["postgres"]
    assert ports.Ports(state)["postgres"] == port
    with socket.create_server(("127.0.0.1", port)):
        again = ports.Ports(state)
        again.renew_taken()
        assert again["postgres"] != port


def test_an_asked_for_port_that_is_taken_names_its_holder(state: State) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        with pytest.raises(StackError, match=rf"port {port} .* process {os.getpid()}: "):
            ports.Ports(state).choose_gateway(port)


@pytest.mark.parametrize(
    ("given", "host", "tls", "catcher"),
    [
        ({}, "127.0.0.1", "none", True),
        ({"SMTP_HOST": "mail", "SMTP_PORT": "1025", "SMTP_USER": "", "SMTP_TLS": "none"}, "127.0.0.1", "none", True),
        ({"SMTP_HOST": "smtp.example.org", "SMTP_TLS": "tls"}, "smtp.example.org", "tls", False),
    ],
)
def test_mail_goes_to_the_catcher_unless_a_server_is_named(
    tmp_path: Path, state: State, given: dict[str, str], host: str, tls: str, catcher: bool
) -> None:
    loaded = settings.Settings.load(state, tmp_path / "none")
    loaded.operator = given
    loaded.parts = ("identity", "mail")
    known = ports.Ports(state)
    known["gateway"]
    environment = parts.service_environment(loaded, known, "identity")
    assert (environment["SMTP_HOST"], environment["SMTP_TLS"]) == (host, tls)
    assert ("mail" in [program.name for program in parts.programs(loaded, known)]) == catcher
    # Without the catcher's part nothing is sent to anybody by accident.
    loaded.parts = ("identity",)
    without = parts.service_environment(loaded, known, "identity")
    assert without.get("SMTP_HOST") == (None if catcher else host)


def test_the_control_socket_fits_into_its_limit(tmp_path: Path) -> None:
    deep = State(tmp_path / ("deep-" * 20) / "state")
    assert len(str(deep.socket)) < 100
    deep.create()
    assert deep.socket.parent.stat().st_mode & 0o777 == 0o700
    deep.delete()
    assert not deep.socket.parent.exists()


@pytest.mark.skipif(os.geteuid() != 0, reason="only root runs postgres as another user")
def test_state_moves_where_postgres_gets_to_it(tmp_path: Path) -> None:
    closed = tmp_path / "closed"
    closed.mkdir(mode=0o700)
    inner = State(closed / ".local/test")
    outer = State(closed / ".local")
    try:
        inner.create()
        write_file(inner.path("settings.json"), "{}", 0o600)
        assert inner.link.is_symlink()
        outer.create()
        assert outer.link.is_symlink()
        assert State(closed / ".local/test").exists(), "the inner one is still found"
    finally:
        inner.delete()
        outer.delete()
    assert not outer.link.exists()


@pytest.fixture
def state(tmp_path: Path) -> Iterator[State]:
    made = State(tmp_path / "state")
    made.create()
    yield made
    made.delete()


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    folder = tmp_path_factory.mktemp("stack") / "state"
    result = stack(folder, "up", "--only", "postgres", "--throwaway", "--until-pid", str(os.getpid()))
    assert result.returncode == 0, result.stdout + result.stderr
    yield folder
    assert stack(folder, "reset", "--force").returncode == 0
    assert not folder.exists()


def postmaster(folder: Path) -> int:
    """Its process id; 0 while there is none."""
    info = Manager(State(folder)).infos()["postgres"]
    return int(info["pid"]) if info["statename"] == "RUNNING" else 0


@needs_native
def test_a_killed_part_is_started_again(running: Path) -> None:
    before = postmaster(running)
    os.kill(before, signal.SIGKILL)
    until("postgres has another process", lambda: postmaster(running) not in (0, before))
    until("it is ready", lambda: stack(running, "status").returncode == 0)


@needs_native
def test_a_second_up_changes_nothing(running: Path) -> None:
    before = postmaster(running)
    assert stack(running, "up", "--only", "postgres", "--throwaway", "--until-pid", str(os.getpid())).returncode == 0
    assert postmaster(running) == before


@needs_native
def test_down_finds_orphans_and_spares_others(running: Path) -> None:
    bystander = subprocess.Popen(["sleep", "600"], cwd=running / "run")
    try:
        state = State(running)
        daemon = int(state.path("supervisor/supervisord.pid").read_text())
        orphan = postmaster(running)
        os.kill(daemon, signal.SIGKILL)
        until("supervisord is gone", lambda: Manager(state).pid() is None)
        assert orphan in {process.pid for process in processes.belonging(state)}
        assert stack(running, "down").returncode == 0
        assert processes.belonging(state) == []
        assert bystander.poll() is None, "a process that only sits in the folder is not ours"
        assert stack(running, "down").stdout == "Nothing runs here.\n"
        result = stack(running, "up", "--only", "postgres", "--throwaway", "--until-pid", str(os.getpid()))
        assert result.returncode == 0, result.stdout + result.stderr
    finally:
        bystander.kill()
        bystander.wait()


@needs_native
def test_it_ends_with_the_process_that_wanted_it(tmp_path: Path) -> None:
    folder = tmp_path / "state"
    owner = subprocess.Popen(["sleep", "600"])
    try:
        result = stack(folder, "up", "--only", "postgres", "--throwaway", "--until-pid", str(owner.pid))
        assert result.returncode == 0, result.stdout + result.stderr
        owner.kill()
        owner.wait()
        until("everything has ended", lambda: not processes.belonging(State(folder)))
        assert json.loads((folder / "settings.json").read_text())["owner"] == owner.pid
    finally:
        owner.kill()
        stack(folder, "reset", "--force")
