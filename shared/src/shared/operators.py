"""Commands that every service has for its operators. They answer on standard output; the exit code is for scripts."""

import argparse
import getpass
import json
import sys
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Any
from uuid import UUID

import httpx
from aio_pika.exceptions import ChannelNotFoundEntity, DeliveryError
from uuid6 import uuid7

from shared import audit, replicas
from shared.db import Database
from shared.messaging import dead_letters as letters
from shared.messaging.connection import BROKER_ERRORS
from shared.messaging.dead_letters import DeadLetter
from shared.operations.kinds import record_resent
from shared.replicas import Difference, Replica
from shared.settings import ServiceSettings


async def dead_letters(settings: ServiceSettings, arguments: list[str]) -> None:
    """List, show and send again. Exits with 1 when something wasn't found or couldn't be done, 2 for a wrong call."""
    options = _dead_letters_parser(settings.service_name).parse_args(arguments)
    try:
        match options.action:
            case "list":
                await _list(settings, options)
            case "show":
                await _show(settings, options)
            case _:
                await _resend(settings, options)
    except (DeliveryError, ChannelNotFoundEntity) as error:
        sys.exit(f"dead-letters: the broker refuses ({error!r}); has `migrate` run?")
    except BROKER_ERRORS as error:
        sys.exit(f"dead-letters: the broker can't be reached ({error!r})")


def _dead_letters_parser(service: str) -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog=f"python -m {service} dead-letters", description="Messages that could not be handled."
    )
    actions = parser.add_subparsers(dest="action", required=True)
    listing = actions.add_parser("list", help="what there is, the oldest first")
    listing.add_argument("--newest", action="store_true", help="the newest first")
    listing.add_argument("--limit", type=int, default=100, help="at most so many (100)")
    listing.add_argument("--json", action="store_true", help="as a JSON array")
    showing = actions.add_parser("show", help="one with its headers and its payload, as JSON")
    showing.add_argument("id", help="the message's id")
    showing.add_argument("--json", action="store_true", help="on one line")
    sending = actions.add_parser("resend", help="to the service's queue again; then it is no dead letter any more")
    chosen = sending.add_mutually_exclusive_group(required=True)
    chosen.add_argument("id", nargs="*", default=[], help="the messages' ids")
    chosen.add_argument("--all", action="store_true")
    return parser


async def _list(settings: ServiceSettings, options: argparse.Namespace) -> None:
    found = await letters.list_dead_letters(settings)
    shown = (found[::-1] if options.newest else found)[: options.limit]
    if options.json:
        _say(json.dumps([letter.summary() for letter in shown]))
        return
    for letter in shown:
        died_at = letter.died_at.isoformat(timespec="seconds") if letter.died_at else "-"
        fields = (died_at, letter.id, letter.type, letter.subject, f"{letter.attempts}x", letter.reason)
        _say("  ".join(str(field or "-") for field in fields))
    _say(f"{len(shown)} of {len(found)} dead letters")


async def _show(settings: ServiceSettings, options: argparse.Namespace) -> None:
    for letter in await letters.list_dead_letters(settings):
        if letter.id == options.id:
            _say(json.dumps(letter.document(), indent=None if options.json else 2))
            return
    sys.exit(f"dead-letters: there is no {options.id}")


async def _resend(settings: ServiceSettings, options: argparse.Namespace) -> None:
    by = getpass.getuser()
    async with Database(settings) as database:

        async def record(letter: DeadLetter) -> None:
            async with database.transaction() as session:
                await record_resent(session, letter, actor=None, by=by)

        sent = await letters.resend(settings, None if options.all else options.id, by=by, record=record)
    for message_id in sent:
        _say(f"sent again: {message_id or '-'}")
    if missing := set(options.id) - set(sent):
        sys.exit(f"dead-letters: there is no {', '.join(sorted(missing))}")


async def resync(settings: ServiceSettings, known: Mapping[str, Replica], arguments: list[str]) -> None:
    """Make replicas what their owners say. Exits with 1 when an owner can't be asked, or doesn't know some rows."""
    parser = argparse.ArgumentParser(prog=f"python -m {settings.service_name} resync", description=resync.__doc__)
    parser.add_argument("replica", nargs="*", choices=[[], *known], metavar="REPLICA", help=", ".join(known))
    parser.add_argument("--close-unknown", action="store_true", help="close rows that their owner doesn't have")
    options = parser.parse_args(arguments)
    unknown = 0
    async with Database(settings) as database:
        for name in options.replica or known:
            async with _asking(known[name], settings) as client:
                done = await replicas.resync(database, client, known[name], close_unknown=options.close_unknown)
            for difference in done.unknown:
                _say(f"{name}: {difference}")
            unknown += len(done.unknown)
            await note(database, "resync", replica=name, rows=done.rows, applied=done.applied, settled=done.settled)
            _say(f"{name}: {done.rows} rows at the owner, {done.applied} taken over, {done.settled} settled")
    if unknown:
        sys.exit(f"resync: {unknown} rows are unknown to their owner; --close-unknown closes them")


async def check_replicas(settings: ServiceSettings, known: Mapping[str, Replica], arguments: list[str]) -> None:
    """Compare replicas with their owners; says what differs and exits with 1 if anything does."""
    parser = argparse.ArgumentParser(
        prog=f"python -m {settings.service_name} check-replicas", description=check_replicas.__doc__
    )
    parser.add_argument("replica", nargs="*", choices=[[], *known], metavar="REPLICA", help=", ".join(known))
    parser.add_argument("--json", action="store_true", help="as one JSON document")
    options = parser.parse_args(arguments)
    found: dict[str, tuple[list[Difference], int]] = {}
    async with Database(settings) as database:
        for name in options.replica or known:
            async with _asking(known[name], settings) as client:
                found[name] = await replicas.check(database, client, known[name])
    if options.json:
        document = {
            name: {"differences": [each.model_dump(mode="json") for each in differences], "unsettled": unsettled}
            for name, (differences, unsettled) in found.items()
        }
        _say(json.dumps(document))
    else:
        for name, (differences, unsettled) in found.items():
            for difference in differences:
                _say(f"{name}: {difference}")
            _say(f"{name}: {len(differences)} rows differ, {unsettled} to settle")
    if any(differences or unsettled for differences, unsettled in found.values()):
        sys.exit("check-replicas: replicas differ from their owners; resync mends them")


async def note(database: Database, command: str, **figures: Any) -> None:
    """A line in the audit log about a command that changed something, with the login name of who did it."""
    async with database.transaction() as session:
        await audit.record(
            session,
            action="operations.command_done",
            actor=None,
            subject=UUID(bytes=uuid7().bytes),
            after={"command": command, "by": getpass.getuser(), **figures},
        )


@asynccontextmanager
async def _asking(replica: Replica, settings: ServiceSettings) -> AsyncIterator[httpx.AsyncClient]:
    try:
        async with replica.client(settings) as client:
            yield client
    except httpx.HTTPError as error:
        sys.exit(f"{replica.owner} can't be asked: {error!r}")


def _say(line: Any) -> None:
    sys.stdout.write(f"{line}\n")
