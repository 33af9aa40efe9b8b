"""Whether a process is ready for work, asked of the process itself."""

import contextlib
import http.client
import itertools
import socket
import time
from collections.abc import Iterable

import psycopg

from stack.errors import StackError
from stack.manager import Manager
from stack.parts import Program
from stack.ports import Ports
from stack.settings import Settings
from stack.state import State

ATTEMPTS = 4  # the first seconds may be a matter of order; what goes on failing is an error to be shown
_AMQP_HEADER = b"AMQP\x00\x00\x09\x01"


def superuser_dsn(settings: Settings, ports: Ports, database: str) -> str:
    return psycopg.conninfo.make_conninfo(
        host="127.0.0.1",
        port=ports["postgres"],
        user="postgres",
        password=settings.secrets["POSTGRES_SUPERUSER_PASSWORD"],
        dbname=database,
        connect_timeout=5,
    )


def http_status(port: int, path: str, timeout: float = 5) -> int | None:
    """The status of a GET on this machine; None when nobody answers."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=timeout)
    with contextlib.closing(connection), contextlib.suppress(OSError, http.client.HTTPException):
        connection.request("GET", path)
        return connection.getresponse().status
    return None


def _broker_answers(port: int) -> bool:
    """It greets with a frame as soon as it takes connections, which is after its start is complete."""
    with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=2) as client:
        client.settimeout(5)
        client.sendall(_AMQP_HEADER)
        return client.recv(1) == b"\x01"
    return False


def _epmd_answers(port: int) -> bool:
    """Erlang's port mapper: asked for its names (it complains of a connection without a question)."""
    with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=2) as client:
        client.settimeout(5)
        client.sendall(b"\x00\x01n")
        return len(client.recv(4)) > 0
    return False


def _database_answers(settings: Settings, ports: Ports) -> bool:
    with contextlib.suppress(psycopg.OperationalError), psycopg.connect(superuser_dsn(settings, ports, "postgres")):
        return True
    return False


def is_ready(program: Program, settings: Settings, ports: Ports) -> bool:
    """Of the process itself. One without a port is ready while it runs."""
    if program.port is None:
        return True
    if program.name == "postgres":
        return _database_answers(settings, ports)
    if program.name == "rabbitmq":
        return _broker_answers(program.port)
    if program.name == "nginx":
        return http_status(program.port, "/healthz") == 200
    if program.kind == "frontend":
        return http_status(program.port, "/_health") == 200
    if program.name == "mail":
        return http_status(program.port, "/api/healthz") == 200
    if program.service:
        return http_status(program.port, "/health/ready") == 200
    return _epmd_answers(program.port)


def wait_ready(programs: Iterable[Program], settings: Settings, ports: Ports, manager: Manager, seconds: float) -> None:
    """Raises StackError with the log of what did not get ready in time, or keeps ending."""
    waiting, end = {program.name: program for program in programs}, time.monotonic() + seconds
    lives: dict[str, set[int]] = {}
    while waiting:
        infos = manager.infos()
        for name, program in list(waiting.items()):
            info = infos[name]
            lives.setdefault(name, set()).add(info["pid"] or 0)
            if info["statename"] == "RUNNING" and is_ready(program, settings, ports):
                del waiting[name]
            elif info["statename"] in ("FATAL", "STOPPED", "UNKNOWN"):
                raise StackError(f"{name} is not running ({info['statename'].lower()})", settings.state.log(name))
            elif len(lives[name] - {0}) > ATTEMPTS:
                raise StackError(f"{name} ends right after its start, again and again", settings.state.log(name))
        if waiting and time.monotonic() > end:
            name = next(iter(waiting))
            raise StackError(f"{', '.join(waiting)} did not get ready within {seconds:.0f} s", settings.state.log(name))
        if waiting:
            time.sleep(0.1)


def wait_http(state: State, port: int, path: str, seconds: float, log: str) -> None:
    """Raises StackError when GET `path` does not answer 200 within the time."""
    end, status = time.monotonic() + seconds, None
    while time.monotonic() < end:
        status = http_status(port, path)
        if status == 200:
            return
        time.sleep(0.2)
    answer = f"answers {status}" if status else "does not answer"
    raise StackError(f"GET {path} through the gateway {answer} after {seconds:.0f} s", state.log(log))


def wait_upstreams(state: State, expected: list[str], seconds: float = 15) -> None:
    """Until nginx has been given exactly these addresses, and its new worker processes had time to take over."""
    file, end = state.path("nginx", "upstreams.conf"), time.monotonic() + seconds
    while True:
        with contextlib.suppress(FileNotFoundError):
            words = file.read_text().split()
            listed = sorted(after.rstrip(";") for word, after in itertools.pairwise(words) if word == "server")
            listed = [address for address in listed if address != "127.0.0.1:1"]  # stands for: none
            if listed == expected:
                break
        if time.monotonic() > end:
            raise StackError("the gateway did not take the new list of replicas", state.log("upstreams"))
        time.sleep(0.1)
    time.sleep(0.5)
