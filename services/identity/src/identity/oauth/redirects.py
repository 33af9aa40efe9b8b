"""Where browsers are sent to within the site, and the cookie that ties an attempt to its browser."""

import re
from hashlib import sha256
from urllib.parse import urlencode

from fastapi import Request, Response
from fastapi.responses import RedirectResponse

from identity.browser import by_tls
from identity.factors.challenges import SecondFactorNeeded
from identity.oauth.providers import Provider

LIFE_SECONDS = 10 * 60
_SECRET = re.compile(r"[A-Za-z0-9_-]{43}")
_NEXT = re.compile(r"/(?![/\\])[^\\\x00-\x20\x7f]*")
_LONGEST_NEXT = 2000


def safe_next(given: str | None) -> str:
    """A path of this site to go on at; whatever leads elsewhere, or nowhere, becomes the home page."""
    if not given or len(given) > _LONGEST_NEXT or not _NEXT.fullmatch(given) or not given.isprintable():
        return "/"
    path = re.split("[?#]", given, maxsplit=1)[0]
    if "//" in path or "/./" in path or "/../" in path or re.match("/(?:login|auth|accounts|api)(?:/|$)", path):
        return "/"
    return given


def to(path: str, **query: str) -> RedirectResponse:
    """To a page of this site. Never kept: each is one person's."""
    address = f"{path}?{urlencode(query)}" if query else path
    return RedirectResponse(address, 302, headers={"Cache-Control": "no-store"})


def to_second_step(needed: SecondFactorNeeded, path: str) -> RedirectResponse:
    """To the login page's second step. Behind the #, which no server and no log ever sees."""
    about = {"second_factor": needed.challenge, "methods": ",".join(needed.methods), "next": path}
    return to(f"/login#{urlencode(about)}")


class StateCookie:
    """One per attempt, so that two tabs don't disturb each other. It goes to the callback alone.

    Lax, since the provider's redirect comes from another site.
    """

    def __init__(self, request: Request, provider: Provider, state: str) -> None:
        self._secure = by_tls(request)
        self._path = f"/accounts/{provider}/login/callback"
        prefix = "__Secure-" if self._secure else ""
        self._name = f"{prefix}oauth_{sha256(state.encode()).hexdigest()[:16]}"
        given = request.cookies.get(self._name, "")
        self.value = given if _SECRET.fullmatch(given) else None

    def set(self, response: Response, value: str) -> None:
        response.set_cookie(
            self._name,
            value,
            max_age=LIFE_SECONDS,
            path=self._path,
            secure=self._secure,
            httponly=True,
            samesite="lax",
        )

    def delete(self, response: Response) -> None:
        response.delete_cookie(self._name, path=self._path, secure=self._secure, httponly=True, samesite="lax")
