"""Structured logs on standard output, one line an event; context (request id, correlation id) by contextvars."""

import io
import logging
import sys
from collections.abc import Iterator, MutableMapping
from typing import Any, TextIO

import psycopg
import structlog
from structlog.typing import ExcInfo


def _console() -> structlog.dev.ConsoleRenderer:
    return structlog.dev.ConsoleRenderer(colors=sys.stdout.isatty(), exception_formatter=_write_traceback)


def _write_traceback(stream: TextIO, exc_info: ExcInfo) -> None:
    """A traceback without the values of rows.

    A plain one: rich ones print local variables, and with them passwords and tokens. PostgreSQL's details quote the row
    that it refused, hashes of passwords included.
    """
    text = io.StringIO()
    structlog.dev.plain_traceback(text, exc_info)
    found = text.getvalue()
    for error in _chain(exc_info[1]):
        if isinstance(error, psycopg.Error) and error.diag.message_detail:
            found = found.replace(error.diag.message_detail, "(withheld)")
    stream.write(found)


def _chain(error: BaseException | None) -> Iterator[BaseException]:
    """The error, its causes and their causes."""
    pending, seen = [error], set[int]()
    while pending:
        error = pending.pop()
        if error is not None and id(error) not in seen:
            seen.add(id(error))
            yield error
            pending += [error.__cause__, error.__context__]


def _format_traceback(exc_info: ExcInfo) -> str:
    text = io.StringIO()
    _write_traceback(text, exc_info)
    return text.getvalue().strip("\n")


def configure_logging(
    service: str, process: str, *, level: str = "INFO", style: str = "json", stream: TextIO | None = None
) -> None:
    """Log to `stream`, standard output if none is given."""
    shared: list[Any] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_logger_name,
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.StackInfoRenderer(),
    ]
    renderers: list[Any] = [_console()]
    if style == "json":
        renderers = [structlog.processors.ExceptionRenderer(_format_traceback), structlog.processors.JSONRenderer()]
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=True,
    )

    def add_origin(_logger: Any, _name: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
        return {"service": service, "process": process, **event}

    handler = logging.StreamHandler(stream or sys.stdout)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, add_origin, *renderers],
        )
    )
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(level.upper())
    for noisy in ("aio_pika", "aiormq", "httpx", "httpcore", "alembic.runtime.plugins"):
        logging.getLogger(noisy).setLevel(logging.WARNING)


def get_logger(name: str) -> structlog.stdlib.BoundLogger:
    logger: structlog.stdlib.BoundLogger = structlog.stdlib.get_logger(name)
    return logger
