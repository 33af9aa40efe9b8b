from datetime import datetime
from uuid import UUID

from sqlalchemy import BigInteger
from sqlalchemy.dialects.postgresql import TIMESTAMP
from sqlalchemy.orm import Mapped, mapped_column

from catalog.base import Base


class User(Base):
    """Replica of an account of identity. `version` 0: made from a token, no event has arrived yet."""

    __tablename__ = "users"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    version: Mapped[int] = mapped_column(BigInteger)
    role: Mapped[str]
    is_active: Mapped[bool]
    username: Mapped[str]
    first_name: Mapped[str]
    last_name: Mapped[str]
    avatar: Mapped[str | None]
    bio: Mapped[str]
    created_at: Mapped[datetime] = mapped_column(TIMESTAMP(timezone=True))
