"""Expected failures: named exceptions with a stable code and a status, and the one place that turns them into answers.

Answers are problem documents (RFC 9457) as `application/problem+json`.
"""

from typing import Any, ClassVar

from pydantic import BaseModel, Field


class Problem(BaseModel):
    """A problem document, RFC 9457, with our extension members."""

    type: str = Field(examples=["about:blank"])
    title: str
    status: int
    detail: str | None = None
    code: str = Field(description="Stable and machine readable")
    request_id: str | None = None
    errors: dict[str, list[str]] | None = Field(default=None, description="Messages per field, for bad input")


class AppError(Exception):
    """An expected failure. Subclasses name it; `detail` says what to do next, and `advice` does where none is given."""

    status: ClassVar[int] = 500
    code: ClassVar[str] = "internal_error"
    title: ClassVar[str] = "Something went wrong on our side"
    advice: ClassVar[str] = "Nothing was changed. Please try again, and tell us if it stays."

    def __init__(
        self,
        detail: str | None = None,
        *,
        errors: dict[str, list[str]] | None = None,
        headers: dict[str, str] | None = None,
        extra: dict[str, Any] | None = None,
    ) -> None:
        super().__init__(detail or self.title)
        self.detail = detail
        self.errors = errors
        self.headers = headers or {}
        self.extra = extra or {}

    def problem(self, request_id: str | None) -> dict[str, Any]:
        """The problem document as a JSON-ready dict; members without a value are left out."""
        document: dict[str, Any] = {
            "type": "about:blank",
            "title": self.title,
            "status": self.status,
            "detail": self.detail or self.advice,
            "code": self.code,
            "request_id": request_id,
            "errors": self.errors,
            **self.extra,
        }
        return {name: value for name, value in document.items() if value is not None}


class BadRequest(AppError):
    status, code, title = 400, "bad_request", "The request can't be understood"
    advice = "Nothing was changed. Correct the request and send it again."


class InvalidInput(BadRequest):
    code, title = "invalid_input", "Some of the input isn't valid"
    advice = "Nothing was changed. Correct the fields named in `errors` and send it again."


class Unauthenticated(AppError):
    status, code, title = 401, "not_authenticated", "Please log in"
    advice = "Send the access token that a login gives you as a bearer token."

    def __init__(self, detail: str | None = None, **kwargs: Any) -> None:
        super().__init__(detail, **kwargs)
        # RFC 6750 section 3: no error attribute when the request carried no credentials at all.
        challenge = "Bearer" if self.code == "not_authenticated" else 'Bearer error="invalid_token"'
        self.headers.setdefault("WWW-Authenticate", challenge)


class InvalidToken(Unauthenticated):
    code, title = "invalid_token", "The access token is not valid"
    advice = "Refresh it, or log in again."


class AccountDisabled(Unauthenticated):
    code, title = "account_disabled", "This account is disabled"
    advice = "Please ask the people who run this place."


class Forbidden(AppError):
    status, code, title = 403, "forbidden", "You may not do this"
    advice = "Your account lacks the right to it."


class SecondFactorRequired(Forbidden):
    code, title = "second_factor_required", "This needs a login with a second factor"
    advice = "Set up a second factor in your profile, then log in with it."


class NotFound(AppError):
    status, code, title = 404, "not_found", "Nothing here"
    advice = "Check the address; what was here may have been deleted."


class MethodNotAllowed(AppError):
    status, code, title = 405, "method_not_allowed", "This method isn't supported here"
    advice = "The header Allow names those that are."


class Conflict(AppError):
    status, code, title = 409, "conflict", "This conflicts with the current state"
    advice = "Nothing was changed."


class PreconditionFailed(AppError):
    status, code, title = 412, "precondition_failed", "It has changed since you read it"
    advice = "Nothing was changed. Read it again, then decide."


class TooLarge(AppError):
    status, code, title = 413, "too_large", "The request is too large"
    advice = "Send less at once."


class AddressTooLong(AppError):
    status, code, title = 414, "address_too_long", "The address is too long"
    advice = "Ask for less at once: a query has at most 4096 bytes."


class UnsupportedMediaType(AppError):
    status, code, title = 415, "unsupported_media_type", "Please send application/json"
    advice = "Send JSON in UTF-8, uncompressed, with Content-Type: application/json."


class TooManyRequests(AppError):
    status, code, title = 429, "too_many_requests", "Too many requests"
    advice = "Wait as long as Retry-After says, then try again."

    def __init__(self, detail: str | None = None, *, retry_after: int, **kwargs: Any) -> None:
        super().__init__(detail, **kwargs)
        self.headers["Retry-After"] = str(retry_after)


class Unavailable(AppError):
    status, code, title = 503, "unavailable", "A part we depend on doesn't answer"
    advice = "Nothing was changed. Please try again in a moment."

    def __init__(self, detail: str | None = None, *, retry_after: int = 2, **kwargs: Any) -> None:
        super().__init__(detail, **kwargs)
        self.headers["Retry-After"] = str(retry_after)


def problem_responses(*errors: type[AppError]) -> dict[int | str, dict[str, Any]]:
    """FastAPI's `responses=` for the failures an endpoint names; codes of one status are listed together."""
    by_status: dict[int | str, list[type[AppError]]] = {}
    for error in errors:
        by_status.setdefault(error.status, []).append(error)
    return {
        status: {
            "description": " · ".join(f"`{error.code}`: {error.title}" for error in group),
            "content": {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}},
        }
        for status, group in by_status.items()
    }
