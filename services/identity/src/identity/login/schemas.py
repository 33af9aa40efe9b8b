"""Bodies of the login slice."""

from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from shared.auth import Role
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
