"""Expected failures of the login slice."""

from collections.abc import Sequence

from shared.errors import Conflict, Forbidden, InvalidToken, SecondFactorRequired, Unauthenticated


class InvalidCredentials(Unauthenticated):
    """The same for an unknown address and for a wrong password: nobody learns who has an account."""

    code, title = "invalid_credentials", "E-mail address or password is wrong"

    def __init__(self) -> None:
        # No token was sent, so none is invalid.
        super().__init__(headers={"WWW-Authenticate": "Bearer"})


class LoginDisabled(Forbidden):
    """Said only to who knows the password."""

    code, title = "account_disabled", "This account is disabled"


class SecondStepRequired(SecondFactorRequired):
    """Said only to who knows the password. Carries what the second step answers, and how it can."""

    title = "A second factor is needed to log in"
    advice = "Send `challenge` to /api/auth/login/second-factor/ with one of `methods`."

    def __init__(self, challenge: str, methods: Sequence[str]) -> None:
        headers = {"Cache-Control": "no-store"}
        super().__init__(headers=headers, extra={"challenge": challenge, "methods": list(methods)})


class ReauthenticationRequired(Forbidden):
    """For accounts without a password, which can't be asked for it."""

    code, title = "reauthentication_required", "Please log in again to do this"
    advice = "This needs a login that began within the last ten minutes."


class InvalidRefreshToken(InvalidToken):
    title = "The refresh token is not valid"


class LastLoginMethod(Conflict):
    code, title = "last_login_method", "There would be no way left to log in"
    advice = "Set a password, add a passkey or link another provider first."
