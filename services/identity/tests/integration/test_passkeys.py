"""Passkeys, by a software authenticator: what a browser may bring, and what somebody else may try."""

import asyncio
from collections.abc import Callable
from typing import Any
from uuid import UUID

import httpx
import jwt
import psycopg
import pytest
from services.identity.tests.authenticator import ATTESTED, BACKED_UP, ELIGIBLE, PRESENT, VERIFIED, Authenticator
from services.identity.tests.conftest import Api, Clock, Person
from services.identity.tests.secondfactors import (
    FACTORS,
    PASSKEYS,
    add_app,
    add_passkey,
    by_passkey,
    first_step,
    owner,
    request_options,
    save_passkey,
    second_step,
    start_passkey,
)
from webauthn.helpers import bytes_to_base64url

from shared.testing.eventually import eventually

Bend = Callable[[Authenticator], None]


def amr(access: str) -> list[str]:
    found: list[str] = jwt.decode(access, options={"verify_signature": False})["amr"]
    return found


def changed(credential: dict[str, Any], **response: Any) -> dict[str, Any]:
    return {**credential, "response": {**credential["response"], **response}}


async def test_a_passkey_logs_in_without_a_password(api: Api, user: Person) -> None:
    options = await start_passkey(user)
    assert options["rp"] == {"id": "localhost", "name": "Sessions Marketplace"}
    assert options["attestation"] == "none"
    assert options["authenticatorSelection"]["userVerification"] == "required"
    assert options["authenticatorSelection"]["residentKey"] == "preferred"
    authenticator = Authenticator()
    added = await save_passkey(user, authenticator.create(options), "  Ada's laptop ")
    assert added.status_code == 201
    assert added.headers["Cache-Control"] == "no-store"
    assert len(added.json()["recovery_codes"]) == 10
    assert added.json()["passkey"]["name"] == "Ada's laptop"
    refreshed = await user.client.post("/api/auth/refresh/", json={"refresh": user.refresh})
    assert amr(refreshed.json()["access"]) == ["pwd", "hwk", "mfa"]
    # Known passkeys are named, so that a browser doesn't make a second one on the same device.
    (excluded,) = (await start_passkey(user))["excludeCredentials"]
    assert excluded["id"] == bytes_to_base64url(authenticator.credential_id)
    assert excluded["transports"] == ["hybrid", "internal"]

    options = await request_options(api)
    assert options["rpId"] == "localhost"
    assert options["userVerification"] == "required"
    assert options["allowCredentials"] == []
    answer = await by_passkey(api, authenticator.get(options))
    assert answer.status_code == 200, answer.text
    assert answer.json()["user"]["id"] == user.id
    assert amr(answer.json()["access"]) == ["hwk", "mfa"]
    assert (await api.client(answer.json()["access"]).get("/api/auth/profile/")).status_code == 200
    (found,) = (await user.client.get(f"{PASSKEYS}/")).json()
    assert set(found) == {"id", "name", "backed_up", "created_at", "last_used_at"}
    assert found["last_used_at"] is not None


async def test_a_synchronised_passkey_is_told_from_one_in_hardware(api: Api, user: Person) -> None:
    authenticator = await add_passkey(user, Authenticator(flags=PRESENT | VERIFIED | ELIGIBLE, counts=False))
    authenticator.flags |= BACKED_UP
    for _ in range(2):  # it never counts, which is no copy's sign
        answer = await by_passkey(api, authenticator.get(await request_options(api)))
        assert answer.status_code == 200
    assert amr(answer.json()["access"]) == ["swk", "mfa"]
    (found,) = (await user.client.get(f"{PASSKEYS}/")).json()
    assert found["backed_up"] is True
    # What can be backed up stays so: another claim is another key's.
    authenticator.flags &= ~(ELIGIBLE | BACKED_UP)
    assert (await by_passkey(api, authenticator.get(await request_options(api)))).status_code == 401


async def test_a_passkey_is_a_second_step(api: Api, user: Person) -> None:
    authenticator = await add_passkey(user)
    problem = await first_step(api, user)
    assert problem["methods"] == ["passkey", "recovery_code"]
    options = await request_options(api, problem["challenge"])
    assert [each["id"] for each in options["allowCredentials"]] == [bytes_to_base64url(authenticator.credential_id)]
    # A security key that isn't asked who its user is doesn't say so.
    authenticator.user_handle = None
    credential = authenticator.get(options)
    answer = await second_step(api, problem["challenge"], "passkey", credential=credential)
    assert answer.status_code == 200
    assert amr(answer.json()["access"]) == ["pwd", "hwk", "mfa"]
    unknown = await api.client().post(f"{PASSKEYS}/login/options/", json={"challenge": problem["challenge"]})
    assert (unknown.status_code, unknown.json()["code"]) == (401, "invalid_challenge")


BENT: dict[str, Bend] = {
    "another site": lambda it: setattr(it, "rp_id", "evil.example"),
    "another origin": lambda it: setattr(it, "origin", "https://evil.example"),
    "another port": lambda it: setattr(it, "origin", "http://localhost:9000"),
    "a frame": lambda it: setattr(it, "cross_origin", True),
    "nobody verified": lambda it: setattr(it, "flags", PRESENT),
    "nobody present": lambda it: setattr(it, "flags", VERIFIED),
    "backed up what can't be": lambda it: setattr(it, "flags", PRESENT | VERIFIED | BACKED_UP),
}


@pytest.mark.parametrize("bend", BENT.values(), ids=BENT.keys())
async def test_a_bent_ceremony_is_refused(api: Api, user: Person, bend: Bend) -> None:
    bent = Authenticator()
    bend(bent)
    refused = await save_passkey(user, bent.create(await start_passkey(user)))
    assert (refused.status_code, list(refused.json()["errors"])) == (400, ["credential"])
    authenticator = await add_passkey(user)
    counter = authenticator.counter
    bend(authenticator)
    answer = await by_passkey(api, authenticator.get(await request_options(api)))
    assert (answer.status_code, answer.json()["code"]) == (401, "invalid_passkey")
    assert api.rows("SELECT sign_count FROM passkeys WHERE user_id = %s", user.id) == [{"sign_count": counter}]


async def test_a_forged_or_altered_answer_is_refused(api: Api, user: Person) -> None:
    authenticator = await add_passkey(user)
    forger = Authenticator(credential_id=authenticator.credential_id, user_handle=authenticator.user_handle, counter=50)
    assert (await by_passkey(api, forger.get(await request_options(api)))).status_code == 401
    assert (await by_passkey(api, Authenticator().get(await request_options(api)))).status_code == 401
    wrong_kind = authenticator.get(await request_options(api), type="webauthn.create")
    assert (await by_passkey(api, wrong_kind)).status_code == 401
    for change in (
        {"signature": bytes_to_base64url(b"x" * 70)},
        {"authenticatorData": bytes_to_base64url(bytes(37))},
        {"userHandle": bytes_to_base64url(UUID(int=1).bytes)},
        {"userHandle": None},
    ):
        credential = changed(authenticator.get(await request_options(api)), **change)
        assert (await by_passkey(api, credential)).status_code == 401, change
    # All the while, and afterwards, the real one is good.
    assert (await by_passkey(api, authenticator.get(await request_options(api)))).status_code == 200


async def test_a_challenge_is_answered_once_in_time_and_for_its_purpose(api: Api, clock: Clock) -> None:
    clock.forward(minutes=-12)
    ada, bob = await api.join(), await api.join()
    adas, bobs = await add_passkey(ada), await add_passkey(bob)
    credential = adas.get(await request_options(api))
    assert (await by_passkey(api, credential)).status_code == 200
    assert (await by_passkey(api, credential)).status_code == 401
    # A refused answer uses it up, too.
    options = await request_options(api)
    assert (await by_passkey(api, changed(adas.get(options), signature="AAAA"))).status_code == 401
    assert (await by_passkey(api, adas.get(options))).status_code == 401
    # Ours, but for something else; or nobody's.
    registration = await start_passkey(ada)
    for_login = {"challenge": registration["challenge"], "rpId": "localhost"}
    assert (await by_passkey(api, adas.get(for_login))).status_code == 401
    assert (await by_passkey(api, adas.get({**for_login, "challenge": "AAAA"}))).status_code == 401
    for_creation = {**await start_passkey(ada), "challenge": (await request_options(api))["challenge"]}
    assert (await save_passkey(ada, Authenticator().create(for_creation))).status_code == 400
    # Bob can't save what was made for Ada, nor can she twice.
    made = Authenticator().create(await start_passkey(ada))
    assert (await save_passkey(bob, made)).status_code == 400
    assert (await save_passkey(ada, made)).status_code == 201
    assert (await save_passkey(ada, made)).status_code == 400

    # In a second step: of the same login, by a passkey of the account, and not one that was for logging in at all.
    adas_login, bobs_login = (await first_step(api, ada))["challenge"], (await first_step(api, bob))["challenge"]
    for options in (
        await request_options(api, bobs_login),
        await request_options(api),
        await request_options(api, (await first_step(api, ada))["challenge"]),
    ):
        answer = await second_step(api, adas_login, "passkey", credential=adas.get(options))
        assert (answer.status_code, answer.json()["code"]) == (401, "invalid_second_factor")
    theirs = bobs.get(await request_options(api, adas_login))
    assert (await second_step(api, adas_login, "passkey", credential=theirs)).status_code == 401
    assert (await by_passkey(api, adas.get(await request_options(api, adas_login)))).status_code == 401

    options = await request_options(api)
    clock.forward(minutes=5)
    assert (await by_passkey(api, adas.get(options))).status_code == 401
    late = await second_step(api, adas_login, "passkey", credential=adas.get(options))
    assert late.json()["code"] == "invalid_challenge"


async def test_a_counter_that_goes_back_is_refused_and_its_owner_told(api: Api) -> None:
    user = await api.join(email_verified=True)
    authenticator = await add_passkey(user, Authenticator(counter=10), "Ada's key")
    assert (await by_passkey(api, authenticator.get(await request_options(api)))).status_code == 200
    alone, second = await request_options(api), await first_step(api, user)
    authenticator.counter -= 5
    answer = await by_passkey(api, authenticator.get(alone))
    assert (answer.status_code, answer.json()["code"]) == (401, "invalid_passkey")
    credential = authenticator.get(await request_options(api, second["challenge"]))
    answer = await second_step(api, second["challenge"], "passkey", credential=credential)
    assert (answer.status_code, answer.json()["code"]) == (401, "invalid_second_factor")
    query = (
        "SELECT before, after FROM audit_log WHERE subject = %s AND action = 'passkey.counter_went_back' ORDER BY id"
    )
    lines = api.rows(query, user.id)
    assert [(line["before"]["counter"], line["after"]["counter"]) for line in lines] == [(12, 8), (12, 9)]
    told = "SELECT data->>'passkey' AS name FROM mails WHERE user_id = %s AND kind = 'passkey_copied'"
    assert api.rows(told, user.id) == [{"name": "Ada's key"}] * 2
    # What is refused changes nothing: the true one goes on.
    authenticator.counter = 12
    assert (await by_passkey(api, authenticator.get(await request_options(api)))).status_code == 200


async def test_one_that_is_removed_meanwhile_is_no_copy(api: Api) -> None:
    user = await api.join(email_verified=True)
    authenticator = await add_passkey(user)
    credential = authenticator.get(await request_options(api))

    async def waits() -> bool:
        return bool(api.rows("SELECT 1 FROM pg_locks WHERE NOT granted"))

    async with await psycopg.AsyncConnection.connect(api.test_database.dsn("identity")) as other:
        await other.execute("SELECT 1 FROM users WHERE id = %s FOR UPDATE", (user.id,))
        answer = asyncio.create_task(by_passkey(api, credential))
        await eventually("it waits for the account", waits)
        await other.execute("DELETE FROM passkeys WHERE user_id = %s", (user.id,))
    assert (await answer).status_code == 401
    assert api.rows("SELECT 1 FROM audit_log WHERE subject = %s AND action LIKE 'passkey.%%'", user.id) == []
    assert api.rows("SELECT 1 FROM mails WHERE user_id = %s AND kind = 'passkey_copied'", user.id) == []


async def test_a_passkey_belongs_to_one_account(api: Api, user: Person, creator: Person) -> None:
    authenticator = await add_passkey(user)
    (passkey,) = (await user.client.get(f"{PASSKEYS}/")).json()
    again = await save_passkey(creator, authenticator.create(await start_passkey(creator)))
    assert (again.status_code, again.json()["code"]) == (409, "passkey_exists")
    assert (await creator.client.get(f"{PASSKEYS}/")).json() == []
    renamed = await creator.client.patch(f"{PASSKEYS}/{passkey['id']}/", json={"name": "Mine"})
    assert renamed.status_code == 404
    removed = await creator.client.post(f"{PASSKEYS}/{passkey['id']}/remove/", json=owner(creator))
    assert removed.status_code == 404
    renamed = await user.client.patch(f"{PASSKEYS}/{passkey['id']}/", json={"name": "Phone"})
    assert renamed.json() == {**passkey, "name": "Phone"}
    for name in ("", "   ", "x" * 101, "a\x00b", 5, None):
        answer = await user.client.patch(f"{PASSKEYS}/{passkey['id']}/", json={"name": name})
        assert answer.status_code == 400, name


async def test_a_removed_passkey_logs_nobody_in(api: Api, user: Person, clock: Clock) -> None:
    authenticator = await add_passkey(user)
    await add_app(user, clock)
    options = await request_options(api)
    (passkey,) = (await user.client.get(f"{PASSKEYS}/")).json()
    assert (await user.client.post(f"{PASSKEYS}/{passkey['id']}/remove/", json=owner(user))).status_code == 204
    assert (await by_passkey(api, authenticator.get(options))).status_code == 401
    assert (await first_step(api, user))["methods"] == ["totp", "recovery_code"]


async def test_a_disabled_account_is_told_only_to_its_passkey(api: Api, user: Person, admin: Person) -> None:
    authenticator = await add_passkey(user)
    await admin.client.patch(f"/api/users/{user.id}/", json={"is_active": False})
    forger = Authenticator(credential_id=authenticator.credential_id, user_handle=authenticator.user_handle)
    assert (await by_passkey(api, forger.get(await request_options(api)))).status_code == 401
    answer = await by_passkey(api, authenticator.get(await request_options(api)))
    assert (answer.status_code, answer.json()["code"]) == (403, "account_disabled")


async def test_there_is_an_end_to_passkeys(user: Person) -> None:
    for _ in range(20):
        await add_passkey(user)
    answer = await user.client.post(f"{PASSKEYS}/options/", json=owner(user))
    assert (answer.status_code, answer.json()["code"]) == (409, "too_many_passkeys")


GARBAGE: list[dict[str, Any]] = [
    {},
    {"id": "AA", "rawId": "AA", "type": "public-key", "response": {}},
    {"id": "AA", "rawId": "AA", "type": "public-key", "response": {"clientDataJSON": "e30"}},
    {"id": 1, "rawId": [], "type": {}, "response": "x"},
    {
        "id": "AA",
        "rawId": "AA",
        "type": "public-key",
        "response": {
            "clientDataJSON": "bnVsbA",
            "authenticatorData": "*",
            "signature": "ü",
            "userHandle": "a",
            "attestationObject": "oA",
        },
    },
]


@pytest.mark.parametrize("credential", GARBAGE)
async def test_garbage_is_refused(client: httpx.AsyncClient, user: Person, credential: dict[str, Any]) -> None:
    answer = await client.post(f"{PASSKEYS}/login/", json={"credential": credential})
    assert (answer.status_code, answer.json()["code"]) == (401, "invalid_passkey")
    assert (await save_passkey(user, credential)).status_code == 400


async def test_hostile_attestations_are_refused(user: Person) -> None:
    authenticator = Authenticator()
    for attestation in (b"", b"\x9f" * 5000, b"\xa0", b"\xff", b"\x82" * 900, bytes([ATTESTED]) * 64):
        made = changed(
            authenticator.create(await start_passkey(user)), attestationObject=bytes_to_base64url(attestation)
        )
        assert (await save_passkey(user, made)).status_code == 400
    assert (await user.client.get(f"{FACTORS}/")).json()["passkeys"] == 0
