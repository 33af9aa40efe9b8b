"""Tables of the accounts slice."""

import secrets
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, Boolean, DateTime, Text, Uuid
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from identity.accounts.passwords import UNUSABLE
from identity.base import Base


class User(Base):
    """An account. `version` counts the changes that events tell of."""

    __tablename__ = "users"

    id: Mapped[UUID] = mapped_column(Uuid, primary_key=True)
    email: Mapped[str] = mapped_column(Text)
    username: Mapped[str] = mapped_column(Text)
    password_hash: Mapped[str] = mapped_column(Text)
    first_name: Mapped[str] = mapped_column(Text)
    last_name: Mapped[str] = mapped_column(Text)
    role: Mapped[str] = mapped_column(Text)
    avatar: Mapped[str | None] = mapped_column(Text)
    bio: Mapped[str] = mapped_column(Text)
    timezone: Mapped[str] = mapped_column(Text)
    preferences: Mapped[dict[str, Any]] = mapped_column(JSONB)
    email_verified: Mapped[bool] = mapped_column(Boolean)
    is_active: Mapped[bool] = mapped_column(Boolean)
    anonymised_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    version: Mapped[int] = mapped_column(BigInteger)
    created_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))
    updated_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))

    @property
    def profile_completion(self) -> int:
        """Percent: the account itself and the four things people look for, a fifth each."""
        filled = [True, bool(self.first_name), bool(self.last_name), bool(self.avatar), bool(self.bio)]
        return 100 * sum(filled) // len(filled)


# An account's profile before somebody tells of themselves, and after they are forgotten.
BLANK: dict[str, Any] = {
    "first_name": "",
    "last_name": "",
    "avatar": None,
    "bio": "",
    "timezone": "UTC",
    "preferences": {},
}


def anonymous(now: datetime) -> dict[str, Any]:
    """The fields of an account of which nobody knows any more whose it was."""
    # Not made from the id, which is public: nobody can take the name before.
    name = f"deleted-{secrets.token_hex(12)}"
    return {
        "email": f"{name}@deleted.invalid",
        "username": name,
        "password_hash": UNUSABLE,
        **BLANK,
        "is_active": False,
        "anonymised_at": now,
    }
