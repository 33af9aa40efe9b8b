"""Expected failures of the oauth slice.

Where a browser is on its way, they become redirects that carry the code; the web app has a text for each.
"""

from shared.errors import AppError, Conflict, NotFound, Unavailable


class ProviderOff(NotFound):
    code, title = "oauth_off", "This provider isn't set up here"
    advice = "`GET /api/auth/oauth/providers/` lists those that are."


class InvalidState(Conflict):
    """Nobody learns which it was: unknown, used, expired, of another provider, or of another browser."""

    code, title = "oauth_state", "This log-in was begun too long ago, or in another browser"


class ConsentDenied(Conflict):
    code, title = "oauth_denied", "The provider says that you cancelled"


class Misconfigured(Conflict):
    code, title = "oauth_misconfigured", "This provider isn't set up rightly here"
    advice = "The log says what the provider refused; docs/oauth.md says what to do about it."


class ProviderUnavailable(Unavailable):
    code, title = "oauth_unavailable", "The provider doesn't answer right now"


class ProviderRefused(AppError):
    """What came from the provider can't be trusted, or it refused what we sent."""

    status, code, title = 502, "oauth_failed", "Logging in with the provider didn't work"


class EmailUnverified(Conflict):
    code, title = "oauth_email_unverified", "The provider hasn't verified an e-mail address of yours"


class EmailBelongsToAccount(Conflict):
    code, title = "oauth_email_taken", "There is an account with this e-mail address already"
    advice = "Log in to it, then link the provider there."


class IdentityTaken(Conflict):
    code, title = "oauth_identity_taken", "Another account here logs in with this one of the provider"


class AlreadyLinked(Conflict):
    code, title = "oauth_already_linked", "Your account is linked with another one of this provider"
    advice = "Unlink that first."


class LinkingEnded(Conflict):
    code, title = "oauth_login_ended", "The login that asked to link has ended meanwhile"


class NotLinked(NotFound):
    code, title = "not_linked", "Your account isn't linked with this provider"
    advice = "Nothing was changed."


class AppExists(Conflict):
    code, title = "oauth_app_exists", "This provider has an app already"
    advice = "Change that one, or delete it first."
