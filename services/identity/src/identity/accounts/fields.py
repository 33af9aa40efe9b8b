"""Types of the fields of an account, as people give them."""

import json
import re
from functools import cache
from typing import Annotated, Any
from zoneinfo import available_timezones

from email_validator import EmailNotValidError, validate_email
from pydantic import AfterValidator, Field, HttpUrl, TypeAdapter, ValidationError, WithJsonSchema

from identity.pictures import names

_PREFERENCES_BYTES = 16 * 1024
_PREFERENCES_DEPTH = 16
_HTTPS = re.compile(r'https://[^\s\\"<>`{}|^/?#][^\s\\"<>`{}|^]*', re.IGNORECASE)
# Names that others would take for the marketplace itself, or that could be parts of its addresses.
_NAMES = (
    "abuse account accounts admin administrator administrators admins anonymous api app auth billing bookings bot "
    "contact creator creators daemon deleted docs everyone guest health help helpdesk hostmaster identity info "
    "internal legal localhost login logout mail mailerdaemon marketplace me metrics moderator moderators mod myself "
    "nobody noreply null official operator operators owner payments postmaster privacy profile register root security "
    "self service services sessions settings staff static status stats superuser support sys sysadmin system team "
    "undefined user users webmaster www"
)
_RESERVED = frozenset(_NAMES.split())
_url = TypeAdapter(HttpUrl)


def _email(value: str) -> str:
    """In lower case; an address is one account however it is capitalised.

    Only ASCII before the @: few servers deliver anything else, and lookalikes would be accounts of their own.
    """
    try:
        found = validate_email(value.strip(), check_deliverability=False, allow_smtputf8=False, test_environment=True)
    except EmailNotValidError as error:
        raise ValueError(str(error)) from None
    return found.normalized.lower()


def normal_email(text: str) -> str:
    """How the address of a new account would be stored; what isn't an address comes back in lower case."""
    try:
        return _email(text)
    except ValueError:
        return text.strip().lower()


def masked_email(email: str) -> str:
    """Enough for whoever knows the address to recognise it."""
    name, _, domain = email.partition("@")
    return f"{name[0]}…@{domain}"


def _unreserved(value: str) -> str:
    if re.sub(r"[_.-]", "", value).lower() in _RESERVED:
        raise ValueError("This username is reserved")
    return value


def _avatar(value: str) -> str:
    # A stored picture's place is an avatar as well; whether it is the account's own only its row can tell.
    return value if names.name_in(value) is not None else _https_url(value)


def _https_url(value: str) -> str:
    try:
        _url.validate_python(value)
    except ValidationError:
        raise ValueError("Give an https address") from None
    if not _HTTPS.fullmatch(value):
        raise ValueError("Give an https address")
    return value


@cache
def _zones() -> frozenset[str]:
    return frozenset(available_timezones() - {"Factory", "localtime"})


def _timezone(value: str) -> str:
    if value not in _zones():
        raise ValueError("Give an IANA time zone, like Europe/Berlin")
    return value


def _preferences(value: dict[str, Any]) -> dict[str, Any]:
    level: list[Any] = [value]
    for _ in range(_PREFERENCES_DEPTH):
        level = [inner for outer in level for inner in _children(outer)]
    if level:
        raise ValueError(f"Nest at most {_PREFERENCES_DEPTH} levels deep")
    if len(json.dumps(value, ensure_ascii=False).encode()) > _PREFERENCES_BYTES:
        raise ValueError("Keep the preferences below 16 KiB")
    return value


def _children(value: Any) -> list[Any]:
    if isinstance(value, dict):
        return list(value.values())
    return value if isinstance(value, list) else []


Email = Annotated[
    str,
    Field(max_length=320, examples=["ada@example.com"]),
    AfterValidator(_email),
    WithJsonSchema({"type": "string", "format": "email", "maxLength": 254, "examples": ["ada@example.com"]}),
]
Username = Annotated[
    str,
    Field(min_length=3, max_length=50, pattern=r"^[_.-]*[A-Za-z0-9][A-Za-z0-9_.-]*$", examples=["ada"]),
]
OwnUsername = Annotated[Username, AfterValidator(_unreserved)]
Name = Annotated[str, Field(max_length=150)]
Avatar = Annotated[
    str,
    Field(max_length=2000),
    AfterValidator(_avatar),
    WithJsonSchema({"type": "string", "format": "uri", "pattern": "^https://", "maxLength": 2000}),
]
Bio = Annotated[str, Field(max_length=2000)]
Timezone = Annotated[str, Field(max_length=64, examples=["Europe/Berlin"]), AfterValidator(_timezone)]
Preferences = Annotated[dict[str, Any], AfterValidator(_preferences)]
