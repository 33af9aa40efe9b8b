"""Bodies of the accounts slice."""

from dataclasses import dataclass
from datetime import date
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from identity.accounts.fields import Avatar, Bio, Email, Name, OwnUsername, Preferences, Timezone, Username
from identity.accounts.passwords import NewPassword
from identity.login.schemas import LoginOut
from shared.auth import Role
from shared.clock import UtcDatetime
from shared.schemas import Body


class RegisterIn(Body):
    email: Email
    username: OwnUsername
    password: NewPassword
    first_name: Name = ""
    last_name: Name = ""
    role: Literal["user", "creator"] = "user"


class Registered(BaseModel):
    model_config = ConfigDict(from_attributes=True)

    id: UUID
    email: str
    username: str
    first_name: str
    last_name: str
    role: Role


def _without_defaults(schema: dict[str, Any]) -> None:
    for field in schema.get("properties", {}).values():
        field.pop("default", None)


class Partial(Body):
    """A change: what isn't given stays as it is, so the defaults that make fields optional aren't shown to anybody."""

    model_config = ConfigDict(json_schema_extra=_without_defaults)


class ProfileIn(Partial):
    """Partial: what isn't given stays as it is."""

    first_name: Name = ""
    last_name: Name = ""
    avatar: Avatar | None = None
    bio: Bio = ""
    timezone: Timezone = "UTC"
    preferences: Preferences = Field(default_factory=dict)


class Profile(BaseModel):
    model_config = ConfigDict(from_attributes=True)

    id: UUID
    email: str
    username: str
    first_name: str
    last_name: str
    role: Role
    avatar: str | None = Field(description="An https address, or the place of a stored picture on this site")
    timezone: str
    bio: str
    preferences: dict[str, Any]
    email_verified: bool
    profile_completion: int = Field(ge=0, le=100, description="Percent")
    created_at: UtcDatetime


class PasswordChangeIn(Body):
    current_password: str = Field(min_length=1, max_length=4096, repr=False)
    new_password: NewPassword


class BecameCreator(LoginOut):
    """The user as a creator, with tokens that say so."""


# Why an admin does something, for the audit log.
Reason = Annotated[str, Field(max_length=500, description="Why, for the audit log")]


class UserIn(Body):
    """What admins give for a new account."""

    email: Email
    username: Username
    password: NewPassword
    first_name: Name = ""
    last_name: Name = ""
    role: Role = Role.USER
    avatar: Avatar | None = None
    bio: Bio = ""
    timezone: Timezone = "UTC"
    is_active: bool = True
    reason: Reason = ""


class UserChange(Partial):
    """Partial: what isn't given stays as it is."""

    email: Email = ""
    username: Username = ""
    first_name: Name = ""
    last_name: Name = ""
    role: Role = Role.USER
    avatar: Avatar | None = None
    bio: Bio = ""
    timezone: Timezone = "UTC"
    is_active: bool = True
    reason: Reason = ""


@dataclass(frozen=True, slots=True)
class Filters:
    """What part of the accounts is asked for; days are UTC days."""

    search: str | None = None
    role: str | None = None
    is_active: bool | None = None
    email_verified: bool | None = None
    created_from: date | None = None
    created_to: date | None = None


class UserOut(BaseModel):
    """An account as admins see it."""

    model_config = ConfigDict(from_attributes=True)

    id: UUID
    email: str
    username: str
    first_name: str
    last_name: str
    role: Role
    avatar: str | None
    timezone: str
    bio: str
    email_verified: bool
    profile_completion: int = Field(ge=0, le=100, description="Percent")
    is_active: bool
    anonymised_at: UtcDatetime | None = Field(description="When it was deleted: final, unlike being inactive")
    created_at: UtcDatetime
    updated_at: UtcDatetime


class RoleCounts(BaseModel):
    user: int
    creator: int
    admin: int


class RegistrationsOfDay(RoleCounts):
    date: date


class UserStats(BaseModel):
    total: int
    active: int
    inactive: int
    by_role: RoleCounts = Field(description="Active accounts")
    new_last_7_days: int
    new_last_30_days: int
    logins: int = Field(description="Logins that go on now")
    registered: RoleCounts = Field(description="Accounts opened in the period, also inactive ones, by today's role")
    series: list[RegistrationsOfDay] = Field(description="The same per UTC day, in order; days with none are left out")
