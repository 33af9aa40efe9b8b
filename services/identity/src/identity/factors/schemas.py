"""Bodies of the factors slice."""

from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from shared.clock import UtcDatetime
from shared.schemas import Body

Code = Annotated[str, StringConstraints(min_length=1, max_length=64)]
Credential = Annotated[dict[str, Any], Field(description="The browser's `PublicKeyCredential`, by its `toJSON()`")]
PasskeyName = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=100)]
Options = dict[str, Any]


class Confirmed(Body):
    """A change of how somebody logs in."""

    current_password: str | None = Field(
        default=None,
        min_length=1,
        max_length=4096,
        repr=False,
        description="Accounts without a password leave it out, and need a login that began within ten minutes",
    )


class SecondFactors(BaseModel):
    """An account's second factors."""

    model_config = ConfigDict(from_attributes=True)

    totp_since: UtcDatetime | None = Field(description="When the authenticator app was confirmed; null without one")
    passkeys: int
    recovery_codes_left: int
    required: bool = Field(description="Whether this account must have one: the last one can't be removed then")
    has_password: bool = Field(description="Whether changes need `current_password`")


class TotpEnrolment(BaseModel):
    model_config = ConfigDict(from_attributes=True)

    secret: str = Field(description="In base 32, to type into an authenticator app")
    uri: str = Field(description="`otpauth:`, for an app on the same device")
    qr_code: str = Field(description="The same as a QR code: an SVG document")


class TotpCode(Body):
    code: Code = Field(repr=False, examples=["123456"])


class FactorAdded(BaseModel):
    recovery_codes: list[str] | None = Field(
        description="Ten, with an account's first second factor, and never shown again; null with the others"
    )


class RecoveryCodes(BaseModel):
    recovery_codes: list[str] = Field(description="Ten, each good once, and never shown again")


class PasskeyIn(Body):
    name: PasskeyName = Field(examples=["Laptop"])
    credential: Credential


class PasskeyChange(Body):
    name: PasskeyName


class PasskeyOut(BaseModel):
    model_config = ConfigDict(from_attributes=True)

    id: UUID
    name: str
    backed_up: bool = Field(description="Whether it is synchronised, so that it outlives its device")
    created_at: UtcDatetime
    last_used_at: UtcDatetime | None


class PasskeyAdded(FactorAdded):
    passkey: PasskeyOut


class PasskeyOptionsIn(Body):
    challenge: str | None = Field(
        default=None, max_length=256, repr=False, description="Of a login whose second step this is to be"
    )


class PasskeyLoginIn(Body):
    credential: Credential


class SecondStepIn(Body):
    challenge: str = Field(min_length=1, max_length=256, repr=False, description="What the first step answered")
    method: Literal["totp", "recovery_code", "passkey"]
    code: Code | None = Field(default=None, repr=False, description="For `totp` and `recovery_code`")
    credential: Credential | None = Field(default=None, description="For `passkey`")


class Reason(Body):
    reason: str = Field(default="", max_length=500, description="For the audit log")
