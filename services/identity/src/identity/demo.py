"""The people of the demo. Their ids are fixed, so that the other services' demo data can name them."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID, uuid5

from identity.accounts import service as accounts
from identity.accounts.errors import EmailTaken, UsernameTaken
from identity.accounts.passwords import UNUSABLE, Passwords
from shared.db import Database
from shared.errors import NotFound
from shared.logging import get_logger

log = get_logger(__name__)

_MEMBERS_FOR = timedelta(days=120)  # older than everything that they did
_NAMESPACE = UUID("5e551045-0000-4000-8000-000000000000")
# Shorter than the rules allow, which is why it never passes through them.
_PASSWORD = "test123"  # noqa: S105 - printed in the README


@dataclass(frozen=True, slots=True)
class Person:
    username: str
    email: str
    first_name: str
    last_name: str
    role: str
    timezone: str
    bio: str = ""
    can_log_in: bool = False

    @property
    def id(self) -> UUID:
        return uuid5(_NAMESPACE, f"user:{self.username}")


PEOPLE = (
    Person(
        "testcreator",
        "creator@test.com",
        "Test",
        "Creator",
        "creator",
        "Europe/Berlin",
        "Writes software for a living and teaches it for fun: small groups, real code, no slides.",
        can_log_in=True,
    ),
    Person("testuser", "user@test.com", "Test", "User", "user", "Europe/London", can_log_in=True),
    Person(
        "mayalindqvist",
        "maya.lindqvist@example.com",
        "Maya",
        "Lindqvist",
        "creator",
        "Europe/Stockholm",
        "Product designer of fifteen years. Helps teams to draw less and to decide sooner.",
    ),
    Person(
        "kwamemensah",
        "kwame.mensah@example.com",
        "Kwame",
        "Mensah",
        "creator",
        "Africa/Accra",
        "Data engineer and former maths teacher who still believes that everybody can like statistics.",
    ),
    Person(
        "sofiareyes",
        "sofia.reyes@example.com",
        "Sofia",
        "Reyes",
        "creator",
        "America/Mexico_City",
        "Conference interpreter. Teaches Spanish by conversation, from the first minute on.",
    ),
    Person(
        "tomaszkowal",
        "tomasz.kowal@example.com",
        "Tomasz",
        "Kowal",
        "creator",
        "Europe/Warsaw",
        "Photographer and yoga teacher in Kraków. Light in the morning, breath in the evening.",
    ),
    Person("noraberg", "nora.berg@example.com", "Nora", "Berg", "user", "Europe/Oslo"),
    Person("liamchen", "liam.chen@example.com", "Liam", "Chen", "user", "America/Vancouver"),
    Person("aishapatel", "aisha.patel@example.com", "Aisha", "Patel", "user", "Asia/Kolkata"),
)


async def seed(database: Database, passwords: Passwords, *, now: datetime) -> int:
    """Open the accounts that aren't there yet; returns how many. Nobody can log in to those without a password."""
    made = 0
    for person in PEOPLE:
        try:
            async with database.transaction() as session:
                try:
                    await accounts.get(session, person.id)
                    continue
                except NotFound:
                    pass
                fields = {
                    "id": person.id,
                    "email": person.email,
                    "username": person.username,
                    "password_hash": await passwords.hash(_PASSWORD) if person.can_log_in else UNUSABLE,
                    "first_name": person.first_name,
                    "last_name": person.last_name,
                    "role": person.role,
                    "timezone": person.timezone,
                    "bio": person.bio,
                    "email_verified": True,
                }
                await accounts.create(session, fields, now=now - _MEMBERS_FOR)
                made += 1
        except (EmailTaken, UsernameTaken):
            log.warning("somebody else has a demo account's name", username=person.username)
    return made
