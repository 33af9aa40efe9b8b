"""Bodies of the login slice."""

from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from shared.auth import Role
from shared.clock import UtcDatetime
from shared.schemas import Body


class LoginIn(Body):
    # Neither is checked against the rules for new ones: what isn't right is simply wrong.
    email: str = Field(min_length=1, max_length=320, examples=["ada@example.com"])
    password: str = Field(min_length=1, max_length=4096, repr=False)


class RefreshIn(Body):
    refresh: str = Field(max_length=4096, repr=False)


class Tokens(BaseModel):
    access: str = Field(description="For `Authorization: Bearer …`; 15 minutes")
    refresh: str = Field(description="For one refresh; 14 days")


class LoginUser(BaseModel):
    """Who logged in."""

    model_config = ConfigDict(from_attributes=True)

    id: UUID
    email: str
    username: str
    first_name: str
    last_name: str
    role: Role
    avatar: str | None


class LoginOut(BaseModel):
    user: LoginUser
    access: str = Field(description="For `Authorization: Bearer …`; 15 minutes")
    refresh: str = Field(description="For one refresh; 14 days")


class BrowserToken(BaseModel):
    """To a page, which has its refresh token in a cookie."""

    access: str = Field(description="For `Authorization: Bearer …`; 15 minutes")


class BrowserLogin(BrowserToken):
    """To a page that logged in."""

    user: LoginUser


class LogOutAllIn(Body):
    except_current: bool = Field(default=False, description="Whether the login that asks goes on")


class LogOutUserIn(Body):
    """What admins may say about it."""

    reason: str = Field(default="", max_length=500, description="Why, for the audit log")


class DeviceOut(BaseModel):
    """A login that goes on."""

    id: UUID
    label: str = Field(description="Readable, from the user agent", examples=["Firefox on Linux"])
    user_agent: str
    address: str = Field(description="Of its latest refresh; empty where none is known")
    created_at: UtcDatetime
    last_used_at: UtcDatetime = Field(description="When it was last refreshed")
    current: bool = Field(description="Whether this request belongs to it")
