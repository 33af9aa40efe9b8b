"""Bodies of the confirmations slice."""

from pydantic import Field

from identity.accounts.fields import Email
from identity.accounts.passwords import NewPassword
from shared.schemas import Body


class TokenIn(Body):
    token: str = Field(min_length=1, max_length=200, repr=False, description="Of the link that was mailed")


class ResetRequestIn(Body):
    email: Email


class ResetIn(TokenIn):
    new_password: NewPassword


class EmailChangeIn(Body):
    new_email: Email
    current_password: str | None = Field(
        default=None, max_length=4096, repr=False, description="Not needed by accounts without a password"
    )
