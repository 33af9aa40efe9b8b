"""Codes of authenticator apps (TOTP, RFC 6238): six digits, a new one every 30 seconds."""

import hmac
import io
from datetime import datetime

import pyotp
import segno

ISSUER = "Sessions Marketplace"
_WINDOW = 1  # steps that clocks may differ by, and that typing may take


def new_secret() -> str:
    """160 bits in base 32, as apps take them."""
    return pyotp.random_base32()


def matching_step(secret: str, code: str, now: datetime) -> int | None:
    """The time step whose code this is, the latest where several have the same; None for a wrong code.

    All are compared, each in constant time: how long it takes tells nothing.
    """
    app = pyotp.TOTP(secret)
    current = app.timecode(now)
    steps = range(current - _WINDOW, current + _WINDOW + 1)
    matching = [step for step in steps if hmac.compare_digest(app.generate_otp(step).encode(), code.encode())]
    return max(matching, default=None)


def uri(secret: str, account: str) -> str:
    """What an authenticator app reads from the QR code."""
    return pyotp.TOTP(secret, name=account, issuer=ISSUER).provisioning_uri()


def qr_code(content: str) -> str:
    """As an SVG document, black on white whatever surrounds it: cameras want the contrast."""
    drawn = io.BytesIO()
    segno.make_qr(content, error="m").save(
        drawn,
        kind="svg",
        xmldecl=False,
        svgclass=None,
        lineclass=None,
        omitsize=True,
        dark="#000",
        light="#fff",
        border=4,
    )
    return drawn.getvalue().decode().strip()
