"""What a service keeps of somebody, as one JSON document to take along.

It is read and sent in portions, each in a transaction of its own: however much there is, it takes neither memory nor a
connection while somebody slowly receives it.
"""

import json
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from datetime import datetime
from typing import Any

from fastapi.responses import StreamingResponse
from pydantic import BaseModel
from sqlalchemy.ext.asyncio import AsyncSession

from shared.clock import to_rfc3339
from shared.db import Database

PORTION = 500

# Reads the rows after a cursor, or after None the first ones; returns them and the next cursor, None at the end.
Read = Callable[[AsyncSession, Any], Awaitable[tuple[Sequence[BaseModel], Any]]]


class Export(BaseModel):
    """The beginning of every service's export."""

    service: str
    exported_at: str


def download(
    database: Database,
    service: str,
    now: datetime,
    lists: Mapping[str, Read],
    more: Mapping[str, Any] | None = None,
) -> StreamingResponse:
    """An attachment with `more`, which is JSON already, and the lists by their names."""
    head = {"service": service, "exported_at": to_rfc3339(now), **(more or {})}
    return StreamingResponse(
        _document(database, head, lists),
        media_type="application/json",
        headers={
            "Content-Disposition": f'attachment; filename="{service}-export.json"',
            "Cache-Control": "no-store",
        },
    )


async def _document(database: Database, head: dict[str, Any], lists: Mapping[str, Read]) -> AsyncIterator[str]:
    yield json.dumps(head, ensure_ascii=False)[:-1]
    for name, read in lists.items():
        yield f", {json.dumps(name)}: ["
        after: Any = None
        separator = ""
        while True:
            async with database.transaction() as session:
                rows, after = await read(session, after)
            if rows:
                yield separator + ",\n".join(row.model_dump_json() for row in rows)
                separator = ",\n"
            if after is None:
                break
        yield "]"
    yield "}\n"
