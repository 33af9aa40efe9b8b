"""Tables of the oauth slice."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import Boolean, DateTime, ForeignKey, LargeBinary, Text, Uuid
from sqlalchemy.orm import Mapped, mapped_column

from identity.base import Base


class LinkedAccount(Base):
    """Somebody's account at a provider, told by the provider's own id for it; whose it is here."""

    __tablename__ = "oauth_accounts"

    provider: Mapped[str] = mapped_column(Text, primary_key=True)
    subject: Mapped[str] = mapped_column(Text, primary_key=True)
    user_id: Mapped[UUID] = mapped_column(ForeignKey("identity.users.id"))
    email: Mapped[str | None] = mapped_column(Text)  # as the provider told it last; it says nothing of who this is
    linked_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))
    last_used_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))


class OAuthApp(Base):
    """What an admin entered of our registration at a provider. It overrides the environment."""

    __tablename__ = "oauth_apps"

    provider: Mapped[str] = mapped_column(Text, primary_key=True)
    client_id: Mapped[str] = mapped_column(Text)
    client_secret: Mapped[bytes] = mapped_column(LargeBinary)  # sealed
    enabled: Mapped[bool] = mapped_column(Boolean)
    created_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))
    updated_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))


class Authorization(Base):
    """A browser that was sent to a provider and hasn't come back yet."""

    __tablename__ = "oauth_authorizations"

    state_hash: Mapped[bytes] = mapped_column(LargeBinary, primary_key=True)
    cookie_hash: Mapped[bytes] = mapped_column(LargeBinary)
    provider: Mapped[str] = mapped_column(Text)
    purpose: Mapped[str] = mapped_column(Text)
    user_id: Mapped[UUID | None] = mapped_column(ForeignKey("identity.users.id"))
    login_id: Mapped[UUID | None] = mapped_column(Uuid)
    secrets: Mapped[bytes] = mapped_column(LargeBinary)  # sealed: PKCE verifier, nonce, the device's secret
    next: Mapped[str] = mapped_column(Text)
    expires_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))
