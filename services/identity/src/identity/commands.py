"""Commands for operators. They use the services' use cases, so that their events flow like all others."""

import argparse
import getpass
import os
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta

from pydantic import TypeAdapter, ValidationError

from identity import demo
from identity.accounts import admins
from identity.accounts import service as accounts
from identity.accounts.fields import Email, Username
from identity.accounts.passwords import Passwords
from identity.derivation import SEAL_SIGNING_KEYS, derive_key, require_secret
from identity.factors import service as factors
from identity.keys import service as keys
from identity.settings import Settings
from shared.auth import Role
from shared.clock import utcnow
from shared.db import Database
from shared.errors import AppError

PASSWORD_VARIABLE = "IDENTITY_ADMIN_PASSWORD"  # noqa: S105 - a variable's name, not a password


@asynccontextmanager
async def _passwords() -> AsyncIterator[Passwords]:
    passwords = Passwords(threads=1, queue=1)
    try:
        yield passwords
    finally:
        passwords.close()


def _say(line: str) -> None:
    sys.stdout.write(f"{line}\n")


async def create_admin(arguments: list[str]) -> None:
    """Open an admin's account; the password comes from a prompt or the environment, never from the command line."""
    parser = argparse.ArgumentParser(
        prog="python -m identity create-admin",
        description=f"Open an admin's account. Asks for the password, or reads it from {PASSWORD_VARIABLE}.",
    )
    parser.add_argument("--email", required=True)
    parser.add_argument("--username", required=True)
    parser.add_argument("--first-name", default="")
    parser.add_argument("--last-name", default="")
    options = parser.parse_args(arguments)
    try:
        email: str = TypeAdapter(Email).validate_python(options.email)
        username: str = TypeAdapter(Username).validate_python(options.username)
    except ValidationError as error:
        sys.exit("\n".join(f"{item['input']}: {item['msg'].removeprefix('Value error, ')}" for item in error.errors()))
    fields = {
        "email": email,
        "username": username,
        "first_name": options.first_name,
        "last_name": options.last_name,
        "role": Role.ADMIN.value,
        "password": os.environ.get(PASSWORD_VARIABLE) or _prompt(),
    }
    try:
        async with Database(Settings()) as database, _passwords() as passwords, database.transaction() as session:
            admin = await accounts.register(session, passwords, fields, now=utcnow())
            await admins.open_for(session, None, admin, reason="create-admin")
    except AppError as refusal:
        messages = [text for found in (refusal.errors or {}).values() for text in found]
        sys.exit(" ".join(messages) or refusal.detail or refusal.title)
    _say(f"{admin.email} is an admin now.")


def _prompt() -> str:
    password = getpass.getpass("Password: ")
    if password != getpass.getpass("Password again: "):
        sys.exit("The two passwords differ.")
    return password


async def seed_demo(_arguments: list[str]) -> None:
    """The demo accounts; for development only, because everybody knows their password."""
    settings = Settings()
    if not settings.debug:
        sys.exit("Demo accounts are for development only: set DEBUG=true there.")
    async with Database(settings) as database, _passwords() as passwords:
        made = await demo.seed(database, passwords, now=utcnow())
    _say(f"Demo accounts: {made} new, {len(demo.PEOPLE) - made} were there.")


async def rotate_keys(arguments: list[str]) -> None:
    """Publish the next signing key; it signs once everybody knows it, and the others end after their last token."""
    argparse.ArgumentParser(prog="python -m identity rotate-keys", description=rotate_keys.__doc__).parse_args(
        arguments
    )
    settings = Settings()
    require_secret(settings.secret_key, debug=settings.debug)
    lead = timedelta(seconds=settings.key_lead_seconds)
    async with Database(settings) as database, database.transaction() as session:
        kid = await keys.rotate(
            session,
            derive_key(settings.secret_key, SEAL_SIGNING_KEYS),
            now=utcnow(),
            lead=lead,
            token_life=timedelta(seconds=settings.access_token_seconds),
        )
    _say(f"Key {kid} is published and signs in {lead.total_seconds():.0f} seconds.")


async def reset_second_factors(arguments: list[str]) -> None:
    """Take the second factors of somebody who has lost them; they log in by their password alone then."""
    parser = argparse.ArgumentParser(
        prog="python -m identity reset-second-factors",
        description=f"{reset_second_factors.__doc__} Ends their logins. Be sure that it is they who ask.",
    )
    parser.add_argument("--email", required=True)
    parser.add_argument("--reason", default="", help="for the audit log")
    options = parser.parse_args(arguments)
    async with Database(Settings()) as database, database.transaction() as session:
        found = await accounts.credentials(session, options.email)
        if found is None:
            sys.exit("There is no account with this e-mail address.")
        user = await accounts.hold(session, found.user_id)
        await factors.reset(session, user, actor=None, reason=options.reason, now=utcnow())
    _say(f"{user.email} has no second factor any more.")
