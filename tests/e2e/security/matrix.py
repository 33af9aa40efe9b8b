"""Who may do what: one row an operation, one column a kind of caller, and what each is answered.

The creator owns the session and the passkey, the user the booking and the login that are asked for; {user_id} is
somebody else.
`disabled` is a creator whose account was disabled, `expired` one whose access token was good until a minute ago.
"""

from collections.abc import Awaitable, Callable
from typing import Any
from uuid import uuid4

import httpx

from tests.e2e.conftest import PASSWORD, a_start
from tests.e2e.security.cast import KINDS, PROVIDER, Cast, picture

TABLE = """
                                                      visitor  user  other  creator  other    admin  disabled  expired
                                                                     user            creator

# Anybody. A token that isn't good is refused where a token means something.
GET     /healthz                                      200      200   200    200      200      200    200       200
GET     /api/openapi.json                             200      200   200    200      200      200    200       200
GET     /api/auth/.well-known/jwks.json               200      200   200    200      200      200    200       200
GET     /api/sessions/                                200      200   200    200      200      200    401       401
GET     /api/sessions/?my_sessions                    401      403   403    200      200      200    401       401
GET     /api/sessions/categories/                     200      200   200    200      200      200    401       401
GET     /api/sessions/{session_id}/                   200      200   200    200      200      200    401       401
GET     /api/sessions/{session_id}/?inactive          404      404   404    200      404      200    401       401
GET     /api/creators/{creator_id}/                   200      200   200    200      200      200    401       401
GET     /api/auth/avatars/{name}                      200      200   200    200      200      200    200       200
GET     /api/bookings/availability/                   200      200   200    200      200      200    200       200

# Logging in and out: what counts is in the body. Second factors are wrong ones here.
POST    /api/auth/register/                           201      201   201    201      201      201    201       201
POST    /api/auth/login/                              200      200   200    200      200      200    200       200
POST    /api/auth/refresh/                            200      200   200    200      200      200    200       200
POST    /api/auth/token/refresh/                      200      200   200    200      200      200    200       200
POST    /api/auth/logout/                             204      204   204    204      204      204    204       204
POST    /api/auth/login/second-factor/                401      401   401    401      401      401    401       401
POST    /api/auth/passkeys/login/options/             200      200   200    200      200      200    200       200
POST    /api/auth/passkeys/login/                     401      401   401    401      401      401    401       401

# Mailed links: whoever has one. These are none (400).
POST    /api/auth/email/verify/                       400      400   400    400      400      400    400       400
POST    /api/auth/email/change/confirm/               400      400   400    400      400      400    400       400
POST    /api/auth/password/reset/                     202      202   202    202      202      202    202       202
POST    /api/auth/password/reset/confirm/             400      400   400    400      400      400    400       400

# The own account
GET     /api/auth/profile/                            401      200   200    200      200      200    401       401
PUT     /api/auth/profile/                            401      200   200    200      200      200    401       401
PATCH   /api/auth/profile/                            401      200   200    200      200      200    401       401
POST    /api/auth/avatar/                             401      200   200    200      200      200    401       401
POST    /api/auth/password/change/                    401      204   204    204      204      204    401       401
POST    /api/auth/email/resend/                       401      204   204    204      204      204    401       401
POST    /api/auth/email/change/                       401      202   202    202      202      202    401       401
GET     /api/auth/devices/                            401      200   200    200      200      200    401       401
DELETE  /api/auth/devices/{login_id}/                 401      204   404    404      404      404    401       401
POST    /api/auth/logout/all/                         401      204   204    204      204      204    401       401
POST    /api/auth/become-creator/                     401      200   200    200      200      200    401       401
GET     /api/auth/export/                             401      200   200    200      200      200    401       401
GET     /api/sessions/export/                         401      200   200    200      200      200    401       401
GET     /api/bookings/export/                         401      200   200    200      200      200    401       401
POST    /api/auth/delete/                             401      204   204    204      204      204    401       401

# Second factors. Who has none has nothing to confirm (409) and no codes to renew (409); {} is no passkey (400).
GET     /api/auth/second-factors/                     401      200   200    200      200      200    401       401
POST    /api/auth/second-factors/totp/                401      200   200    200      200      200    401       401
POST    /api/auth/second-factors/totp/confirm/        401      409   409    409      409      409    401       401
POST    /api/auth/second-factors/totp/disable/        401      204   204    204      204      204    401       401
POST    /api/auth/second-factors/recovery-codes/      401      409   409    409      409      409    401       401
POST    /api/auth/passkeys/options/                   401      200   200    200      200      200    401       401
GET     /api/auth/passkeys/                           401      200   200    200      200      200    401       401
POST    /api/auth/passkeys/                           401      400   400    400      400      400    401       401
PATCH   /api/auth/passkeys/{passkey_id}/              401      404   404    200      404      404    401       401
POST    /api/auth/passkeys/{passkey_id}/remove/       401      404   404    204      404      404    401       401

# Providers to log in with. Nobody here has linked one (404).
GET     /api/auth/oauth/providers/                    200      200   200    200      200      200    200       200
GET     /api/auth/oauth/{provider}/login/             302      302   302    302      302      302    302       302
GET     /api/auth/oauth/accounts/                     401      200   200    200      200      200    401       401
POST    /api/auth/oauth/{provider}/link/              401      200   200    200      200      200    401       401
POST    /api/auth/oauth/accounts/{provider}/unlink/   401      404   404    404      404      404    401       401
GET     /api/auth/oauth/apps/                         401      403   403    403      403      200    401       401
POST    /api/auth/oauth/apps/                         401      403   403    403      403      201    401       401
GET     /api/auth/oauth/apps/{provider}/              401      403   403    403      403      200    401       401
PUT     /api/auth/oauth/apps/{provider}/              401      403   403    403      403      200    401       401
PATCH   /api/auth/oauth/apps/{provider}/              401      403   403    403      403      200    401       401
DELETE  /api/auth/oauth/apps/{provider}/              401      403   403    403      403      204    401       401

# Everybody's accounts
GET     /api/users/                                   401      403   403    403      403      200    401       401
POST    /api/users/                                   401      403   403    403      403      201    401       401
GET     /api/users/stats/                             401      403   403    403      403      200    401       401
GET     /api/users/{user_id}/                         401      403   403    403      403      200    401       401
PUT     /api/users/{user_id}/                         401      403   403    403      403      200    401       401
PATCH   /api/users/{user_id}/                         401      403   403    403      403      200    401       401
DELETE  /api/users/{user_id}/                         401      403   403    403      403      204    401       401
GET     /api/users/{user_id}/audit/                   401      403   403    403      403      200    401       401
POST    /api/users/{user_id}/logout-all/              401      403   403    403      403      204    401       401
POST    /api/users/{user_id}/second-factors/reset/    401      403   403    403      403      204    401       401

# Sessions
POST    /api/sessions/                                401      403   403    201      201      201    401       401
PUT     /api/sessions/{session_id}/                   401      403   403    200      403      200    401       401
PATCH   /api/sessions/{session_id}/                   401      403   403    200      403      200    401       401
DELETE  /api/sessions/{session_id}/                   401      403   403    204      403      204    401       401

# Bookings: others' don't exist.
POST    /api/bookings/                                401      201   201    403      201      201    401       401
GET     /api/bookings/                                401      200   200    200      200      200    401       401
GET     /api/bookings/my_bookings/                    401      200   200    200      200      200    401       401
GET     /api/bookings/{booking_id}/                   401      200   404    200      404      200    401       401
PATCH   /api/bookings/{booking_id}/                   401      200   404    200      404      200    401       401

# Figures
GET     /api/bookings/creator_bookings/               401      403   403    200      200      200    401       401
GET     /api/bookings/creator_stats/                  401      403   403    200      200      200    401       401
GET     /api/bookings/creator_stats/?creator          401      403   403    200      403      200    401       401
GET     /api/bookings/creator_stats/stream/           401      403   403    200      200      200    401       401
GET     /api/bookings/creator_stats/stream/?creator   401      403   403    200      403      200    401       401
GET     /api/bookings/creator_revenue/ledger/         401      403   403    200      200      200    401       401
GET     /api/bookings/creator_revenue/ledger/?creator 401      403   403    200      403      200    401       401
GET     /api/bookings/stats/                          401      403   403    403      403      200    401       401

# The admin area
GET     /api/users/export.csv                         401      403   403    403      403      200    401       401
POST    /api/users/bulk/                              401      403   403    403      403      200    401       401
GET     /api/users/{user_id}/devices/                 401      403   403    403      403      200    401       401
GET     /api/users/{user_id}/linked-accounts/         401      403   403    403      403      200    401       401
GET     /api/users/{user_id}/second-factors/          401      403   403    403      403      200    401       401
GET     /api/admin/sessions/                          401      403   403    403      403      200    401       401
GET     /api/admin/sessions/export.csv                401      403   403    403      403      200    401       401
GET     /api/admin/sessions/stats/                    401      403   403    403      403      200    401       401
POST    /api/admin/sessions/bulk/                     401      403   403    403      403      200    401       401
GET     /api/admin/sessions/{session_id}/             401      403   403    403      403      200    401       401
GET     /api/admin/sessions/{session_id}/audit/       401      403   403    403      403      200    401       401
GET     /api/bookings/export.csv                      401      403   403    403      403      200    401       401
POST    /api/admin/bookings/bulk/                     401      403   403    403      403      200    401       401
GET     /api/admin/bookings/preview/                  401      403   403    403      403      200    401       401
GET     /api/admin/bookings/{booking_id}/audit/       401      403   403    403      403      200    401       401
GET     /api/admin/identity/audit/                    401      403   403    403      403      200    401       401
GET     /api/admin/catalog/audit/                     401      403   403    403      403      200    401       401
GET     /api/admin/booking/audit/                     401      403   403    403      403      200    401       401

# Operations. {job_id} and {letter_id} name nothing.
GET     /api/admin/identity/operations/               401      403   403    403      403      200    401       401
GET     /api/admin/identity/jobs/                     401      403   403    403      403      200    401       401
GET     /api/admin/identity/jobs/{job_id}/            401      403   403    403      403      404    401       401
GET     /api/admin/catalog/operations/                401      403   403    403      403      200    401       401
GET     /api/admin/catalog/jobs/                      401      403   403    403      403      200    401       401
GET     /api/admin/catalog/jobs/{job_id}/             401      403   403    403      403      404    401       401
GET     /api/admin/catalog/dead-letters/              401      403   403    403      403      200    401       401
GET     /api/admin/catalog/dead-letters/{letter_id}/  401      403   403    403      403      404    401       401
POST    /api/admin/catalog/dead-letters/resend/       401      403   403    403      403      200    401       401
POST    /api/admin/catalog/replicas/check/            401      403   403    403      403      202    401       401
POST    /api/admin/catalog/replicas/resync/           401      403   403    403      403      202    401       401
GET     /api/admin/booking/operations/                401      403   403    403      403      200    401       401
GET     /api/admin/booking/jobs/                      401      403   403    403      403      200    401       401
GET     /api/admin/booking/jobs/{job_id}/             401      403   403    403      403      404    401       401
GET     /api/admin/booking/dead-letters/              401      403   403    403      403      200    401       401
GET     /api/admin/booking/dead-letters/{letter_id}/  401      403   403    403      403      404    401       401
POST    /api/admin/booking/dead-letters/resend/       401      403   403    403      403      200    401       401
POST    /api/admin/booking/replicas/check/            401      403   403    403      403      202    401       401
POST    /api/admin/booking/replicas/resync/           401      403   403    403      403      202    401       401
POST    /api/admin/booking/revenue/check/             401      403   403    403      403      202    401       401
POST    /api/admin/booking/revenue/rebuild/           401      403   403    403      403      202    401       401
"""

# These depend on the caller's account, or change it: each asks with an account of their own.
NEEDS_AN_ACCOUNT = {
    "POST /api/auth/password/change/",
    "POST /api/auth/logout/all/",
    "POST /api/auth/become-creator/",
    "POST /api/auth/delete/",
    "POST /api/auth/second-factors/totp/",
    "POST /api/auth/second-factors/totp/confirm/",
    "POST /api/auth/second-factors/totp/disable/",
    "POST /api/auth/second-factors/recovery-codes/",
    "POST /api/auth/passkeys/options/",
    "POST /api/auth/passkeys/",
}
# Answers that don't end by themselves: their headers are enough.
STREAMS = {"/api/bookings/creator_stats/stream/"}


def rows() -> dict[str, dict[str, int]]:
    """The table by operation, each row by kind of caller. What follows a `?` tells a row from the operation's other."""
    found: dict[str, dict[str, int]] = {}
    for line in TABLE.splitlines():
        words = line.split()
        if words and words[0].isupper():
            method, path, *statuses = words
            assert len(statuses) == len(KINDS), line
            operation = f"{method} {path}"
            assert operation not in found, line
            found[operation] = dict(zip(KINDS, map(int, statuses), strict=True))
    return found


def operations(document: dict[str, Any]) -> set[str]:
    """Those of an OpenAPI document."""
    return {f"{method.upper()} {path}" for path, item in document["paths"].items() for method in item}


def unlike(document: dict[str, Any]) -> set[str]:
    """Operations without a row, and rows without an operation."""
    return operations(document) ^ {operation.partition("?")[0] for operation in rows()}


Body = Callable[[Cast], Awaitable[Any]]


async def _new_account(_cast: Cast) -> dict[str, Any]:
    name = f"new-{uuid4().hex[:12]}"
    return {"email": f"{name}@example.com", "username": name, "password": PASSWORD}


async def _another_address(_cast: Cast) -> dict[str, Any]:
    return {"new_email": f"new-{uuid4().hex[:12]}@example.com", "current_password": PASSWORD}


async def _new_session(cast: Cast) -> dict[str, Any]:
    body = {"title": "Tea", "description": "Leaves.", "duration": 30, "price": "5.00", "max_participants": 3}
    return {**body, "creator": cast.by_kind["creator"].id}


async def _login(cast: Cast) -> dict[str, Any]:
    return {"email": cast.by_kind["other_user"].email, "password": PASSWORD}


async def _new_app(cast: Cast) -> dict[str, Any]:
    await cast.without_app()
    return {"provider": PROVIDER, "client_id": "app", "client_secret": "secret"}


async def _refresh(cast: Cast) -> dict[str, Any]:
    return {"refresh": (await cast.people.join()).refresh}


async def _booking(cast: Cast) -> dict[str, Any]:
    return {"session": await cast.session(), "booking_date": a_start()}


def _fixed(**fields: Any) -> Body:
    async def body(_cast: Cast) -> dict[str, Any]:
        return fields

    return body


def _many(action: str) -> Body:
    """One of them, which doesn't exist."""
    return _fixed(action=action, ids=[str(uuid4())])


CONFIRMED = _fixed(current_password=PASSWORD)
BODIES: dict[str, Body] = {
    "POST /api/auth/register/": _new_account,
    "POST /api/auth/login/": _login,
    "POST /api/auth/refresh/": _refresh,
    "POST /api/auth/token/refresh/": _refresh,
    "POST /api/auth/logout/": _refresh,
    "PUT /api/auth/profile/": _fixed(bio="Hello."),
    "PATCH /api/auth/profile/": _fixed(bio="Hello."),
    "POST /api/auth/password/change/": _fixed(current_password=PASSWORD, new_password="another-horse-battery-9"),
    "POST /api/auth/delete/": CONFIRMED,
    "POST /api/auth/email/verify/": _fixed(token="x" * 43),
    "POST /api/auth/email/change/": _another_address,
    "POST /api/auth/email/change/confirm/": _fixed(token="x" * 43),
    "POST /api/auth/password/reset/": _fixed(email="nobody@example.com"),
    "POST /api/auth/password/reset/confirm/": _fixed(token="x" * 43, new_password="another-horse-battery-9"),
    "POST /api/auth/login/second-factor/": _fixed(challenge="x", method="totp", code="000000"),
    "POST /api/auth/passkeys/login/": _fixed(credential={}),
    "POST /api/auth/second-factors/totp/": CONFIRMED,
    "POST /api/auth/second-factors/totp/confirm/": _fixed(code="000000"),
    "POST /api/auth/second-factors/totp/disable/": CONFIRMED,
    "POST /api/auth/second-factors/recovery-codes/": CONFIRMED,
    "POST /api/auth/passkeys/options/": CONFIRMED,
    "POST /api/auth/passkeys/": _fixed(name="Laptop", credential={}),
    "PATCH /api/auth/passkeys/{passkey_id}/": _fixed(name="Phone"),
    "POST /api/auth/passkeys/{passkey_id}/remove/": CONFIRMED,
    "POST /api/auth/oauth/{provider}/link/": CONFIRMED,
    "POST /api/auth/oauth/accounts/{provider}/unlink/": CONFIRMED,
    "POST /api/auth/oauth/apps/": _new_app,
    "PUT /api/auth/oauth/apps/{provider}/": _fixed(client_id="other"),
    "PATCH /api/auth/oauth/apps/{provider}/": _fixed(client_secret="other"),
    "POST /api/users/": _new_account,
    "PUT /api/users/{user_id}/": _fixed(role="admin"),
    "PATCH /api/users/{user_id}/": _fixed(is_active=False),
    "POST /api/users/bulk/": _many("deactivate"),
    "POST /api/admin/sessions/bulk/": _many("deactivate"),
    "POST /api/admin/bookings/bulk/": _many("cancel"),
    "POST /api/admin/catalog/dead-letters/resend/": _fixed(ids=["nothing"]),
    "POST /api/admin/booking/dead-letters/resend/": _fixed(ids=["nothing"]),
    "POST /api/sessions/": _new_session,
    "PUT /api/sessions/{session_id}/": _fixed(title="Coffee"),
    "PATCH /api/sessions/{session_id}/": _fixed(title="Coffee"),
    "POST /api/bookings/": _booking,
    "PATCH /api/bookings/{booking_id}/": _fixed(status="cancelled"),
}


async def _of_session(cast: Cast) -> str:
    return f"?session={await cast.session()}"


async def _of_creator(cast: Cast) -> str:
    return f"?creator={cast.by_kind['creator'].id}"


async def _own_sessions(_cast: Cast) -> str:
    return "?my_sessions=true"


FILES = {
    "POST /api/auth/avatar/": picture,
}
QUERIES = {
    "creator": _of_creator,
    "my_sessions": _own_sessions,
    "/api/bookings/availability/": _of_session,
    "/api/admin/bookings/preview/": _of_session,
}


async def ask(cast: Cast, operation: str, kind: str) -> httpx.Response:
    """Ask for an operation as somebody of this kind."""
    method, _, target = operation.partition(" ")
    path, _, variant = target.partition("?")
    client = await cast.client(kind, fresh=operation in NEEDS_AN_ACCOUNT)
    url = await cast.fill(path, inactive=variant == "inactive")
    url += await QUERIES[variant or path](cast) if (variant or path) in QUERIES else ""
    body = await BODIES[operation](cast) if operation in BODIES else None
    if path in STREAMS:
        async with client.stream(method, url) as answer:
            return answer
    files = {"file": FILES[operation]()} if operation in FILES else None
    return await client.request(method, url, json=body, files=files)
