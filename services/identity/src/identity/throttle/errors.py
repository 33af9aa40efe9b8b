"""Expected failures of the throttle slice."""

from shared.errors import TooManyRequests


class TooManyAttempts(TooManyRequests):
    code, title = "too_many_attempts", "Too many tries"
    advice = "Wait as long as Retry-After says, then try again."
