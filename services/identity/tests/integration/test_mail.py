"""Mails: written with the change they tell of, sent by the worker whatever fails, to a real SMTP server."""

import asyncio
import contextlib
import os
import ssl
import subprocess
import sys
from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID
from pydantic import SecretStr, ValidationError
from services.identity.tests.conftest import MIGRATIONS, SECRET, Api, running
from services.identity.tests.mailserver import MailServer, html_of, text_of

from identity.accounts import service as accounts
from identity.mail import service as mail
from identity.mail.contents import CONTENTS, Kind
from identity.mail.sending import Sender
from identity.settings import Settings
from shared.migrations import migrate
from shared.testing.eventually import eventually
from shared.testing.infra import TestBroker, TestDatabase

DATA = {
    "factor": "Authenticator app",
    "provider": "GitHub",
    "left": "9",
    "passkey": "Laptop",
    "device": "Firefox on Linux",
    "new_email": "a…@example.com",
    "link": "3d7e7f0c-6f0c-4c0e-9f5d-0d1f6e0c8a11",
    "until": "2030-01-31T14:00:00Z",
}
UNPLUGGED = {"smtp_host": "127.0.0.1", "smtp_port": 9, "smtp_tls": "none"}


@pytest.fixture
async def server() -> AsyncIterator[MailServer]:
    async with MailServer().listening() as made:
        yield made


def sender(api: Api, server: MailServer | None, **more: Any) -> Sender:
    settings = {**(server.settings if server else UNPLUGGED), "site_url": "https://sessions.example", **more}
    return Sender(api.app.state.settings.model_copy(update=settings), api.parts.links.tokens)


async def write(api: Api, kind: Kind = Kind.PASSWORD_CHANGED, *, to: str | None = None, **fields: Any) -> str:
    """Have a mail sent to somebody new; returns the address."""
    person = await api.join(**{"email_verified": True, **fields})
    async with api.database.transaction() as session:
        user = await accounts.get(session, person.id)  # type: ignore[arg-type]
        await mail.enqueue(session, kind, user=user, to=to, data={name: DATA[name] for name in CONTENTS[kind].needs})
    return to or person.email


def queue(api: Api) -> list[dict[str, Any]]:
    return api.rows("SELECT * FROM mails ORDER BY created_at, id")


async def all_due(api: Api) -> None:
    """Take the waiting time away."""
    async with api.database.connection() as connection:
        await connection.execute("UPDATE mails SET due_at = clock_timestamp() WHERE failed_at IS NULL")


@pytest.mark.parametrize("kind", [*Kind])
async def test_every_kind_arrives_in_text_and_html(own_api: Api, server: MailServer, kind: Kind) -> None:
    address = await write(own_api, kind, timezone="Europe/Berlin")
    await sender(own_api, server, mail_reply_to="help@sessions.example").send_mails(own_api.database)
    (message,) = server.to(address)
    assert message["To"] == address
    assert message["From"] == "Sessions Marketplace <no-reply@localhost.localdomain>"
    assert message["Reply-To"] == "help@sessions.example"
    assert message["Auto-Submitted"] == "auto-generated"
    assert message.get_content_type() == "multipart/alternative"
    content = CONTENTS[kind]
    for part in (text_of(message), html_of(message)):
        assert ("Hello Robin," if content.by_name else "Hello,") in part
        assert "Europe/Berlin" in part
        assert all(DATA[name] in part for name in content.needs - {"link", "until"})
        assert f"https://sessions.example{content.path}" in part
        assert ("#token=" in part, "31 January 2030, 15:00" in part) == ("link" in content.needs,) * 2
        assert "{{" not in part
    assert queue(own_api) == []


async def test_what_is_rolled_back_is_never_sent(own_api: Api, server: MailServer) -> None:
    address = await write(own_api)
    async with own_api.database.transaction() as session:
        user = (await accounts.credentials(session, address)).user_id  # type: ignore[union-attr]
        await mail.enqueue(session, Kind.ACCOUNT_DELETED, user=await accounts.get(session, user))
        await session.rollback()
    await sender(own_api, server).send_mails(own_api.database)
    assert [message["Subject"] for message in server.to(address)] == ["Your password was changed"]


async def test_notices_go_to_confirmed_addresses_alone(own_api: Api, server: MailServer) -> None:
    """Or anybody could have others written to, by an account in their name."""
    unconfirmed = await write(own_api, email_verified=False)
    assert queue(own_api) == []
    other = await write(own_api, to="other@example.com", email_verified=False)
    await sender(own_api, server).send_mails(own_api.database)
    assert [address for address, _ in server.delivered] == [other]
    assert server.to(unconfirmed) == []


async def test_refused_for_now_is_tried_again_and_holds_nobody_up(own_api: Api, server: MailServer) -> None:
    first, second = await write(own_api), await write(own_api)
    server.recipient_answers = ["451 try later"]
    post = sender(own_api, server)
    await post.send_mails(own_api.database)
    assert [address for address, _ in server.delivered] == [second]
    (row,) = queue(own_api)
    assert (row["attempts"], row["last_error"], row["failed_at"]) == (1, "451 try later", None)
    assert row["due_at"] - row["created_at"] >= timedelta(seconds=30)
    await post.send_mails(own_api.database)
    assert server.to(first) == []  # not yet

    server.data_answers = ["452 no room"]
    await all_due(own_api)
    await post.send_mails(own_api.database)
    (row,) = queue(own_api)
    assert (row["attempts"], row["last_error"]) == (2, "452 no room")
    await all_due(own_api)
    await post.send_mails(own_api.database)
    assert len(server.to(first)) == 1
    assert queue(own_api) == []


async def test_refused_for_good_is_set_aside_with_its_reason(own_api: Api, server: MailServer) -> None:
    unknown, full, known = await write(own_api), await write(own_api), await write(own_api)
    server.recipient_answers = ["550 no such user"]
    server.data_answers = ["554 not wanted"]
    post = sender(own_api, server)
    await post.send_mails(own_api.database)
    await all_due(own_api)
    await post.send_mails(own_api.database)
    assert [address for address, _ in server.delivered] == [known]
    rows = queue(own_api)
    assert [(row["recipient"], row["last_error"]) for row in rows] == [
        (unknown, "550 no such user"),
        (full, "554 not wanted"),
    ]
    assert all(row["failed_at"] and row["data"] == {} for row in rows)


async def test_a_server_that_is_away_costs_time_and_no_attempt(own_api: Api, server: MailServer) -> None:
    address = await write(own_api)
    # Nobody listens there.
    await sender(own_api, None).send_mails(own_api.database)
    (row,) = queue(own_api)
    assert (row["attempts"], row["failed_at"]) == (0, None)
    await sender(own_api, server).send_mails(own_api.database)
    assert len(server.to(address)) == 1


async def test_a_connection_that_breaks_costs_the_mail_in_hand_an_attempt(own_api: Api, server: MailServer) -> None:
    """Else a mail that a server can't stand would keep all others from being sent."""
    first, second = await write(own_api), await write(own_api)
    server.data_answers = ["421 going away"]
    await sender(own_api, server).send_mails(own_api.database)
    await sender(own_api, server).send_mails(own_api.database)
    assert [address for address, _ in server.delivered] == [second]
    await all_due(own_api)
    await sender(own_api, server).send_mails(own_api.database)
    assert [address for address, _ in server.delivered] == [second, first]


async def test_after_its_time_a_mail_is_given_up(own_api: Api, server: MailServer) -> None:
    await write(own_api)
    post = sender(own_api, server)
    server.recipient_answers = ["450 busy"]
    await post.send_mails(own_api.database)
    async with own_api.database.connection() as connection:
        await connection.execute("UPDATE mails SET give_up_at = clock_timestamp(), due_at = clock_timestamp()")
    await post.send_mails(own_api.database)
    (row,) = queue(own_api)
    assert row["failed_at"]
    assert row["last_error"] == "450 busy"
    assert server.delivered == []


async def test_several_senders_send_each_mail_once(own_api: Api, server: MailServer) -> None:
    person = await own_api.join()
    async with own_api.database.transaction() as session:
        user = await accounts.get(session, person.id)  # type: ignore[arg-type]
        for number in range(40):
            await mail.enqueue(session, Kind.PASSWORD_CHANGED, user=user, to=f"{number}@example.com")
    await asyncio.gather(*(sender(own_api, server).send_mails(own_api.database) for _ in range(4)))
    assert sorted(address for address, _ in server.delivered) == sorted(f"{n}@example.com" for n in range(40))


async def test_a_shutdown_lets_the_mail_in_hand_go(own_api: Api, server: MailServer) -> None:
    address = await write(own_api)
    taken, go_on = asyncio.Event(), asyncio.Event()

    async def stall() -> None:
        taken.set()
        await go_on.wait()

    server.after_data = stall
    task = asyncio.create_task(sender(own_api, server).send_mails(own_api.database))
    await taken.wait()
    task.cancel()
    asyncio.get_running_loop().call_later(0.1, go_on.set)
    with contextlib.suppress(asyncio.CancelledError):
        await task
    assert len(server.to(address)) == 1
    assert queue(own_api) == []


@pytest.mark.parametrize(
    "name", ["Ada\r\nBcc: all@example.com", "evil.example", "https://evil.example", "a@b", "🎁" * 9]
)
async def test_names_that_are_none_greet_nobody(own_api: Api, server: MailServer, name: str) -> None:
    address = await write(own_api, first_name=name)
    await sender(own_api, server).send_mails(own_api.database)
    (message,) = server.to(address)
    assert "Hello,\n" in text_of(message)
    assert ">Hello,<" in html_of(message)
    assert "Bcc" not in message


async def test_what_people_give_is_text_in_html_and_one_line_everywhere(own_api: Api, server: MailServer) -> None:
    person = await own_api.join(first_name="O'Hara-Łuczak", email_verified=True)
    hostile = "<b onload=x>Fire\r\nfox</b>\r\n\r\nSubject: hi {{ site }} & \u202ecod\x07"
    async with own_api.database.transaction() as session:
        user = await accounts.get(session, person.id)  # type: ignore[arg-type]
        await mail.enqueue(session, Kind.NEW_DEVICE, user=user, data={"device": hostile})
        await mail.enqueue(session, Kind.PROVIDER_LINKED, user=user, data={"provider": hostile})
    await sender(own_api, server).send_mails(own_api.database)
    for message in server.to(person.email):
        assert "Hello O'Hara-Łuczak," in text_of(message)
        assert "Device: <b onload=x>Fire fox</b> Subject: hi {{ site }} & cod" in text_of(message) or (
            "Linked: <b onload=x>Fire fox</b> Subject: hi {{ site }} & cod" in text_of(message)
        )
        assert "<b onload" not in html_of(message)
        assert "&lt;b onload=x&gt;Fire fox&lt;/b&gt;" in html_of(message)
    assert len(server.to(person.email)) == 2


async def test_an_address_that_is_none_goes_nowhere_and_holds_nobody_up(own_api: Api, server: MailServer) -> None:
    await write(own_api, to="a@example.com\r\nBcc: b@example.com")
    known = await write(own_api, to="ada@exämple.com")
    await sender(own_api, server).send_mails(own_api.database)
    assert [address for address, _ in server.delivered] == ["ada@xn--exmple-cua.com"]
    (row,) = queue(own_api)
    assert row["failed_at"]
    assert known == "ada@exämple.com"


async def test_a_kind_of_a_newer_version_waits_for_it(own_api: Api, server: MailServer) -> None:
    await write(own_api)
    async with own_api.database.connection() as connection:
        await connection.execute("UPDATE mails SET kind = 'of_tomorrow'")
    await sender(own_api, server).send_mails(own_api.database)
    (row,) = queue(own_api)
    assert (row["attempts"], row["failed_at"]) == (0, None)


async def test_a_mail_without_its_data_is_refused_when_it_is_written(own_api: Api) -> None:
    person = await own_api.join()
    async with own_api.database.transaction() as session:
        user = await accounts.get(session, person.id)  # type: ignore[arg-type]
        with pytest.raises(ValueError, match="device"):
            await mail.enqueue(session, Kind.NEW_DEVICE, user=user)


@pytest.mark.parametrize(
    ("wrong", "settings"),
    [
        ("mail_from", {"mail_from": "nobody"}),
        ("mail_from", {"mail_from": ""}),
        ("mail_from", {"mail_from": "a@example.com\nBcc: b@example.com"}),
        ("mail_reply_to", {"mail_reply_to": "a@b@c"}),
        ("SMTP_TLS", {"smtp_tls": "none", "smtp_user": "marketplace"}),
    ],
)
def test_settings_that_can_not_be_are_refused(wrong: str, settings: dict[str, Any]) -> None:
    with pytest.raises(ValidationError, match=wrong):
        Settings(**settings)


# --- TLS


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, ssl.SSLContext]:
    """Of 127.0.0.1, signed by nobody else: its file, and a server's side of TLS with it."""
    folder = tmp_path_factory.mktemp("tls")
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "mail.test")])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder(name, name, key.public_key(), 1, now - timedelta(days=1), now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))]), critical=False)
        .sign(key, SHA256())
    )
    (folder / "certificate.pem").write_bytes(made.public_bytes(Encoding.PEM))
    (folder / "key.pem").write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(folder / "certificate.pem", folder / "key.pem")
    return folder / "certificate.pem", context


@pytest.mark.parametrize("trusted", [True, False])
async def test_by_starttls_only_a_server_of_a_trusted_name_gets_mail(
    own_api: Api, certificate: tuple[Path, ssl.SSLContext], monkeypatch: pytest.MonkeyPatch, trusted: bool
) -> None:
    file, context = certificate
    if trusted:
        monkeypatch.setenv("SSL_CERT_FILE", str(file))
    address = await write(own_api)
    async with MailServer(tls=context).listening() as server:
        await sender(own_api, server, smtp_tls="starttls").send_mails(own_api.database)
        assert len(server.to(address)) == (1 if trusted else 0)
    assert len(queue(own_api)) == (0 if trusted else 1)


async def test_a_server_without_starttls_gets_nothing_in_clear(own_api: Api, server: MailServer) -> None:
    await write(own_api)
    await sender(own_api, server, smtp_tls="starttls").send_mails(own_api.database)
    assert server.delivered == []
    assert len(queue(own_api)) == 1


# --- processes


class Worker:
    """A worker's process, to be killed."""

    def __init__(self, settings: Settings, server: MailServer) -> None:
        values = {name: getattr(settings, name) for name in type(settings).model_fields}
        secrets = {name: value.get_secret_value() for name, value in values.items() if isinstance(value, SecretStr)}
        given = {name.upper(): str(value) for name, value in {**values, **secrets, **server.settings}.items()}
        self.process = subprocess.Popen(
            [sys.executable, "-m", "identity", "worker"],
            env={**os.environ, **given, "PORT": "0"},
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )

    def kill(self) -> None:
        self.process.kill()
        self.process.wait()


@pytest.fixture
async def settings(make_database: Callable[[], TestDatabase], broker: TestBroker) -> Settings:
    database = make_database()
    made = Settings(**database.settings("identity"), **broker.settings("identity"), secret_key=SECRET)
    await migrate(made, MIGRATIONS, [])
    return made


@pytest.mark.parametrize("when", ["before it is taken", "when it is taken"])
async def test_a_killed_worker_loses_no_mail(settings: Settings, server: MailServer, when: str) -> None:
    """Only one that is killed between the server's word and its own note of it sends a mail twice."""

    class There:
        def settings(self, _service: str) -> dict[str, Any]:
            return {name: getattr(settings, name) for name in type(settings).model_fields if name != "secret_key"}

    reached = asyncio.Event()

    async def stall() -> None:
        reached.set()
        await asyncio.Event().wait()

    async with running(There()) as api:  # type: ignore[arg-type]
        if when == "before it is taken":
            server.on_data = stall
        else:
            server.after_data = stall
        address = await write(api)
        worker = Worker(settings, server)
        try:
            async with asyncio.timeout(60):
                await reached.wait()
        finally:
            worker.kill()
        server.on_data = server.after_data = None
        again = Worker(settings, server)
        try:
            expected = 1 if when == "before it is taken" else 2
            await eventually("the mail arrives", lambda: len(server.to(address)) == expected, within=60)
            assert len({message["Message-ID"] for message in server.to(address)}) == 1
        finally:
            again.kill()
