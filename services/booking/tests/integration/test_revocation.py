"""A login that ended is refused, whoever it was of, for as long as its tokens could live."""

from datetime import UTC, datetime, timedelta
from typing import Any

from shared.contracts.identity import LoginRevoked
from shared.revocation import prune_revoked_logins
from shared.testing.tokens import new_id


def revoked(person: Any, sid: Any, minutes: float = 15) -> LoginRevoked:
    now = datetime.now(UTC)
    return LoginRevoked(id=sid, user_id=person.id, revoked_at=now, tokens_expire_at=now + timedelta(minutes=minutes))


async def test_a_revoked_login_is_over_and_others_go_on(api: Any, user: Any, session: Any, make: Any) -> None:
    sid = new_id()
    ended = api.person("user", user.id, sid=str(sid))
    await ended.booked(session, make.start())
    assert await api.deliver(revoked(user, sid), 1) == "applied"
    refused = await ended.book(session, make.start())
    assert (refused.status_code, refused.json()["code"]) == (401, "invalid_token")
    assert refused.json()["detail"].startswith("You were logged out")
    assert (await ended.client.get("/api/bookings/")).status_code == 401
    await user.booked(session, make.start())
    # Whatever comes later about the account doesn't bring the login back.
    await api.deliver(make.user(user.id), 2)
    assert (await ended.book(session, make.start())).status_code == 401


async def test_also_of_somebody_of_whom_nothing_else_is_known(api: Any, session: Any, make: Any) -> None:
    sid = new_id()
    stranger = api.person(sid=str(sid))
    assert (await stranger.client.get("/api/bookings/")).status_code == 200
    await api.deliver(revoked(stranger, sid), 1)
    assert (await stranger.book(session, make.start())).status_code == 401


async def test_logins_are_forgotten_with_their_last_token(api: Any, user: Any) -> None:
    long_ago, just_now = new_id(), new_id()
    await api.deliver(revoked(user, long_ago, minutes=-1), 1)
    await api.deliver(revoked(user, just_now, minutes=1), 1)
    await prune_revoked_logins(api.database)
    left = api.rows("SELECT login_id FROM revoked_logins WHERE login_id = ANY(%s)", [long_ago, just_now])
    assert [row["login_id"] for row in left] == [just_now]
