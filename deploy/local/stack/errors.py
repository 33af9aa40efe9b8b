"""What ends a command: a reason for people, and perhaps the log that tells more."""

from pathlib import Path


class StackError(Exception):
    """A command can't go on. `log` is a file whose end explains why."""

    def __init__(self, reason: str, log: Path | None = None) -> None:
        super().__init__(reason)
        self.log = log
