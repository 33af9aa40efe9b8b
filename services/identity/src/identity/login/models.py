"""Tables of the login slice."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import ARRAY, DateTime, ForeignKey, LargeBinary, Text, Uuid
from sqlalchemy.orm import Mapped, mapped_column

from identity.base import Base


class Login(Base):
    """One login, which is a family of refresh tokens; its id is the `sid` of the tokens.

    Address and user agent are those of its latest use.
    """

    __tablename__ = "logins"

    id: Mapped[UUID] = mapped_column(Uuid, primary_key=True)
    user_id: Mapped[UUID] = mapped_column(ForeignKey("identity.users.id"))
    created_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))
    last_used_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))
    user_agent: Mapped[str] = mapped_column(Text)
    address: Mapped[str] = mapped_column(Text)
    device_hash: Mapped[bytes | None] = mapped_column(LargeBinary)
    tokens_expire_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))  # its access tokens, at the latest
    methods: Mapped[list[str]] = mapped_column(ARRAY(Text))
    revoked_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    revoked_because: Mapped[str | None] = mapped_column(Text)


class RefreshToken(Base):
    """A token of a family, by its hash; `used_at` says when its successor took over."""

    __tablename__ = "refresh_tokens"

    token_hash: Mapped[bytes] = mapped_column(LargeBinary, primary_key=True)
    login_id: Mapped[UUID] = mapped_column(ForeignKey("identity.logins.id"))
    predecessor: Mapped[bytes | None] = mapped_column(LargeBinary)
    created_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))
    expires_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))
    used_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
