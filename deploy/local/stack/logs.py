"""The processes' logs, one after the other or as they grow."""

import time
from collections.abc import Callable, Iterator
from pathlib import Path

from stack.state import State

LINES = 40
WINDOW = 64 * 1024


def files(state: State, service: str | None) -> list[Path]:
    """Those whose name begins with what was asked for (`gateway` is nginx and its watcher), or all.

    supervisord's own is shown only when asked for: it repeats what the others say.
    """
    found = sorted(state.path("logs").glob("*.log"))
    if not service:
        return [file for file in found if file.stem != "supervisord"]
    names = {"gateway": ("nginx", "upstreams", "gateway")}.get(service, (service,))
    return [file for file in found if file.name.startswith(names)]


def tail(file: Path, lines: int = LINES) -> list[str]:
    try:
        with file.open("rb") as handle:
            size = handle.seek(0, 2)
            handle.seek(max(0, size - WINDOW))
            text = handle.read().decode(errors="replace")
    except FileNotFoundError:
        return []
    return text.splitlines()[-lines:]


class Follower:
    """New lines of a changing set of files; one that was rotated is read from its start again."""

    def __init__(self, select: Callable[[], list[Path]]) -> None:
        self._select = select
        self._seen: dict[Path, tuple[int, int]] = {}  # inode and position
        self._rest: dict[Path, bytes] = {}
        for file in select():
            status = file.stat()
            self._seen[file] = (status.st_ino, status.st_size)

    def lines(self) -> Iterator[tuple[str, str]]:
        for file in self._select():
            try:
                with file.open("rb") as handle:
                    status = file.stat()
                    inode, position = self._seen.get(file, (status.st_ino, 0))
                    if inode != status.st_ino or position > status.st_size:
                        position = 0
                    handle.seek(position)
                    data = self._rest.pop(file, b"") + handle.read()
                    self._seen[file] = (status.st_ino, handle.tell())
            except FileNotFoundError:
                continue
            *complete, rest = data.split(b"\n")
            if rest:
                self._rest[file] = rest
            for line in complete:
                yield file.stem, line.decode(errors="replace")


def show(name: str, line: str) -> None:
    print(f"{name:<20} | {line}", flush=True)


def follow(state: State, service: str | None, follow_on: bool) -> None:
    """The last lines of each log, then what comes, until Ctrl-C."""
    follower = Follower(lambda: files(state, service))
    for file in files(state, service):
        for line in tail(file):
            show(file.stem, line)
    while follow_on:
        for name, line in follower.lines():
            show(name, line)
        time.sleep(0.3)
