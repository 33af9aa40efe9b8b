"""A login that ended is refused, whoever it was of, for as long as its tokens could live."""

from datetime import UTC, datetime, timedelta

from services.catalog.tests.conftest import SESSION, Api, Person, problem

from shared.contracts.identity import LoginRevoked
from shared.revocation import prune_revoked_logins
from shared.testing.tokens import new_id


def revoked(person: Person, sid: str, minutes: float = 15) -> LoginRevoked:
    now = datetime.now(UTC)
    return LoginRevoked(id=sid, user_id=person.id, revoked_at=now, tokens_expire_at=now + timedelta(minutes=minutes))  # type: ignore[arg-type]


async def test_a_revoked_login_is_over_and_others_go_on(api: Api) -> None:
    sid = str(new_id())
    teacher = await api.known("creator")
    ended = api.person("creator", teacher.id, sid=sid)
    await ended.offers()
    assert await api.deliver(revoked(teacher, sid)) == "applied"
    refused = await ended.client.post("/api/sessions/", json=SESSION)
    assert problem(refused, 401, "invalid_token")["detail"].startswith("You were logged out")
    problem(await ended.client.get("/api/sessions/?my_sessions=true"), 401, "invalid_token")
    await teacher.offers()
    # Whatever comes later about the account doesn't bring the login back.
    await api.told(teacher, version=2, first_name="Eve")
    problem(await ended.client.post("/api/sessions/", json=SESSION), 401, "invalid_token")


async def test_also_of_somebody_of_whom_nothing_else_is_known(api: Api) -> None:
    sid = str(new_id())
    teacher = api.person("creator", sid=sid)
    await teacher.offers()
    await api.deliver(revoked(teacher, sid))
    problem(await teacher.client.post("/api/sessions/", json=SESSION), 401, "invalid_token")
    stranger = api.person("creator", sid=(other := str(new_id())))
    await api.deliver(revoked(stranger, other))
    problem(await stranger.client.post("/api/sessions/", json=SESSION), 401, "invalid_token")


async def test_logins_are_forgotten_with_their_last_token(own_api: Api) -> None:
    person = own_api.person()
    for minutes in (-1, 1):
        await own_api.deliver(revoked(person, str(new_id()), minutes))
    await prune_revoked_logins(own_api.database)
    (left,) = own_api.rows("SELECT tokens_expire_at > now() AS needed FROM revoked_logins")
    assert left["needed"]
