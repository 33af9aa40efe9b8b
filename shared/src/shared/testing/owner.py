"""An owner of rows for tests of replicas: its truth, and its snapshot as `shared.replicas.snapshot` serves it."""

from uuid import UUID

import httpx

from shared.contracts.base import Event


class Owner:
    """Rows by id with their versions; `client` asks it over HTTP without a network."""

    def __init__(self) -> None:
        self.truth: dict[UUID, tuple[int, Event]] = {}
        self.asked = 0
        self.status = 200

    def have(self, state: Event, version: int) -> None:
        self.truth[state.id] = (version, state)

    def client(self) -> httpx.AsyncClient:
        return httpx.AsyncClient(transport=httpx.MockTransport(self._answer), base_url="http://owner")

    def _answer(self, request: httpx.Request) -> httpx.Response:
        self.asked += 1
        after, limit = UUID(request.url.params["after"]), int(request.url.params["limit"])
        ids = sorted(row_id for row_id in self.truth if row_id > after)[:limit]
        items = [
            {"version": self.truth[row_id][0], "state": self.truth[row_id][1].model_dump(mode="json")} for row_id in ids
        ]
        return httpx.Response(self.status, json={"items": items, "next": str(ids[-1]) if len(ids) == limit else None})
