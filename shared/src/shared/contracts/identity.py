"""Events of the identity service: people."""

from datetime import datetime
from typing import ClassVar, Literal

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
