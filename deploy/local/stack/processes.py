"""Processes that belong to a state folder, found without supervisord: it may have been killed."""

import contextlib
import os
import signal
import time
from dataclasses import dataclass
from pathlib import Path

from stack.state import MARKER, State

# Servers that write their titles over their own environment are known by where they work.
_TITLED = frozenset({"postgres", "nginx", "epmd", "beam.smp", "erl_child_setup", "inet_gethost"})
_WORK_FOLDERS = ("postgres", "rabbitmq", "nginx", "run")


@dataclass(frozen=True)
class Process:
    pid: int
    parent: int
    started: str  # kernel ticks: with the pid they name one process for ever
    program: str  # supervisor's name for it, as far as it is known
    command: str


def _environment(folder: Path) -> dict[str, str]:
    with contextlib.suppress(OSError):
        pairs = (folder / "environ").read_bytes().decode(errors="replace").split("\0")
        return dict(pair.split("=", 1) for pair in pairs if "=" in pair)
    return {}


def _belongs(folder: Path, environment: dict[str, str], root: str) -> bool:
    marker = environment.get(MARKER)
    if marker is not None:
        return marker == root
    try:
        name = (folder / "comm").read_text().strip()
        place = os.readlink(folder / "cwd").removesuffix(" (deleted)")
    except OSError:
        return False
    if name not in _TITLED:
        return False
    return any(place == f"{root}/{work}" or place.startswith(f"{root}/{work}/") for work in _WORK_FOLDERS)


def _look(folder: Path, root: str) -> Process | None:
    try:
        fields = (folder / "stat").read_text()
        command = (folder / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace").strip()
    except OSError:
        return None
    name = fields[fields.index("(") + 1 : fields.rindex(")")]
    rest = fields.rpartition(")")[2].split()
    if rest[0] in "ZX":
        return None
    environment = _environment(folder)
    if not _belongs(folder, environment, root):
        return None
    program = environment.get("SUPERVISOR_PROCESS_NAME", name)
    return Process(int(folder.name), int(rest[1]), rest[19], program, command)


def belonging(state: State) -> list[Process]:
    """All processes of this state folder, but for the caller."""
    root = str(state.root)
    found = [_look(folder, root) for folder in Path("/proc").glob("[0-9]*") if int(folder.name) != os.getpid()]
    return [process for process in found if process is not None]


def _signal(process: Process, number: signal.Signals) -> None:
    """Only if the pid still is the process that was looked at."""
    with contextlib.suppress(OSError, ValueError):
        fields = Path(f"/proc/{process.pid}/stat").read_text().rpartition(")")[2].split()
        if fields[19] == process.started:
            os.kill(process.pid, number)


def _wait(state: State, select: "set[int]", seconds: float) -> list[Process]:
    end = time.monotonic() + seconds
    while True:
        left = [process for process in belonging(state) if process.pid in select]
        if not left or time.monotonic() > end:
            return left
        time.sleep(0.1)


def stop_all(state: State) -> int:
    """End what still belongs to the state folder, in an order that loses nothing. Returns how many there were."""
    everything = belonging(state)
    stoppers = [process for process in everything if "supervisord" in process.command]
    for process in stoppers:  # one that does not answer on its socket would restart what ends
        _signal(process, signal.SIGKILL)
    _wait(state, {process.pid for process in stoppers}, 5)

    def servers(process: Process) -> bool:
        return process.program in ("postgres", "epmd", "rabbitmq") or process.program in _TITLED

    def tops(group: list[Process]) -> list[Process]:
        """Without their children, which end with them."""
        pids = {process.pid for process in group}
        return [process for process in group if process.parent not in pids]

    everything = belonging(state)
    waves = (
        ([p for p in everything if not servers(p)], signal.SIGTERM, 35),
        ([p for p in everything if servers(p) and p.program not in ("postgres", "epmd")], signal.SIGTERM, 45),
        ([p for p in everything if p.program in ("postgres", "epmd")], signal.SIGINT, 45),
    )
    for group, number, seconds in waves:
        for process in tops(group):
            _signal(process, number)
        _wait(state, {process.pid for process in group}, seconds)
    for _ in range(3):
        left = belonging(state)
        for process in left:
            _signal(process, signal.SIGKILL)
        if not _wait(state, {process.pid for process in left}, 5):
            break
    return len(everything) + len(stoppers)
