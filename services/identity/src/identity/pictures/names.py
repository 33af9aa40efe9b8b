"""What stored pictures are called: at random, never after anything that somebody sent."""

import re
import secrets

FOLDER = "/api/auth/avatars/"
NAME = r"[0-9a-f]{32}\.webp"
_ADDRESS = re.compile(f"{re.escape(FOLDER)}({NAME})")


def new_name() -> str:
    return f"{secrets.token_hex(16)}.webp"


def address(name: str) -> str:
    """What an account's `avatar` says of a stored picture: its place on this site."""
    return FOLDER + name


def name_in(avatar: str | None) -> str | None:
    """The name of the stored picture that an `avatar` means; None for another site's, or none."""
    found = _ADDRESS.fullmatch(avatar or "")
    return found and found[1]
