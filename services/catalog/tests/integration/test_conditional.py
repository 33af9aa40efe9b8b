"""ETags: what a client has already isn't sent again, and of two writers one learns that it is late."""

import asyncio
from collections import Counter

import httpx
import pytest
from services.catalog.tests.conftest import Api, Person, problem

from shared.contracts.identity import UserUpdated


@pytest.mark.parametrize(
    "path", ["/api/sessions/{id}/", "/api/sessions/", "/api/sessions/categories/", "/api/creators/{creator}/"]
)
async def test_public_reads_may_be_kept_and_asked_for_again(
    api: Api, client: httpx.AsyncClient, creator: Person, path: str
) -> None:
    made = await creator.offers()
    path = path.format(id=made["id"], creator=creator.id)
    first = await client.get(path)
    assert first.status_code == 200
    assert first.headers["cache-control"] == "public, max-age=1, stale-while-revalidate=2, stale-if-error=600"
    assert first.headers["vary"] == "Authorization"
    etag = first.headers["etag"]
    for known in (etag, f'"other", {etag}', "W/" + etag.removeprefix("W/"), "*"):
        again = await client.get(path, headers={"If-None-Match": known})
        assert (again.status_code, again.content, again.headers["etag"]) == (304, b"", etag)
        assert again.headers["cache-control"] == first.headers["cache-control"]
    await creator.offers(category="music")
    await creator.client.patch(f"/api/sessions/{made['id']}/", json={"title": "Another title"})
    changed = await client.get(path, headers={"If-None-Match": etag})
    assert changed.status_code == 200
    assert changed.headers["etag"] != etag
    personal = await creator.client.get(path)
    assert personal.headers["cache-control"] == "private, no-store"
    assert personal.content == changed.content


async def test_the_list_of_a_visitor_tells_its_total_also_in_a_304(client: httpx.AsyncClient, creator: Person) -> None:
    await creator.offers()
    first = await client.get("/api/sessions/?page_size=1")
    again = await client.get("/api/sessions/?page_size=1", headers={"If-None-Match": first.headers["etag"]})
    assert again.status_code == 304
    assert again.headers["x-total-count"] == first.headers["x-total-count"]
    assert again.headers["link"] == first.headers["link"]


async def test_a_stale_edit_is_refused_and_changes_nothing(creator: Person) -> None:
    made = await creator.offers()
    path = f"/api/sessions/{made['id']}/"
    etag = (await creator.client.get(path)).headers["etag"]
    first = await creator.client.patch(path, json={"title": "First"}, headers={"If-Match": etag})
    assert first.status_code == 200
    for call in (creator.client.patch, creator.client.put):
        problem(await call(path, json={"title": "Late"}, headers={"If-Match": etag}), 412, "precondition_failed")
    problem(await creator.client.request("DELETE", path, headers={"If-Match": etag}), 412, "precondition_failed")
    assert (await creator.client.get(path)).json()["title"] == "First"
    # The answer to an edit brings the ETag for the next one; a compressing proxy marks it as weak.
    for current in (first.headers["etag"], "W/" + first.headers["etag"], f'"0-x", {first.headers["etag"]}', "*"):
        assert (await creator.client.patch(path, json={}, headers={"If-Match": current})).status_code == 200
    for bad in ("", '""', "nonsense", '"999-x"'):
        problem(await creator.client.patch(path, json={}, headers={"If-Match": bad}), 412, "precondition_failed")


async def test_what_others_change_on_a_card_makes_no_edit_stale(api: Api) -> None:
    teacher = await api.known("creator")
    made = await teacher.offers()
    path = f"/api/sessions/{made['id']}/"
    before = (await teacher.client.get(path)).headers["etag"]
    await api.booked(made["id"])
    await api.told(teacher, version=2, event=UserUpdated, first_name="Augusta")
    now = await teacher.client.get(path)
    assert now.headers["etag"] != before
    assert (await teacher.client.patch(path, json={"title": "Mine"}, headers={"If-Match": before})).status_code == 200


@pytest.mark.parametrize(("conditional", "expected"), [(True, {200: 1, 412: 7}), (False, {200: 8})])
async def test_of_writers_who_read_the_same_one_wins(
    creator: Person, conditional: bool, expected: dict[int, int]
) -> None:
    """The control, without If-Match, lets all of them through: so it is the condition that stops seven."""
    made = await creator.offers()
    path = f"/api/sessions/{made['id']}/"
    etag = (await creator.client.get(path)).headers["etag"]
    headers = {"If-Match": etag} if conditional else {}
    answers = await asyncio.gather(
        *(creator.client.patch(path, json={"title": f"Writer {n}"}, headers=headers) for n in range(8))
    )
    assert Counter(answer.status_code for answer in answers) == expected
