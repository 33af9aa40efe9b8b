"""A real SMTP server for tests, which can be told to refuse, to stall and to be away."""

import asyncio
import re
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import Any

from aiosmtpd.smtp import SMTP, Envelope

from shared.testing.eventually import eventually

_LINK = re.compile(r"https?://\S+#token=(\S+)")


@dataclass
class MailServer:
    """What was delivered, as it came. `answers` are replies to recipients and to mails before the usual ones."""

    port: int = 0
    tls: ssl.SSLContext | None = None  # for STARTTLS
    delivered: list[tuple[str, EmailMessage]] = field(default_factory=list)
    recipient_answers: list[str] = field(default_factory=list)
    data_answers: list[str] = field(default_factory=list)
    on_data: Callable[[], Awaitable[None]] | None = None  # before a mail is taken
    after_data: Callable[[], Awaitable[None]] | None = None  # when it is taken, before that is said

    async def handle_RCPT(  # noqa: N802 - aiosmtpd's name
        self, _server: SMTP, _session: Any, envelope: Envelope, address: str, _options: list[str]
    ) -> str:
        if self.recipient_answers and not (answer := self.recipient_answers.pop(0)).startswith("250"):
            return answer
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, _server: SMTP, _session: Any, envelope: Envelope) -> str:  # noqa: N802
        if self.data_answers and not (answer := self.data_answers.pop(0)).startswith("250"):
            return answer
        if self.on_data is not None:
            await self.on_data()
        assert isinstance(envelope.content, bytes)
        message = message_from_bytes(envelope.content, policy=policy.default)
        self.delivered += [(address, message) for address in envelope.rcpt_tos]
        if self.after_data is not None:
            await self.after_data()
        return "250 OK"

    @property
    def settings(self) -> dict[str, Any]:
        """What identity's settings take."""
        return {"smtp_host": "127.0.0.1", "smtp_port": self.port, "smtp_tls": "none"}

    def to(self, address: str) -> list[EmailMessage]:
        return [message for recipient, message in self.delivered if recipient == address]

    async def wait_for(self, address: str, count: int = 1) -> EmailMessage:
        """The latest of `count` mails to an address, when they are there."""
        await eventually(f"{count} mails arrive", lambda: len(self.to(address)) >= count)
        return self.to(address)[-1]

    @asynccontextmanager
    async def listening(self) -> AsyncIterator["MailServer"]:
        """For as long as the block lasts; the port stays the same when it is done again."""
        loop = asyncio.get_running_loop()
        server = await loop.create_server(
            lambda: SMTP(self, hostname="mail.test", tls_context=self.tls), "127.0.0.1", self.port
        )
        self.port = server.sockets[0].getsockname()[1]
        try:
            yield self
        finally:
            server.close()


def text_of(message: EmailMessage) -> str:
    """The plain part."""
    part = message.get_body(("plain",))
    assert part is not None
    return str(part.get_content()).replace("\r\n", "\n")


def html_of(message: EmailMessage) -> str:
    part = message.get_body(("html",))
    assert part is not None
    return str(part.get_content()).replace("\r\n", "\n")


def token_of(message: EmailMessage) -> str:
    """Of the link in a mail."""
    found = _LINK.search(text_of(message))
    assert found is not None
    return found[1]
