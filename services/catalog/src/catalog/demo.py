"""The demo's sessions. Their ids are fixed, so that the booking service's demo data can name them."""

import tomllib
from datetime import datetime, timedelta
from importlib.resources import files
from typing import Any
from uuid import UUID, uuid4, uuid5

from catalog.creators import service as creators
from catalog.sessions.schemas import SessionCreate
from catalog.sessions.service import writing
from shared.auth import CurrentUser, Role
from shared.db import Database

_ON_OFFER_FOR = timedelta(days=60)  # longer than the oldest booking
_NAMESPACE = UUID("5e551045-0000-4000-8000-000000000000")


def entries() -> list[dict[str, Any]]:
    """The sessions of demo.toml: what a creator would send, and `slug`, `by` and `days_ago`."""
    found: list[dict[str, Any]] = tomllib.loads(files("catalog").joinpath("demo.toml").read_text("utf-8"))["session"]
    return found


def creator_id(username: str) -> UUID:
    return uuid5(_NAMESPACE, f"user:{username}")


def session_id(slug: str) -> UUID:
    return uuid5(_NAMESPACE, f"session:{slug}")


async def missing_creators(database: Database) -> list[str]:
    """Usernames that the replica doesn't know yet."""
    names = sorted({entry["by"] for entry in entries()})
    async with database.transaction() as session:
        return [name for name in names if await creators.known(session, creator_id(name)) is None]


async def seed(database: Database, *, now: datetime) -> int:
    """Create those that aren't there, nor were deleted; returns how many. The creators must be known."""
    made = 0
    for entry in entries():
        async with database.transaction() as session:
            if await writing.exists(session, session_id(entry["slug"])):
                continue
            creator = await creators.known(session, creator_id(entry["by"]))
            assert creator is not None
            caller = CurrentUser(
                id=creator.id,
                role=Role.CREATOR,
                username=creator.username,
                first_name=creator.first_name,
                last_name=creator.last_name,
                sid=uuid4(),
                version=creator.version,
            )
            body = SessionCreate.model_validate({**entry, "description": entry["description"].strip()})
            created = now - _ON_OFFER_FOR - timedelta(days=entry["days_ago"])
            await writing.create(session, caller, body, created, session_id=session_id(entry["slug"]))
            made += 1
    return made
