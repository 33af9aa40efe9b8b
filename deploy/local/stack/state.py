"""The state folder: where it is, what it holds, and who works on it now."""

import contextlib
import fcntl
import hashlib
import json
import os
import pwd
import shutil
import stat
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from stack.errors import StackError

CHECKOUT = Path(__file__).resolve().parents[3]
MARKER = "MARKETPLACE_STATE"
# A unix socket's path has 107 characters at most, and supervisor first binds it under a longer, temporary name.
SOCKET_PATH_LIMIT = 90
FOLDERS = ("supervisor", "programs", "upstreams", "postgres", "rabbitmq", "nginx", "media", "logs", "run")


def is_root() -> bool:
    return os.geteuid() == 0


def database_user() -> str | None:
    """The system user that postgres runs as: it refuses root. None: the caller's own."""
    if not is_root():
        return None
    try:
        pwd.getpwnam("postgres")
    except KeyError:
        raise StackError("there is no system user `postgres`; the Debian package postgresql makes it") from None
    return "postgres"


def open_to_all(folder: Path) -> bool:
    """Whether any user can get through to this existing folder."""
    return all(place.stat().st_mode & stat.S_IXOTH for place in (folder, *folder.parents))


class State:
    """Paths and small files of one state folder."""

    def __init__(self, link: Path) -> None:
        self.link = Path(os.path.abspath(link))
        self.root = Path(os.path.realpath(self.link))

    def path(self, *names: str) -> Path:
        return self.root.joinpath(*names)

    def log(self, name: str) -> Path:
        return self.path("logs", f"{name}.log")

    @property
    def socket(self) -> Path:
        inside = self.path("supervisor", "control.sock")
        if len(os.fsencode(inside)) <= SOCKET_PATH_LIMIT:
            return inside
        short = hashlib.sha256(os.fsencode(self.root)).hexdigest()[:12]
        return Path(tempfile.gettempdir(), f"marketplace-{os.geteuid()}-{short}", "control.sock")

    def exists(self) -> bool:
        return self.path("settings.json").exists()

    def create(self) -> None:
        """Make the folder and what it holds. It moves to /var/tmp when postgres' user could not get to it."""
        if self.link.is_symlink() and not self.link.exists():
            self.link.unlink()
        self.link.parent.mkdir(parents=True, exist_ok=True)
        reachable = database_user() is None or open_to_all(self.link.parent.resolve())
        if not self.link.exists() and reachable:
            self.link.mkdir()
        elif not reachable and not self.link.is_symlink() and not self.exists():
            elsewhere = tempfile.mkdtemp(prefix="sessions-marketplace-", dir="/var/tmp")
            if self.link.exists():  # holds other state folders only, or a note
                for child in self.link.iterdir():
                    shutil.move(child, elsewhere)
                self.link.rmdir()
            self.link.symlink_to(elsewhere)
        self.root = Path(os.path.realpath(self.link))
        for name in FOLDERS:
            self.path(name).mkdir(exist_ok=True)
        # Others may pass through to what is meant for them, and list nothing; secrets.json has a mode of its own.
        mode = 0o711 if is_root() else 0o700
        self.root.chmod(mode)
        for name in FOLDERS:
            self.path(name).chmod(mode)
        self.path("rabbitmq").chmod(0o700)
        self.path("supervisor").chmod(0o700)
        self.path("media").chmod(0o700)
        self.path("logs").chmod(0o700)  # they hold people's addresses
        if self.socket.parent != self.path("supervisor"):
            self.socket.parent.mkdir(mode=0o700, exist_ok=True)
            owner = self.socket.parent.lstat()
            if owner.st_uid != os.geteuid() or not stat.S_ISDIR(owner.st_mode) or owner.st_mode & 0o077:
                raise StackError(f"{self.socket.parent} belongs to somebody else")

    def delete(self) -> None:
        shutil.rmtree(self.root, ignore_errors=True)
        if self.socket.parent != self.path("supervisor"):
            shutil.rmtree(self.socket.parent, ignore_errors=True)
        if self.link.is_symlink():
            self.link.unlink()

    def read(self, name: str) -> dict[str, Any]:
        try:
            content: dict[str, Any] = json.loads(self.path(name).read_text())
        except FileNotFoundError:
            return {}
        return content

    def write(self, name: str, content: dict[str, Any]) -> None:
        write_file(self.path(name), json.dumps(content, indent=2) + "\n", 0o600)

    @contextlib.contextmanager
    def locked(self, patience: float = 10.0) -> Iterator[None]:
        """One command at a time; raises StackError after `patience` seconds."""
        with open(self.path("lock"), "a+") as file:
            end = time.monotonic() + patience
            while True:
                try:
                    fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                    break
                except BlockingIOError:
                    if time.monotonic() > end:
                        file.seek(0)
                        raise StackError(f"another command is at work here: {file.read().strip()}") from None
                    time.sleep(0.2)
            file.truncate(0)
            file.write(f"process {os.getpid()}\n")
            file.flush()
            yield


def write_file(path: Path, text: str, mode: int) -> bool:
    """Replace a file in one step, never more open than `mode`. Returns whether the content is another one now."""
    changed = not path.exists() or path.read_text() != text
    if changed:
        handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
        with os.fdopen(handle, "w") as file:
            file.write(text)
        os.chmod(temporary, mode)
        os.replace(temporary, path)
    else:
        path.chmod(mode)
    return changed
