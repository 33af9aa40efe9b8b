"""Ports of one state folder: chosen free once, then kept, so that addresses stay the same between starts."""

import contextlib
import os
import random
import socket
from pathlib import Path

from stack.errors import StackError
from stack.state import State

# Below the range from which the kernel takes ports for outgoing connections.
LOWEST, HIGHEST = 20000, 31999
GATEWAY_DEFAULT = 8000
_TCP_LISTEN = "0A"


def is_free(port: int, host: str = "127.0.0.1") -> bool:
    for family, address in ((socket.AF_INET, host), (socket.AF_INET, "0.0.0.0"), (socket.AF_INET6, "::1")):
        with socket.socket(family, socket.SOCK_STREAM) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind((address, port))
            except OSError:
                if family == socket.AF_INET6 and not _answers(port, "::1"):
                    continue  # no IPv6 here
                return False
    return True


def _answers(port: int, host: str) -> bool:
    with contextlib.suppress(OSError), socket.create_connection((host, port), timeout=1):
        return True
    return False


def holder(port: int) -> str:
    """The process that listens on a port, as far as this user may see it."""
    inodes = set()
    for table in ("/proc/net/tcp", "/proc/net/tcp6"):
        with contextlib.suppress(OSError):
            for line in Path(table).read_text().splitlines()[1:]:
                fields = line.split()
                if int(fields[1].rpartition(":")[2], 16) == port and fields[3] == _TCP_LISTEN:
                    inodes.add(f"socket:[{fields[9]}]")
    for process in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            if any(os.readlink(handle) in inodes for handle in (process / "fd").iterdir()):
                command = (process / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace").strip()
                return f"process {process.name}: {command[:120]}"
    return "a process of another user"


class Ports:
    """Named ports, remembered in ports.json."""

    def __init__(self, state: State) -> None:
        self._state = state
        self._known: dict[str, int] = state.read("ports.json")

    def __getitem__(self, name: str) -> int:
        """The port of this name; a free one is chosen when it has none yet."""
        if name not in self._known:
            self._known[name] = self._choose()
            self._save()
        return self._known[name]

    def _choose(self) -> int:
        taken = set(self._known.values())
        for _ in range(2000):
            port = random.randint(LOWEST, HIGHEST)
            if port not in taken and is_free(port):
                return port
        raise StackError(f"no free port between {LOWEST} and {HIGHEST}")

    def _save(self) -> None:
        self._state.write("ports.json", dict(sorted(self._known.items())))

    def renew_taken(self) -> None:
        """Before a start, when nothing of this state folder runs: give up ports that somebody else has taken."""
        kept = {name: port for name, port in self._known.items() if name == "gateway" or is_free(port)}
        if kept != self._known:
            self._known = kept
            self._save()

    def gateway(self) -> int | None:
        return self._known.get("gateway")

    def choose_gateway(self, wanted: int | None) -> tuple[int, str | None]:
        """The gateway's port, and what to tell when it isn't the expected one.

        `wanted`: asked for by name (0: any free one). A taken one is then an error; the default one gives way.
        """
        if wanted:
            if not is_free(wanted):
                raise StackError(f"port {wanted} (GATEWAY_PORT) is in use by {holder(wanted)}")
            port, notice = wanted, None
        elif wanted == 0:
            last = self._known.get("gateway")
            port, notice = (last if last and is_free(last) else self._choose()), None
        else:
            port, notice = GATEWAY_DEFAULT, None
            while not is_free(port):
                port += 1
            if port != GATEWAY_DEFAULT:
                notice = f"Port {GATEWAY_DEFAULT} is in use by {holder(GATEWAY_DEFAULT)}; using {port} instead."
        self._known["gateway"] = port
        self._save()
        return port, notice
