"""Expected failures of the login slice."""

from shared.errors import Forbidden, InvalidToken, Unauthenticated


class InvalidCredentials(Unauthenticated):
    """The same for an unknown address and for a wrong password: nobody learns who has an account."""

    code, title = "invalid_credentials", "E-mail address or password is wrong"

    def __init__(self) -> None:
        # No token was sent, so none is invalid.
        super().__init__(headers={"WWW-Authenticate": "Bearer"})


class LoginDisabled(Forbidden):
    """Said only to who knows the password."""

    code, title = "account_disabled", "This account is disabled"


class ReauthenticationRequired(Forbidden):
    """For accounts without a password, which can't be asked for it."""

    code, title = "reauthentication_required", "Please log in again to do this"
    advice = "This needs a login that began within the last ten minutes."


class InvalidRefreshToken(InvalidToken):
    title = "The refresh token is not valid"
