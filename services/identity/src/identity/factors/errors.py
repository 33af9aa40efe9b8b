"""Expected failures of the factors slice."""

from shared.errors import Conflict, Unauthenticated


class InvalidChallenge(Unauthenticated):
    """The same for a challenge that is unknown, expired, answered, or was tried too often."""

    code, title = "invalid_challenge", "This log-in can't be continued"
    advice = "Log in again from the start."

    def __init__(self) -> None:
        # No token was sent, so none is invalid.
        super().__init__(headers={"WWW-Authenticate": "Bearer"})


class InvalidSecondFactor(Unauthenticated):
    code, title = "invalid_second_factor", "This is not a valid second factor"
    advice = "A code is good once, and for about a minute. Wait for the next one and try again."

    def __init__(self, *, attempts_left: int) -> None:
        super().__init__(headers={"WWW-Authenticate": "Bearer"}, extra={"attempts_left": attempts_left})


class InvalidPasskey(Unauthenticated):
    """The same whatever is wrong: nobody learns which passkeys there are."""

    code, title = "invalid_passkey", "This passkey can't be used here"
    advice = "Try again, or log in another way."

    def __init__(self) -> None:
        super().__init__(headers={"WWW-Authenticate": "Bearer"})


class TotpNotStarted(Conflict):
    code, title = "totp_not_started", "No authenticator app waits for its first code"
    advice = "Start again: the secret is good for ten minutes."


class PasskeyExists(Conflict):
    code, title = "passkey_exists", "This passkey is registered already"


class TooManyPasskeys(Conflict):
    code, title = "too_many_passkeys", "There are too many passkeys on this account"
    advice = "Remove one that you don't use any more."


class NoSecondFactor(Conflict):
    code, title = "no_second_factor", "This account has no second factor"
    advice = "Recovery codes replace a second factor: add an authenticator app or a passkey first."


class LastSecondFactor(Conflict):
    """Said to admins, where they must have one."""

    code, title = "second_factor_required", "Admins need a second factor here"
    advice = "Add another one before you remove this one."
