"""Talks to supervisord, which runs and restarts the processes, over its control socket."""

import contextlib
import os
import subprocess
import time
from collections.abc import Iterable
from typing import Any, cast
from xmlrpc.client import Fault, ServerProxy

from supervisor.xmlrpc import SupervisorTransport

from stack.errors import StackError
from stack.render import marked
from stack.state import CHECKOUT, MARKER, State

Info = dict[str, Any]
STOPPED = frozenset({"STOPPED", "EXITED", "FATAL", "UNKNOWN"})
_ALREADY_STARTED, _NOT_RUNNING, _BAD_NAME = 60, 70, 10


class Manager:
    def __init__(self, state: State) -> None:
        self._state = state

    def _call(self, method: str, *arguments: Any) -> Any:
        transport = SupervisorTransport(None, None, f"unix://{self._state.socket}")
        with contextlib.closing(transport):
            proxy = ServerProxy("http://127.0.0.1", transport=transport)
            return getattr(proxy.supervisor, method)(*arguments)

    def pid(self) -> int | None:
        """supervisord's process id; None when it doesn't run or doesn't answer."""
        try:
            return cast(int, self._call("getPID"))
        except (OSError, Fault, ValueError):
            return None
        except Exception as error:  # http.client's many ways to say that nobody is there
            if type(error).__module__.startswith(("http.", "xmlrpc.")):
                return None
            raise

    def start_daemon(self) -> None:
        """Start supervisord in the background; it starts nothing by itself."""
        state = self._state
        with contextlib.suppress(FileNotFoundError):
            state.socket.unlink()
        configuration = state.path("supervisor", "supervisord.conf")
        with state.log("supervisord").open("a") as log:
            result = subprocess.run(
                [CHECKOUT / ".venv/bin/supervisord", "-c", configuration],
                env=marked(state, {}),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                check=False,
            )
        if result.returncode:
            raise StackError("supervisord did not start", state.log("supervisord"))
        end = time.monotonic() + 15
        while self.pid() is None:
            if time.monotonic() > end:
                raise StackError("supervisord does not answer", state.log("supervisord"))
            time.sleep(0.1)

    def infos(self) -> dict[str, Info]:
        """Every known process by name, with supervisor's own fields (statename, pid, description, spawnerr, …)."""
        return {info["name"]: info for info in self._call("getAllProcessInfo")}

    def start(self, names: Iterable[str]) -> None:
        """Ask for a start; who waits for readiness looks at the process itself."""
        for name in names:
            try:
                self._call("startProcess", name, False)
            except Fault as fault:
                if fault.faultCode != _ALREADY_STARTED:
                    raise StackError(f"{name} can't be started: {fault.faultString}", self._state.log(name)) from None

    def stop(self, names: Iterable[str], seconds: float = 75) -> None:
        """Stop some processes side by side and wait until they have ended (supervisor kills what takes too long)."""
        names = list(names)
        for name in names:
            try:
                self._call("stopProcess", name, False)
            except Fault as fault:
                if fault.faultCode not in (_NOT_RUNNING, _BAD_NAME):
                    raise
        end = time.monotonic() + seconds
        while running := [
            name for name, info in self.infos().items() if name in names and info["statename"] not in STOPPED
        ]:
            if time.monotonic() > end:
                raise StackError(f"{', '.join(running)} did not stop")
            time.sleep(0.1)

    def reread(self) -> tuple[list[str], list[str], list[str]]:
        """Names that are new, other than before, or gone in the configuration file; nothing is done to them yet."""
        [[added, changed, removed]] = self._call("reloadConfig")
        return added, changed, removed

    def add(self, names: Iterable[str]) -> None:
        for name in names:
            self._call("addProcessGroup", name)

    def remove(self, names: Iterable[str]) -> None:
        """Stop and forget."""
        names = list(names)
        self.stop(names)
        for name in names:
            self._call("removeProcessGroup", name)

    def shutdown(self) -> None:
        """End supervisord, and what it still runs. Its pid is gone when this returns."""
        pid = self.pid()
        if pid is None:
            return
        self._call("shutdown")
        end = time.monotonic() + 80
        while os.path.exists(f"/proc/{pid}") and time.monotonic() < end:
            if _ended(pid):
                return
            time.sleep(0.1)


def _ended(pid: int) -> bool:
    """Gone, or a zombie that its parent (an init that doesn't collect, in some containers) leaves lying about."""
    try:
        with open(f"/proc/{pid}/stat") as file:
            return file.read().rpartition(")")[2].split()[0] == "Z"
    except OSError:
        return True


__all__ = ["MARKER", "STOPPED", "Info", "Manager"]
