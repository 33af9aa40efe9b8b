"""Links that are mailed: confirming an address, changing it, replacing a forgotten password, and attacks on them."""

import asyncio
import re
import time
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any
from uuid import UUID

import httpx
import pyotp
import pytest
from services.identity.tests.conftest import PASSWORD, Api, Clock, Person
from services.identity.tests.mailserver import MailServer, html_of, text_of, token_of

from identity.accounts import service as accounts
from identity.confirmations import service as confirmations
from identity.mail import links
from identity.mail.sending import Sender
from shared.clock import utcnow

NEW_PASSWORD = "another-fine-password-7"
LINKS = {
    "verify": "/api/auth/email/verify/",
    "reset": "/api/auth/password/reset/confirm/",
    "change": "/api/auth/email/change/confirm/",
}


class Post:
    """A worker's round over everything that waits, and what it delivered."""

    def __init__(self, api: Api, server: MailServer) -> None:
        self._api, self._server = api, server
        settings = api.app.state.settings.model_copy(update={**server.settings, "site_url": "https://sessions.example"})
        self._sender = Sender(settings, api.parts.links.tokens)

    async def deliver(self) -> None:
        parts = self._api.parts
        await confirmations.handle_reset_requests(self._api.database, parts.links, parts.settings, parts.clock)
        await self._sender.send_mails(self._api.database)

    async def to(self, address: str) -> list[Any]:
        """Everything delivered to an address so far."""
        await self.deliver()
        return self._server.to(address)

    async def subjects(self, address: str) -> list[str]:
        return [str(message["Subject"]) for message in await self.to(address)]

    async def token(self, address: str) -> str:
        """Of the latest link to an address."""
        return token_of((await self.to(address))[-1])


@pytest.fixture
async def post(own_api: Api) -> AsyncIterator[Post]:
    async with MailServer().listening() as server:
        yield Post(own_api, server)


async def register(api: Api, email: str = "ada@example.com") -> Person:
    """As people do, who then log in."""
    fields = {"email": email, "username": email.partition("@")[0], "password": PASSWORD}
    answer = await api.client().post("/api/auth/register/", json=fields)
    assert answer.status_code == 201, answer.text
    return await api.log_in(Person(answer.json()["id"], email, fields["username"], api.client()))


async def confirmed(api: Api, email: str = "ada@example.com") -> Person:
    """Somebody whose address is confirmed: they get notices."""
    return await api.join(email=email, username=email.partition("@")[0], email_verified=True)


async def follow(api: Api, link: str, token: str, **more: Any) -> httpx.Response:
    body = {"token": token, **({"new_password": NEW_PASSWORD} if link == "reset" else {}), **more}
    return await api.client().post(LINKS[link], json=body)


async def ask_reset(api: Api, email: str) -> httpx.Response:
    return await api.client().post("/api/auth/password/reset/", json={"email": email})


async def ask_change(person: Person, new_email: str, password: str = PASSWORD) -> httpx.Response:
    body = {"new_email": new_email, "current_password": password}
    return await person.client.post("/api/auth/email/change/", json=body)


async def link_for(api: Api, post: Post, link: str, person: Person) -> str:
    """A token that is good for one purpose."""
    if link == "verify":
        await person.client.post("/api/auth/email/resend/")
        return await post.token(person.email)
    if link == "reset":
        await ask_reset(api, person.email)
        return await post.token(person.email)
    await ask_change(person, f"new-{person.email}")
    return await post.token(f"new-{person.email}")


async def verified(person: Person) -> bool:
    return bool((await person.profile()).json()["email_verified"])


async def can_log_in(api: Api, email: str, password: str) -> bool:
    answer = await api.client().post("/api/auth/login/", json={"email": email, "password": password})
    return answer.status_code == 200


# --- confirming an address


async def test_registration_mails_a_link_that_confirms_the_address(own_api: Api, post: Post) -> None:
    ada = await register(own_api)
    (message,) = await post.to(ada.email)
    assert message["Subject"] == "Confirm your e-mail address"
    token = token_of(message)
    assert f'href="https://sessions.example/verify-email#token={token}"' in html_of(message)
    assert not await verified(ada)
    answer = await follow(own_api, "verify", token)
    assert (answer.status_code, answer.content) == (204, b"")
    assert answer.headers["Cache-Control"] == "no-store"
    assert await verified(ada)
    await ada.client.post("/api/auth/email/resend/")
    assert len(await post.to(ada.email)) == 1  # nothing left to confirm


async def test_no_token_lies_in_the_database(own_api: Api, post: Post) -> None:
    ada = await register(own_api)
    before = str(own_api.rows("SELECT m.*, l.* FROM mails m, mailed_links l"))
    token = await post.token(ada.email)
    assert "verify_email" in before
    assert token not in before


async def test_a_link_can_be_mailed_again_some_times_an_hour(own_api: Api, post: Post) -> None:
    clock = Clock()
    own_api.app.state.clock = clock
    ada = await register(own_api)
    answers = [await ada.client.post("/api/auth/email/resend/") for _ in range(5)]
    assert [answer.status_code for answer in answers] == [204, 204, 204, 204, 429]
    assert answers[-1].headers["Retry-After"] == "3600"
    tokens = [token_of(message) for message in await post.to(ada.email)]
    assert len(set(tokens)) == 5
    # Any of them is good, and the first that is used ends the others.
    assert (await follow(own_api, "verify", tokens[2])).status_code == 204
    for token in tokens:
        assert (await follow(own_api, "verify", token)).status_code == 400
    bob = await register(own_api, "bob@example.com")
    assert (await bob.client.post("/api/auth/email/resend/")).status_code == 204


# --- a forgotten password


async def test_a_forgotten_password_is_replaced_and_everybody_is_logged_out(own_api: Api, post: Post) -> None:
    ada = await register(own_api)
    other = await own_api.another_login(ada)
    assert (await ask_reset(own_api, "ADA@example.com")).status_code == 202
    message = (await post.to(ada.email))[-1]
    assert message["Subject"] == "Set a new password"
    weak = await follow(own_api, "reset", token_of(message), new_password="password")
    assert (weak.status_code, list(weak.json()["errors"])) == (400, ["new_password"])
    assert (await follow(own_api, "reset", token_of(message))).status_code == 204
    for person in (ada, other):
        assert (await person.profile()).status_code == 401
        refreshed = await own_api.client().post("/api/auth/refresh/", json={"refresh": person.refresh})
        assert refreshed.status_code == 401
    assert not await can_log_in(own_api, ada.email, PASSWORD)
    assert await can_log_in(own_api, ada.email, NEW_PASSWORD)
    # No device is known any more, so the login above is news as well.
    assert (await post.subjects(ada.email))[-2:] == [
        "Your password was changed",
        "Your account was logged in to from a new device",
    ]
    # Whoever reads the address's mail has proved that it is theirs.
    assert own_api.rows("SELECT email_verified FROM users") == [{"email_verified": True}]


async def test_an_unconfirmed_account_is_reset_without_what_its_opener_left(own_api: Api, post: Post) -> None:
    """Somebody opened it with the address of somebody else, and made a way in for themselves."""
    ada = await register(own_api)
    started = await ada.client.post("/api/auth/second-factors/totp/", json={"current_password": PASSWORD})
    code = pyotp.TOTP(started.json()["secret"]).now()
    confirmed = await ada.client.post("/api/auth/second-factors/totp/confirm/", json={"code": code})
    assert confirmed.status_code == 200, confirmed.text
    assert not await can_log_in(own_api, ada.email, PASSWORD)  # not by the password alone
    await follow(own_api, "reset", await link_for(own_api, post, "reset", ada))
    assert await can_log_in(own_api, ada.email, NEW_PASSWORD)


async def test_asking_for_a_reset_says_nothing_about_who_has_an_account(own_api: Api, post: Post) -> None:
    ada, off = await register(own_api), await register(own_api, "off@example.com")
    async with own_api.database.connection() as connection:
        await connection.execute("UPDATE users SET is_active = false WHERE id = %s", (UUID(off.id),))
    answers = {name: await ask_reset(own_api, name) for name in (ada.email, off.email, "nobody@example.com")}
    assert {(answer.status_code, answer.content) for answer in answers.values()} == {(202, b"")}
    headers = [{**answer.headers, "x-request-id": ""} for answer in answers.values()]
    assert headers == [headers[0]] * 3
    rows = own_api.rows("SELECT email, handled_at FROM reset_requests ORDER BY id")
    assert rows == [{"email": name, "handled_at": None} for name in answers]
    # What differs happens later and elsewhere.
    assert own_api.rows("SELECT 1 FROM mailed_links WHERE purpose = 'reset_password'") == []
    assert "Set a new password" in await post.subjects(ada.email)
    assert "Set a new password" not in await post.subjects(off.email)
    assert await post.to("nobody@example.com") == []


async def test_asking_for_a_reset_costs_the_same_for_everybody(own_api: Api) -> None:
    """Statements to the database, and the median of what this process worked."""
    ada = await register(own_api)

    async def cost(email: str) -> tuple[set[tuple[str, ...]], float]:
        seen, times = set(), []
        for _ in range(7):
            with own_api.statements() as statements:
                started = time.process_time()
                await ask_reset(own_api, email)
                times.append(time.process_time() - started)
            seen.add(tuple(statements))
        return seen, sorted(times)[3]

    known, work = await cost(ada.email)
    unknown, same = await cost("nobody@example.com")
    assert len(known) == 1
    assert known == unknown
    assert 0.2 < work / same < 5


async def test_nobody_is_flooded_with_reset_links(own_api: Api, post: Post) -> None:
    clock = Clock()
    own_api.app.state.clock = clock
    ada = await register(own_api)
    for _ in range(9):
        assert (await ask_reset(own_api, ada.email)).status_code == 202
        await post.deliver()
    assert (await post.subjects(ada.email)).count("Set a new password") == 5
    clock.forward(hours=1, seconds=1)
    await ask_reset(own_api, ada.email)
    assert (await post.subjects(ada.email)).count("Set a new password") == 6


async def test_one_address_asks_for_so_many_resets(own_api: Api, post: Post) -> None:
    """For whatever accounts: nobody mails to all of them at once."""
    own_api.app.state.clock = Clock()
    answers = [await ask_reset(own_api, f"{number}@example.com") for number in range(101)]
    assert {answer.status_code for answer in answers[:100]} == {202}
    assert (answers[100].status_code, answers[100].json()["code"]) == (429, "too_many_attempts")
    assert int(answers[100].headers["Retry-After"]) == 36


async def test_a_reset_lets_the_owner_in_whoever_guessed_before(own_api: Api, post: Post) -> None:
    ada = await confirmed(own_api)
    for _ in range(6):
        await can_log_in(own_api, ada.email, "a-guess-of-somebody")
    await follow(own_api, "reset", await link_for(own_api, post, "reset", ada))
    assert await can_log_in(own_api, ada.email, NEW_PASSWORD)


async def test_a_changed_password_ends_links_that_would_change_it_back(own_api: Api, post: Post) -> None:
    ada = await confirmed(own_api)
    reset, change = await link_for(own_api, post, "reset", ada), await link_for(own_api, post, "change", ada)
    body = {"current_password": PASSWORD, "new_password": NEW_PASSWORD}
    assert (await ada.client.post("/api/auth/password/change/", json=body)).status_code == 204
    assert (await post.subjects(ada.email))[-1] == "Your password was changed"
    assert (await follow(own_api, "reset", reset)).status_code == 400
    assert (await follow(own_api, "change", change)).status_code == 400


# --- another address


async def test_an_address_changes_when_the_new_one_confirms_it(own_api: Api, post: Post) -> None:
    ada = await confirmed(own_api)
    reset = await link_for(own_api, post, "reset", ada)
    answer = await ask_change(ada, "Countess@Example.com")
    assert (answer.status_code, answer.content) == (202, b"")
    old = (await post.to(ada.email))[-1]
    assert old["Subject"] == "Your e-mail address is about to change"
    assert "c…@example.com" in text_of(old)
    assert (await ada.profile()).json()["email"] == ada.email
    assert (await follow(own_api, "change", await post.token("countess@example.com"))).status_code == 204
    profile = (await ada.profile()).json()
    assert (profile["email"], profile["email_verified"]) == ("countess@example.com", True)
    assert (await post.subjects(ada.email))[-1] == "Your e-mail address was changed"
    assert own_api.events(ada.id)[-1]["payload"]["email"] == "countess@example.com"
    actions = own_api.rows("SELECT action, before, after FROM audit_log WHERE subject = %s ORDER BY id", UUID(ada.id))
    assert actions[-1] == {"action": "account.email_changed", "before": {}, "after": {}}
    assert await can_log_in(own_api, "countess@example.com", PASSWORD)
    assert not await can_log_in(own_api, ada.email, PASSWORD)
    # Whoever reads the old one's mail can't take the account with an older link.
    assert (await follow(own_api, "reset", reset)).status_code == 400


async def test_who_has_the_new_address_is_told_to_its_owner_only(own_api: Api, post: Post) -> None:
    ada, bob = await confirmed(own_api), await confirmed(own_api, "bob@example.com")
    taken, free = await ask_change(ada, bob.email), await ask_change(ada, "free@example.com")
    assert (taken.status_code, taken.content) == (free.status_code, free.content) == (202, b"")
    assert await post.subjects("free@example.com") == ["Confirm your new e-mail address"]
    assert (await post.subjects(bob.email))[-1] == "Confirm your new e-mail address"
    answer = await follow(own_api, "change", await post.token(bob.email))
    assert (answer.status_code, answer.json()["code"]) == (409, "email_taken")
    assert (await ada.profile()).json()["email"] == ada.email


async def test_an_address_changes_only_for_who_knows_the_password(own_api: Api, post: Post) -> None:
    ada = await register(own_api)
    wrong = await ask_change(ada, "new@example.com", "not-the-password")
    assert (wrong.status_code, list(wrong.json()["errors"])) == (400, ["current_password"])
    same = await ask_change(ada, ada.email)
    assert (same.status_code, list(same.json()["errors"])) == (400, ["new_email"])
    assert await post.to("new@example.com") == []


async def test_a_login_from_a_new_device_is_told(own_api: Api, post: Post) -> None:
    """Once for each device, and not for the first one of an account."""
    ada, bob = await confirmed(own_api), await register(own_api, "bob@example.com")
    firefox = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"
    for person in (ada, bob):
        for _ in range(2):
            body = {"email": person.email, "password": PASSWORD}
            await own_api.client().post("/api/auth/login/", json=body, headers={"User-Agent": firefox})
    (message,) = await post.to(ada.email)
    assert message["Subject"] == "Your account was logged in to from a new device"
    assert "Firefox on Linux" in text_of(message)
    assert await post.subjects(bob.email) == ["Confirm your e-mail address"]


async def test_changes_of_second_factors_are_told(own_api: Api, post: Post) -> None:
    ada, admin = await confirmed(own_api), await own_api.join("admin")
    started = await ada.client.post("/api/auth/second-factors/totp/", json={"current_password": PASSWORD})
    code = pyotp.TOTP(started.json()["secret"]).now()
    confirmed_app = await ada.client.post("/api/auth/second-factors/totp/confirm/", json={"code": code})
    added = (await post.to(ada.email))[-1]
    assert added["Subject"] == "A second factor was added to your account"
    assert "Second factor: Authenticator app" in text_of(added)
    login = await own_api.client().post("/api/auth/login/", json={"email": ada.email, "password": PASSWORD})
    step = {
        "challenge": login.json()["challenge"],
        "method": "recovery_code",
        "code": confirmed_app.json()["recovery_codes"][0],
    }
    assert (await own_api.client().post("/api/auth/login/second-factor/", json=step)).status_code == 200
    used = (await post.to(ada.email))[-1]
    assert used["Subject"] == "A recovery code was used to log in to your account"
    assert "Codes left: 9" in text_of(used)
    await admin.client.post(f"/api/users/{ada.id}/second-factors/reset/", json={})
    assert (await post.subjects(ada.email))[-1] == "A second factor was removed from your account"


async def test_an_admins_change_of_an_address_is_told_to_the_old_one(own_api: Api, post: Post) -> None:
    ada, admin = await confirmed(own_api), await own_api.join("admin")
    reset = await link_for(own_api, post, "reset", ada)
    await admin.client.patch(f"/api/users/{ada.id}/", json={"email": "new@example.com"})
    assert (await post.subjects(ada.email))[-1] == "Your e-mail address was changed"
    assert (await follow(own_api, "reset", reset)).status_code == 400
    assert not await verified(ada)


async def test_a_deleted_account_gets_no_mail_and_none_of_its_links_is_good(own_api: Api, post: Post) -> None:
    ada, admin = await register(own_api), await own_api.join("admin")
    tokens = {link: await link_for(own_api, post, link, ada) for link in LINKS}
    before = len(await post.to(ada.email))
    assert (await admin.client.delete(f"/api/users/{ada.id}/")).status_code == 204
    assert len(await post.to(ada.email)) == before
    for link, token in tokens.items():
        assert (await follow(own_api, link, token)).status_code == 400


# --- attacks on links


@pytest.mark.parametrize("link", LINKS)
async def test_a_link_is_good_once(own_api: Api, post: Post, link: str) -> None:
    ada = await register(own_api)
    token = await link_for(own_api, post, link, ada)
    answers = [await follow(own_api, link, token) for _ in range(2)]
    assert [answer.status_code for answer in answers] == [204, 400]
    assert answers[1].json()["code"] == "invalid_link"


@pytest.mark.parametrize("link", LINKS)
async def test_a_link_is_good_for_its_time(own_api: Api, post: Post, link: str) -> None:
    clock = Clock()
    own_api.app.state.clock = clock
    ada = await register(own_api)
    token = await link_for(own_api, post, link, ada)
    settings = own_api.parts.settings
    life = {
        "verify": settings.verify_link_seconds,
        "reset": settings.reset_link_seconds,
        "change": settings.email_change_link_seconds,
    }[link]
    clock.forward(seconds=life)
    assert (await follow(own_api, link, token)).status_code == 400
    clock.forward(seconds=-1)
    assert (await follow(own_api, link, token)).status_code == 204


@pytest.mark.parametrize("given", LINKS)
@pytest.mark.parametrize("used", LINKS)
async def test_a_link_is_good_for_its_purpose_only(own_api: Api, post: Post, given: str, used: str) -> None:
    ada = await register(own_api)
    token = await link_for(own_api, post, given, ada)
    assert (await follow(own_api, used, token)).status_code == (204 if given == used else 400)


@pytest.mark.parametrize("link", LINKS)
async def test_a_token_that_was_tampered_with_is_none(own_api: Api, post: Post, link: str) -> None:
    ada = await register(own_api)
    token = await link_for(own_api, post, link, ada)
    (row,) = own_api.rows("SELECT id, token_hash FROM mailed_links ORDER BY created_at DESC LIMIT 1")
    forged = [
        token[:-1],
        token + "A",
        token.swapcase(),
        token[::-1],
        ("A" if token[0] != "A" else "B") + token[1:],
        str(row["id"]),
        row["token_hash"].hex(),
        "../" + token,
        "' OR true --",
        "ﬀ" * 43,
    ]
    for attempt in forged:
        answer = await follow(own_api, link, attempt)
        assert (answer.status_code, answer.json()["code"]) == (400, "invalid_link")
    for attempt in ("", "x" * 201, "a\x00b"):
        answer = await follow(own_api, link, attempt)
        assert (answer.status_code, list(answer.json()["errors"])) == (400, ["token"])
    assert (await follow(own_api, link, token)).status_code == 204


async def test_a_link_changes_the_account_that_it_was_made_for(own_api: Api, post: Post) -> None:
    """Also when somebody else is logged in where it is followed."""
    ada, bob = await register(own_api), await register(own_api, "bob@example.com")
    token = await link_for(own_api, post, "verify", ada)
    assert (await bob.client.post(LINKS["verify"], json={"token": token})).status_code == 204
    assert await verified(ada)
    assert not await verified(bob)


@pytest.mark.parametrize("link", LINKS)
async def test_two_who_follow_a_link_at_once_have_one_effect(own_api: Api, post: Post, link: str) -> None:
    ada = await register(own_api)
    token = await link_for(own_api, post, link, ada)
    answers = await asyncio.gather(*(follow(own_api, link, token) for _ in range(8)))
    assert sorted(answer.status_code for answer in answers) == [204] + [400] * 7


async def test_control_without_taking_the_link_both_would_have_an_effect(
    own_api: Api, post: Post, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What the race test would see if a link was looked at and not taken."""
    ada = await confirmed(own_api)
    token = await link_for(own_api, post, "reset", ada)

    async def looked_at(*_: Any) -> None:
        return None

    monkeypatch.setattr(links, "redeem", looked_at)
    monkeypatch.setattr(links, "end", looked_at)
    answers = await asyncio.gather(*(follow(own_api, "reset", token) for _ in range(4)))
    assert [answer.status_code for answer in answers] == [204] * 4


async def test_links_and_requests_that_count_no_more_are_forgotten(own_api: Api, post: Post) -> None:
    ada = await register(own_api)
    await ask_reset(own_api, ada.email)
    await post.deliver()
    later = utcnow() + timedelta(days=2, seconds=1)
    await confirmations.prune(own_api.database, lambda: later)
    assert own_api.rows("SELECT 1 FROM mailed_links") == []
    assert own_api.rows("SELECT 1 FROM reset_requests") == []


async def test_a_made_admin_is_asked_for_nothing(own_api: Api, post: Post) -> None:
    """`create-admin` and the demo's accounts: nobody waits for their mail."""
    async with own_api.database.transaction() as session:
        fields = {"email": "root@example.com", "username": "rooty", "password": PASSWORD, "role": "admin"}
        await accounts.register(session, own_api.parts.passwords, fields, now=utcnow())
    assert await post.to("root@example.com") == []
    assert not re.search("root", str(own_api.rows("SELECT * FROM mails")))
