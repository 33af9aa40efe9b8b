"""A real nginx with the gateway's own configuration, and stub services behind it, for tests on 127.0.0.1."""

import contextlib
import json
import os
import signal
import socket
import subprocess
import threading
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import chain
from pathlib import Path
from typing import Any, Self

import httpx

HERE = Path(__file__).resolve().parent
SERVICES = ("identity", "catalog", "booking")
UPSTREAMS = (*SERVICES, "frontend")


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def eventually(what: str, true: Callable[[], bool], seconds: float = 20) -> None:
    """Waits until `true()`; fails with `what` after `seconds`."""
    end = time.monotonic() + seconds
    while not true():
        if time.monotonic() > end:
            raise AssertionError(f"not within {seconds} s: {what}")
        time.sleep(0.02)


@dataclass(frozen=True)
class Received:
    """A request as a service got it; `path` is the raw target with its query, header names are lower-case."""

    method: str
    path: str
    headers: dict[str, str]
    body: bytes
    connection: int


@dataclass(frozen=True)
class Reply:
    status: int = 200
    body: bytes = b"{}"
    headers: Mapping[str, str] = field(default_factory=dict)
    pause: float = 0.0
    hang_up: bool = False
    # Instead of the body: pieces that are sent as they come.
    pieces: Iterable[bytes] | None = None


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False
    request_queue_size = 512
    stub: "Stub"

    def __init__(self, address: tuple[str, int], stub: "Stub") -> None:
        super().__init__(address, _Handler)
        self.stub = stub
        self.stopping = False
        self.idle: set[socket.socket] = set()
        self.open: set[object] = set()

    def process_request(self, request: Any, client_address: Any) -> None:
        self.open.add(request)
        super().process_request(request, client_address)

    def shutdown_request(self, request: Any) -> None:
        super().shutdown_request(request)
        self.open.discard(request)

    def handle_error(self, request: object, client_address: object) -> None:
        """A connection that was cut is what some tests are about."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: _Server

    def version_string(self) -> str:
        return "stub/1.2.3"

    def log_message(self, *_args: object) -> None:
        pass

    def handle_one_request(self) -> None:
        self.server.idle.add(self.connection)
        if self.server.stopping:
            self.close_connection = True
        else:
            super().handle_one_request()
        self.server.idle.discard(self.connection)

    def _answer(self) -> None:
        self.server.idle.discard(self.connection)
        stub = self.server.stub
        length = int(self.headers.get("content-length") or 0)
        request = Received(
            self.command,
            self.path,
            {name.lower(): value for name, value in self.headers.items()},
            self.rfile.read(length),
            self.client_address[1],
        )
        stub.requests.append(request)
        reply = stub.answer(request)
        if reply.pause:
            time.sleep(reply.pause)
        if reply.hang_up:
            self.close_connection = True
            return
        self.send_response(reply.status)
        for name, value in {"Content-Type": "application/json", **reply.headers}.items():
            self.send_header(name, value)
        if reply.pieces is not None:
            self.send_header("Transfer-Encoding", "chunked")
        elif reply.status not in (204, 304):
            self.send_header("Content-Length", str(len(reply.body)))
        self.end_headers()
        if reply.pieces is not None:
            for piece in chain(reply.pieces, (b"",)):
                self.wfile.write(b"%x\r\n%s\r\n" % (len(piece), piece))
        elif self.command != "HEAD":
            self.wfile.write(reply.body)

    do_GET = do_HEAD = do_POST = do_PUT = do_PATCH = do_DELETE = do_OPTIONS = _answer  # noqa: N815


class Stub:
    """A service replica whose answers the test chooses; by default it says who it is."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.requests: list[Received] = []
        self.answer: Callable[[Received], Reply] = self.introduce
        self.port = 0
        self._server: _Server | None = None

    def introduce(self, _request: Received) -> Reply:
        return Reply(body=json.dumps({"service": self.name}).encode())

    @property
    def address(self) -> str:
        return f"127.0.0.1:{self.port}"

    @property
    def last(self) -> Received:
        return self.requests[-1]

    def reset(self) -> None:
        self.requests.clear()
        self.answer = self.introduce

    def start(self) -> Self:
        """Listens, on the port it had before if there was one."""
        self._server = _Server(("127.0.0.1", self.port), self)
        self.port = self._server.server_address[1]
        threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
        return self

    def stop(self) -> None:
        """Like a service that shuts down: no new connections, idle ones closed, what is in hand is finished.

        Returns when all are closed: one that closed later could still be taken for a POST, which then gets a 502.
        """
        if self._server:
            stopped, self._server = self._server, None
            stopped.stopping = True
            stopped.shutdown()
            stopped.server_close()
            for connection in list(stopped.idle):
                with contextlib.suppress(OSError):
                    connection.shutdown(socket.SHUT_RDWR)
            eventually(f"{self.name}'s connections are closed", lambda: not stopped.open)


class Gateway:
    """One nginx in `folder`, made by render.sh and upstreams.sh with `settings` as their environment."""

    def __init__(self, folder: Path, stubs: Mapping[str, Stub] | None = None, **settings: str) -> None:
        self.folder = folder
        self.port = free_port()
        self.internal_port = free_port()
        self.state = folder / "state"
        self.conf = folder / "conf"
        self.static = folder / "static"
        self.settings = {
            "PATH": os.environ["PATH"],
            "GATEWAY_STATE_DIR": str(self.state),
            "GATEWAY_STATIC_DIR": str(self.static),
            "GATEWAY_PORT": str(self.port),
            "GATEWAY_INTERNAL_PORT": str(self.internal_port),
            "GATEWAY_WORKERS": "2",
            # Tests are faster than any person.
            "RATE_LIMIT": "100000",
            "UPSTREAMS_INTERVAL": "0.2",
            **{f"{name.upper()}_UPSTREAM": stub.address for name, stub in (stubs or {}).items()},
            **settings,
        }
        self.processes: list[subprocess.Popen[bytes]] = []
        self.url = f"http://127.0.0.1:{self.port}"

    @property
    def upstreams(self) -> Path:
        return self.conf / "upstreams.conf"

    def script(self, *command: str) -> subprocess.CompletedProcess[str]:
        """Runs one of the gateway's scripts with these settings; the caller judges its exit code."""
        return subprocess.run(
            [str(HERE / command[0]), *command[1:]], env=self.settings, capture_output=True, text=True, check=False
        )

    def start(self, *, watch: bool = False) -> Self:
        (self.static / "docs").mkdir(parents=True, exist_ok=True)
        for name, text in {
            "openapi.json": '{"openapi":"3.1.0"}',
            "docs/index.html": "<!doctype html><title>API</title>",
            "docs/page.js": "'use strict';",
        }.items():
            if not (self.static / name).exists():
                (self.static / name).write_text(text)
        for command in (("render.sh", str(self.conf)), ("upstreams.sh", "once", str(self.upstreams))):
            done = self.script(*command)
            if done.returncode:
                raise RuntimeError(done.stderr)
        self.serve()
        if watch:
            self.spawn(str(HERE / "upstreams.sh"), "watch", str(self.upstreams), str(self.conf / "nginx.conf"))
        self.wait()
        return self

    def serve(self) -> None:
        """Starts nginx as a process manager does."""
        self.spawn(str(HERE / "serve.sh"), str(self.conf / "nginx.conf"))

    def spawn(self, *command: str) -> None:
        """Starts a process of this gateway; what it says goes to `output`, and `stop` ends it."""
        with (self.folder / "output.log").open("ab") as output:
            self.processes.append(
                subprocess.Popen(
                    # A shell that runs us in the background has SIGQUIT ignored, and what is ignored is inherited.
                    ("env", "--default-signal=QUIT", *command),
                    env=self.settings,
                    stdout=output,
                    stderr=output,
                    cwd=self.folder,
                    process_group=0,
                )
            )

    def wait(self) -> None:
        """Until it answers. Raises RuntimeError with its output when it doesn't within half a minute."""
        end = time.monotonic() + 30
        while True:
            try:
                httpx.get(f"{self.url}/healthz")
                return
            except httpx.TransportError:
                if self.processes[0].poll() is not None or time.monotonic() > end:
                    raise RuntimeError(self.output) from None
                time.sleep(0.02)

    def change(self, file: str, old: str, new: str) -> None:
        """Replaces text in the rendered configuration and waits until nginx runs with it."""
        path = self.conf / "conf" / file
        text = path.read_text()
        if old not in text:
            raise ValueError(f"{file} doesn't have {old!r}")
        path.write_text(text.replace(old, new))
        before = self.workers()
        self.processes[0].send_signal(signal.SIGHUP)
        eventually("the old workers are gone", lambda: not before & self.workers())

    def workers(self, master: int | None = None) -> set[int]:
        """Process ids of nginx's workers, its cache manager among them."""
        pid = master or self.processes[0].pid
        return {int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()}

    @property
    def output(self) -> str:
        """What nginx and the watcher said outside their logs."""
        return (self.folder / "output.log").read_text()

    def stop(self) -> None:
        for process in reversed(self.processes):
            process.terminate()
        for process in self.processes:
            process.wait(30)
        self.processes.clear()

    def client(self, **options: str) -> httpx.Client:
        return httpx.Client(base_url=self.url, timeout=10, trust_env=False, headers=options)

    def raw(self, request: bytes) -> bytes:
        """Sends bytes as they are, for what no client library would send, and reads until the gateway closes."""
        with socket.create_connection(("127.0.0.1", self.port), timeout=10) as connection:
            answer = b""
            try:
                connection.sendall(request)
            except (BrokenPipeError, ConnectionResetError):
                """It has heard enough, and its answer waits."""
            try:
                while chunk := connection.recv(65536):
                    answer += chunk
            except ConnectionResetError:
                # After a refusal nginx may close with a part of the request unread, which resets the connection.
                if not answer:
                    raise
            return answer

    def get_raw(self, target: str) -> bytes:
        return self.raw(f"GET {target} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n".encode("latin-1"))


def one_a_minute(made: Gateway) -> None:
    """Of a gateway with RATE_LIMIT=1: what was used up doesn't come back while a slow machine is at its test."""
    made.change("limits.conf", "rate=1r/s", "rate=1r/m")


Make = Callable[..., Gateway]
