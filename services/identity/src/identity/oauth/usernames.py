"""Usernames for people who never chose one."""

import re
import secrets
import unicodedata
from collections.abc import Iterator

from pydantic import TypeAdapter, ValidationError

from identity.accounts.fields import OwnUsername

_LONGEST = 40  # leaves room for what makes it unique
_username = TypeAdapter(OwnUsername)


def candidates(*names: str) -> Iterator[str]:
    """Allowed usernames for somebody of these names, the first that gives one counts; then with ever more digits.

    Never made of an e-mail address, which is nobody's business: usernames are public.
    """
    base = next((made for made in map(_made_of, names) if made), "")
    if base:
        yield base
    for length in (2, 4, 4, 6, 6, 8):
        yield f"{base or 'member'}-{secrets.randbelow(10**length):0{length}d}"


def _made_of(name: str) -> str:
    # Letters without their accents; what has no Latin form is left out.
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().lower()
    made = re.sub(r"[^a-z0-9]+", "-", plain).strip("-")[:_LONGEST].strip("-")
    try:
        return _username.validate_python(made)
    except ValidationError:
        return ""
