"""Browsers keep their refresh token in a cookie that no script can read.

A page asks for that with `X-Auth-Mode: cookie`. The cookie alone is never enough: the request must have that header,
which other sites' pages can't send without leave, and must come from a page of our own, as the browser itself says.
"""

from dataclasses import dataclass
from datetime import timedelta
from typing import Annotated, Literal

from fastapi import Depends, Header, Request, Response

from shared.errors import Forbidden, InvalidInput

_REFRESH = "refresh_token"
_SECURE_REFRESH = "__Secure-refresh_token"  # browsers take this name over TLS only, and from nobody else
_HINT = "signed_in"
_REFRESH_PATH = "/api/auth/"


class CrossSite(Forbidden):
    code, title = "cross_site", "Only pages of this site may use its cookies"


@dataclass(frozen=True, slots=True)
class Browser:
    """The page that a request comes from. `secure` says whether it came by TLS."""

    refresh: str  # what its cookie holds, empty without one
    secure: bool

    def remember(self, response: Response, refresh: str, life: timedelta) -> None:
        """Hand a refresh token over, with a hint for pages that there is one. The hint grants nothing."""
        seconds = int(life.total_seconds())
        response.set_cookie(
            _name(self.secure),
            refresh,
            max_age=seconds,
            path=_REFRESH_PATH,
            secure=self.secure,
            httponly=True,
            samesite="strict",
        )
        response.set_cookie(_HINT, "1", max_age=seconds, path="/", secure=self.secure, samesite="lax")

    def forget(self, response: Response) -> None:
        """Take both cookies away."""
        response.delete_cookie(
            _name(self.secure), path=_REFRESH_PATH, secure=self.secure, httponly=True, samesite="strict"
        )
        response.delete_cookie(_HINT, path="/", secure=self.secure, samesite="lax")


def _browser(
    request: Request,
    mode: Annotated[
        Literal["cookie"] | None,
        Header(
            alias="X-Auth-Mode",
            description="`cookie`, for pages of this site: the refresh token comes and goes in a cookie that scripts"
            " can't read, never in a body; another cookie, `signed_in=1`, hints at it. The request must be of the same"
            " origin (`Sec-Fetch-Site`, else `Origin`). Other clients leave this out.",
        ),
    ] = None,
) -> Browser | None:
    """None for clients that keep their tokens themselves. Raises CrossSite."""
    if mode is None:
        return None
    secure = by_tls(request)
    if not _is_same_origin(request, secure=secure):
        raise CrossSite("Open the site itself and try again.")
    return Browser(request.cookies.get(_name(secure), ""), secure)


BrowserDep = Annotated[Browser | None, Depends(_browser)]


def refresh_token(request: Request, browser: Browser | None, given: str | None) -> str:
    """The refresh token that a request presents, in its body (`given`) or in a cookie.

    Raises CrossSite for a cookie that comes without the header, InvalidInput for nothing at all.
    """
    if browser is not None:
        return browser.refresh
    if given is not None:
        return given
    if _name(by_tls(request)) in request.cookies:
        raise CrossSite("Send `X-Auth-Mode: cookie` with the cookie.")
    raise InvalidInput(errors={"body": ["Field required"]})


def _name(secure: bool) -> str:
    return _SECURE_REFRESH if secure else _REFRESH


def by_tls(request: Request) -> bool:
    """Whether the client came by TLS."""
    # The gateway always says so, and passes on what its client claims only if that is a proxy it trusts.
    return request.headers.get("x-forwarded-proto", request.url.scheme) == "https"


def _is_same_origin(request: Request, *, secure: bool) -> bool:
    site = request.headers.get("sec-fetch-site")
    if site is not None:
        return site == "same-origin"
    # Older browsers, and any on plain HTTP at another name than localhost, tell the page's origin only.
    headers = request.headers
    host = (headers.get("x-forwarded-host") or headers.get("host", "")).lower()
    # Where TLS ends before a gateway that wasn't told so, pages are at https although we are asked by http.
    own = {f"https://{host}"} if secure else {f"https://{host}", f"http://{host}"}
    return bool(host) and headers.get("origin") in own
