"""Bodies of the own data slice."""

from typing import Any
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from identity.accounts.schemas import Profile
from identity.factors.schemas import PasskeyOut
from shared.clock import UtcDatetime
from shared.export import Export
from shared.schemas import Body


class DeleteIn(Body):
    current_password: str | None = Field(
        default=None,
        max_length=4096,
        repr=False,
        description="Accounts without a password have to log in within the ten minutes before",
    )


class OwnProfile(Profile):
    updated_at: UtcDatetime


class OwnLogin(BaseModel):
    """A login that goes on or ended a short while ago."""

    model_config = ConfigDict(from_attributes=True)

    id: UUID
    created_at: UtcDatetime
    last_used_at: UtcDatetime
    user_agent: str
    address: str
    methods: list[str]
    revoked_at: UtcDatetime | None
    revoked_because: str | None


class OwnLinkedAccount(BaseModel):
    """An account at a provider that opens this one."""

    model_config = ConfigDict(from_attributes=True)

    provider: str
    subject: str = Field(description="The provider's own id for the person")
    email: str | None
    linked_at: UtcDatetime
    last_used_at: UtcDatetime | None


class OwnAuditLine(BaseModel):
    """Where somebody else did it, from where they did is theirs."""

    id: UUID
    occurred_at: UtcDatetime
    action: str
    by_yourself: bool
    before: dict[str, Any]
    after: dict[str, Any]
    reason: str
    address: str | None
    user_agent: str | None


class OwnFactors(BaseModel):
    """That there are some, and what they are called."""

    totp_since: UtcDatetime | None
    recovery_codes_left: int
    passkeys: list[PasskeyOut]


class OwnMail(BaseModel):
    """A mail that isn't sent yet, or couldn't be."""

    model_config = ConfigDict(from_attributes=True)

    kind: str
    recipient: str
    created_at: UtcDatetime
    failed_at: UtcDatetime | None


class OwnLink(BaseModel):
    """A mailed link that is still good, without what makes it so."""

    model_config = ConfigDict(from_attributes=True)

    purpose: str
    email: str
    created_at: UtcDatetime
    expires_at: UtcDatetime


class AccountExport(Export):
    profile: OwnProfile
    second_factors: OwnFactors
    linked_accounts: list[OwnLinkedAccount]
    mails: list[OwnMail]
    mailed_links: list[OwnLink]
    logins: list[OwnLogin]
    audit: list[OwnAuditLine]
