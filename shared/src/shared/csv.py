"""Lists as CSV (RFC 4180), streamed: PostgreSQL writes it row by row, and nobody holds more than a handful of rows."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from typing import Annotated, Any

from fastapi import Depends, Request
from fastapi.responses import StreamingResponse
from psycopg import AsyncCopy
from sqlalchemy import ColumnElement, Label, Select, String, case, func, literal
from sqlalchemy.orm import InstrumentedAttribute

from shared.clock import Clock
from shared.db import Database
from shared.errors import TooManyRequests

_AT_ONCE = 2  # of a process: each keeps one of its connections
_CHUNK = 64 * 1024
# A spreadsheet takes these for the start of a formula, some after it has removed the wide form or the line break.
_FORMULA = r"^[=+\-@\t\r\n＝＋－＠]"
# An export takes as long as its reader does.
_TAKE_TIME = "SET LOCAL statement_timeout = '15min'"

# FastAPI's `responses=` for an export.
CSV_RESPONSES: dict[int | str, dict[str, Any]] = {
    200: {
        "description": "RFC 4180 with a line of names, in UTF-8. A text that a spreadsheet would take for a formula has"
        " an apostrophe in front.",
        "content": {"text/csv": {"schema": {"type": "string"}}},
        "headers": {"Content-Disposition": {"schema": {"type": "string"}}},
    }
}


class TooManyExports(TooManyRequests):
    code, title = "too_many_exports", "Others are being exported right now"


class CsvResponse(StreamingResponse):
    media_type = "text/csv"


def cell(column: ColumnElement[Any] | InstrumentedAttribute[Any], name: str) -> Label[Any]:
    """What people wrote, as a cell that no spreadsheet computes."""
    shown = case((column.op("~")(_FORMULA), literal("'", String) + column), else_=column)
    return shown.label(name)


def moment(column: ColumnElement[Any] | InstrumentedAttribute[Any], name: str) -> Label[Any]:
    """A time as the rest of the API writes it, in seconds."""
    return func.to_char(func.timezone("UTC", column), 'YYYY-MM-DD"T"HH24:MI:SS"Z"').label(name)


class Exports:
    """The exports of a process."""

    def __init__(self) -> None:
        self.running = 0


class Export:
    """One export, from its first row to the end of its answer."""

    def __init__(self, request: Request) -> None:
        self._database: Database = request.app.state.database
        self._clock: Clock = request.app.state.clock
        self._headers_only = bool(request.scope.get("is_head"))
        self._stack = AsyncExitStack()

    async def answer(self, name: str, rows: Select[Any]) -> CsvResponse:
        """The rows as a file of this name and today's date. What is wrong with the statement is raised here."""
        today = self._clock().date().isoformat()
        headers = {
            "Content-Disposition": f'attachment; filename="{name}-{today}.csv"',
            "Cache-Control": "no-store",
        }
        if self._headers_only:
            return CsvResponse(iter(()), headers=headers)
        copy = await self._start(rows)
        return CsvResponse(_lines(copy, await copy.read()), headers=headers)

    async def _start(self, rows: Select[Any]) -> AsyncCopy:
        # SQLAlchemy writes the statement, the driver sends it: COPY takes no parameters from afar.
        compiled = rows.compile(dialect=self._database.engine.dialect, compile_kwargs={"render_postcompile": True})
        connection = await self._stack.enter_async_context(self._database.connection())
        await self._stack.enter_async_context(connection.transaction())
        await connection.execute(_TAKE_TIME)
        statement = f"COPY ({compiled}) TO STDOUT WITH (FORMAT csv, HEADER)"
        return await self._stack.enter_async_context(connection.cursor().copy(statement, compiled.params))

    async def close(self) -> None:
        await self._stack.aclose()


async def _lines(copy: AsyncCopy, first: Any) -> AsyncIterator[bytes]:
    """Chunks of whole lines. The server ends a line with LF alone, and sends one at a time."""
    chunk = bytearray(bytes(first).removesuffix(b"\n") + b"\r\n")
    async for line in copy:
        chunk += bytes(line).removesuffix(b"\n") + b"\r\n"
        if len(chunk) >= _CHUNK:
            yield bytes(chunk)
            chunk.clear()
    if chunk:
        yield bytes(chunk)


async def _export(request: Request) -> AsyncIterator[Export]:
    """Raises TooManyExports."""
    exports: Exports = request.app.state.exports
    if exports.running >= _AT_ONCE:
        raise TooManyExports("Please wait until one of them has ended.", retry_after=10)
    exports.running += 1
    export = Export(request)
    try:
        yield export
    finally:
        exports.running -= 1
        await export.close()


# scope="request": until the answer has been sent, or its reader has gone.
ExportDep = Annotated[Export, Depends(_export, scope="request")]
