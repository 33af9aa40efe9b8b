"""Bodies of the oauth slice."""

from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field

from identity.oauth.providers import Provider
from shared.clock import UtcDatetime
from shared.schemas import Body

# Printable ASCII without blanks: what is copied along with them from a console would never work.
ClientId = Annotated[str, Field(min_length=1, max_length=255, pattern=r"^[\x21-\x7e]+$")]
ClientSecret = Annotated[
    str,
    Field(min_length=1, max_length=1000, pattern=r"^[\x21-\x7e]+$", repr=False, json_schema_extra={"writeOnly": True}),
]


class ProviderOut(BaseModel):
    provider: Provider
    name: str = Field(examples=["Google"])
    login_url: str = Field(examples=["/api/auth/oauth/google/login/"])


class LinkIn(Body):
    current_password: str | None = Field(
        default=None, max_length=4096, repr=False, description="Needed where the account has a password"
    )


class UnlinkIn(LinkIn):
    """As for linking."""


class LinkOut(BaseModel):
    authorize_url: str = Field(description="Send the browser that asked there; no other can finish this")


class LinkedOut(BaseModel):
    provider: Provider
    name: str
    email: str | None = Field(description="As the provider told it last")
    linked_at: UtcDatetime
    last_used_at: UtcDatetime | None


class AppIn(Body):
    provider: Provider
    client_id: ClientId
    client_secret: ClientSecret
    enabled: bool = True


def _without_defaults(schema: dict[str, Any]) -> None:
    for field in schema.get("properties", {}).values():
        field.pop("default", None)


class AppChange(Body):
    """Partial: what isn't given stays as it is."""

    model_config = ConfigDict(json_schema_extra=_without_defaults)

    client_id: ClientId = ""
    client_secret: ClientSecret = ""
    enabled: bool = True


class AppOut(BaseModel):
    """Without the secret, which is never shown again."""

    model_config = ConfigDict(from_attributes=True)

    provider: Provider
    client_id: str
    enabled: bool = Field(description="Off: nobody logs in with this provider, whatever the environment says")
    redirect_uri: str = Field(description="To be registered at the provider, to the letter")
    created_at: UtcDatetime
    updated_at: UtcDatetime
