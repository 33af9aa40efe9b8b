"""Sending the queue's mails by SMTP: what a server takes is gone from the queue in the same moment."""

import asyncio
import time
from collections.abc import AsyncIterator, Coroutine
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Any

from aiosmtplib import SMTP, SMTPDataError, SMTPException, SMTPRecipientsRefused, SMTPResponseException
from sqlalchemy.ext.asyncio import AsyncSession

from identity.mail import repository
from identity.mail.contents import Kind
from identity.mail.metrics import MAIL_BACKLOG, MAIL_FAILED, MAIL_SENT
from identity.mail.models import Mail
from identity.mail.rendering import ascii_address, clean, render
from identity.mail.tokens import LinkTokens
from identity.settings import Settings
from shared.db import Database
from shared.logging import get_logger

log = get_logger(__name__)

_COMMAND_SECONDS = 10.0
# Below the time after which the database gives up on a transaction that says nothing.
_SEND_SECONDS = 25.0
_FIRST_PAUSE, _LONGEST_PAUSE = timedelta(seconds=30), timedelta(hours=1)
_LONGEST_OUTAGE_PAUSE = 60.0
_KEEP_FAILED = timedelta(days=30)
_PERMANENT = 500  # and above: the server will never take it
# Others come from an api that is newer than this worker, and wait for a newer worker.
_KINDS = tuple(Kind)


class Sender:
    """Sends what is due, one mail after the other, over one connection a round."""

    def __init__(self, settings: Settings, tokens: LinkTokens) -> None:
        self._settings = settings
        self._tokens = tokens
        self._pause = 0.0  # in seconds, after the server couldn't be used
        self._rest_until = 0.0
        self._outage = "no mail server is set (SMTP_HOST)"

    async def send_mails(self, database: Database) -> None:
        """One round, until nothing is due. A server that can't be used costs no mail an attempt, but time."""
        async with database.transaction() as session:
            for kind in await repository.give_up(session, f"not sent within its time: {self._outage}"):
                log.error("mail given up", kind=kind, reason=self._outage)
                MAIL_FAILED.labels(kind).inc()
            waiting, due = await repository.count(session, _KINDS)
        MAIL_BACKLOG.set(waiting)
        if not due or not self._settings.smtp_host or time.monotonic() < self._rest_until:
            return
        try:
            async with self._server() as server:
                while await _to_its_end(self._send_next(database, server)):
                    pass
        except (SMTPException, OSError) as error:
            self._pause = min(max(1.0, 2 * self._pause), _LONGEST_OUTAGE_PAUSE)
            self._rest_until = time.monotonic() + self._pause
            self._outage = _reason(error)
            log.warning("mail server can't be used", reason=self._outage, again_in=self._pause, waiting=waiting)
        else:
            self._pause = 0.0

    @asynccontextmanager
    async def _server(self) -> AsyncIterator[SMTP]:
        settings = self._settings
        client = SMTP(
            hostname=settings.smtp_host,
            port=settings.smtp_port,
            username=settings.smtp_user or None,
            password=settings.smtp_password.get_secret_value() or None,
            use_tls=settings.smtp_tls == "tls",
            start_tls=settings.smtp_tls == "starttls",
            local_hostname=settings.mail_sender.domain,
            timeout=_COMMAND_SECONDS,
        )
        async with client:
            yield client

    async def _send_next(self, database: Database, server: SMTP) -> bool:
        """Send one mail and take it off the queue; False when none is due.

        The row is locked meanwhile: a process that is killed leaves the mail to the next one. Should it have been
        killed between the server's word and the commit, that one repeats it, with the same Message-ID. Raises when the
        connection is of no use any more.
        """
        sent, broken = False, None
        async with database.transaction() as session:
            mail = await repository.claim(session, _KINDS)
            if mail is None:
                return False
            try:
                message = render(mail, self._settings, self._tokens)
            except Exception as error:
                # A bug of ours, or an address that isn't one: the others don't wait for it.
                log.error("mail can't be written", kind=mail.kind, mail=str(mail.id), exc_info=error)
                await self._set_aside(session, mail, f"can't be written: {error!r}")
                return True
            try:
                async with asyncio.timeout(_SEND_SECONDS):
                    await server.send_message(
                        message,
                        sender=self._settings.mail_sender.addr_spec,
                        recipients=[ascii_address(mail.recipient)],
                    )
            except (SMTPException, OSError) as error:
                refusal = _refusal(error)
                if refusal is None:
                    broken = error
                if refusal is not None and refusal.code >= _PERMANENT:
                    await self._set_aside(session, mail, _reason(refusal))
                else:
                    await self._postpone(session, mail, _reason(refusal or error))
            else:
                await repository.remove(session, mail)
                sent = True
        if sent:
            MAIL_SENT.labels(mail.kind).inc()
            log.info("mail sent", kind=mail.kind, mail=str(mail.id))
        if broken is not None:
            raise broken
        return True

    async def _set_aside(self, session: AsyncSession, mail: Mail, reason: str) -> None:
        await repository.set_aside(session, mail, reason)
        MAIL_FAILED.labels(mail.kind).inc()
        # Why stands in the row: what servers say often names the address.
        log.error("mail set aside", kind=mail.kind, mail=str(mail.id))

    async def _postpone(self, session: AsyncSession, mail: Mail, reason: str) -> None:
        pause = min(_FIRST_PAUSE * 2 ** min(mail.attempts, 10), _LONGEST_PAUSE)
        await repository.postpone(session, mail, pause, reason)
        log.warning("mail postponed", kind=mail.kind, mail=str(mail.id), again_in=pause.total_seconds())


async def forget_failed(database: Database) -> None:
    """Forget mails that were set aside long ago."""
    async with database.transaction() as session:
        await repository.forget_failed(session, _KEEP_FAILED)


async def _to_its_end(work: Coroutine[Any, Any, bool]) -> bool:
    """Not torn in two by a shutdown: what a server has taken is taken off the queue, too."""
    task = asyncio.create_task(work)
    try:
        return await asyncio.shield(task)
    except asyncio.CancelledError:
        await asyncio.wait([task])
        raise


def _refusal(error: Exception) -> SMTPResponseException | None:
    """What the server said of this one mail; None when it is about us, or nothing was said."""
    if isinstance(error, SMTPRecipientsRefused):
        return error.recipients[0]
    return error if isinstance(error, SMTPDataError) else None


def _reason(error: Exception) -> str:
    text = f"{error.code} {error.message}" if isinstance(error, SMTPResponseException) else repr(error)
    return clean(text)
