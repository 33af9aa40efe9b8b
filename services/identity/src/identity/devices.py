"""Devices that accounts are used from, told again by a cookie that outlives logins.

The cookie names a browser and grants nothing: a device that an account has been logged in from doesn't wait behind
strangers who guess its password, and its logins are no news to the account's owner.
"""

import hashlib
import re
import secrets
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Annotated

from fastapi import Depends, Request, Response

from identity.browser import by_tls
from shared import tracing

DEVICE_LIFE = timedelta(days=365)
_COOKIE = "device"
_SECURE_COOKIE = "__Secure-device"
_PATH = "/api/auth/"
_SECRET = re.compile(r"[A-Za-z0-9_-]{43}")


@dataclass(frozen=True, slots=True)
class Device:
    """What a request comes from. Clients that keep no cookies have no secret."""

    address: str
    user_agent: str
    secret: str | None = None
    secure: bool = False

    @property
    def secret_hash(self) -> bytes | None:
        """What is stored of the secret."""
        return None if self.secret is None else hashlib.sha256(self.secret.encode()).digest()

    @property
    def program_hash(self) -> bytes:
        """Stands for the device of a client without a secret; anybody may claim it."""
        return hashlib.sha256(b"user agent: " + self.user_agent.encode()).digest()

    def marked(self) -> "Device":
        """The same with a secret, a new one if it has none; `remember` it in the answer."""
        return self if self.secret is not None else replace(self, secret=secrets.token_urlsafe(32))

    def remember(self, response: Response) -> None:
        """Hand the secret over, or keep it for another year."""
        response.set_cookie(
            _SECURE_COOKIE if self.secure else _COOKIE,
            self.secret or "",
            max_age=int(DEVICE_LIFE.total_seconds()),
            path=_PATH,
            secure=self.secure,
            httponly=True,
            samesite="strict",
        )


def _device(request: Request) -> Device:
    secure = by_tls(request)
    secret = request.cookies.get(_SECURE_COOKIE if secure else _COOKIE, "")
    client = tracing.client.get()
    return Device(client.address, client.user_agent, secret if _SECRET.fullmatch(secret) else None, secure)


DeviceDep = Annotated[Device, Depends(_device)]
