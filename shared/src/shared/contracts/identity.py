"""Events of the identity service: people, and the ends of their logins."""

from datetime import datetime
from typing import ClassVar, Literal
from uuid import UUID

from shared.contracts.base import Event


class UserState(Event):
    aggregate_type: ClassVar[str] = "user"

    email: str
    username: str
    first_name: str
    last_name: str
    role: Literal["user", "creator", "admin"]
    avatar: str | None
    bio: str
    is_active: bool
    created_at: datetime


class UserRegistered(UserState):
    type: ClassVar[str] = "identity.user.registered.v1"


class UserUpdated(UserState):
    type: ClassVar[str] = "identity.user.updated.v1"


class UserRoleChanged(UserState):
    type: ClassVar[str] = "identity.user.role_changed.v1"


class UserDeactivated(UserState):
    type: ClassVar[str] = "identity.user.deactivated.v1"


class LoginRevoked(Event):
    """A login ended while access tokens of it may still live; until `tokens_expire_at` they must be refused."""

    type: ClassVar[str] = "identity.login.revoked.v1"
    aggregate_type: ClassVar[str] = "login"

    user_id: UUID
    revoked_at: datetime
    tokens_expire_at: datetime
