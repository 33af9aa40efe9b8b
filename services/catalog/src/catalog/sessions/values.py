"""The kinds of value a session is made of, and what they refuse."""

import re
import unicodedata
from functools import cache
from typing import Annotated, Any
from zoneinfo import available_timezones

from pydantic import AfterValidator, BeforeValidator, Field, HttpUrl, StringConstraints, TypeAdapter, ValidationError

# ISO 4217, the active codes with two decimals (those of funds, metals and tests left out). Prices have two decimals
# everywhere here, so currencies with none (JPY, KRW) or three (KWD, BHD) can't be told exactly and are refused.
_CODES = (
    "AED AFN ALL AMD AOA ARS AUD AWG AZN BAM BBD BDT BGN BMD BND BOB BRL BSD BTN BWP BYN BZD CAD CDF CHF CNY COP "
    "CRC CUP CVE CZK DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS GIP GMD GTQ GYD HKD HNL HTG HUF IDR ILS INR "
    "IRR JMD KES KGS KHR KPW KYD KZT LAK LBP LKR LRD LSL MAD MDL MGA MKD MMK MNT MOP MRU MUR MVR MWK MXN MYR MZN "
    "NAD NGN NIO NOK NPR NZD PAB PEN PGK PHP PKR PLN QAR RON RSD RUB SAR SBD SCR SDG SEK SGD SHP SLE SOS SRD SSP "
    "STN SVC SYP SZL THB TJS TMT TOP TRY TTD TWD TZS UAH USD UYU UZS VED VES WST XCD XCG YER ZAR ZMW ZWG "
)
CURRENCIES = frozenset(_CODES.split())
MAX_CATEGORY = 50
# Neither exponents (0e9999999999 is a Decimal that no database takes) nor other scripts' digits; of any sane length.
_PLAIN_AMOUNT = re.compile(r"-?[0-9]{1,30}(\.[0-9]{1,30})?")
# Nothing to see: control and format characters, spaces, and marks without a letter to stand on.
_INVISIBLE = frozenset({"Cc", "Cf", "Cs", "Zs", "Zl", "Zp", "Mn", "Me"})
# Letters and signs to Unicode, blank to people: fillers of Hangul, the empty Braille pattern, the plane of tags.
_BLANK = re.compile("[\u115f\u1160\u2800\u3164\uffa0\U000e0000-\U000e0fff]")
_SPOKEN = {"+": " plus ", "#": " sharp ", "&": " and "}
_URL = TypeAdapter(HttpUrl)
_NOT_IN_URLS = re.compile(r"""[\s\\"'`<>]""")


@cache
def timezones() -> frozenset[str]:
    """IANA names; read from the system once."""
    return frozenset(available_timezones() - {"Factory", "localtime"})


def slugify(name: str) -> str:
    """A category's key: the same for `Data Science`, `data-science` and `DATA  science`. Empty if nothing is left.

    Letters of every script stay, accents go, and `C++` and `C#` stay apart.
    """
    for sign, word in _SPOKEN.items():
        name = name.replace(sign, word)
    # Twice: folding can make letters that fall apart anew, and the other way round.
    letters = unicodedata.normalize("NFKD", unicodedata.normalize("NFKD", name).casefold())
    plain = "".join(letter for letter in letters if not unicodedata.combining(letter))
    return unicodedata.normalize("NFC", "-".join(re.findall(r"[^\W_]+", plain)))


def category_name(text: str) -> str:
    """How a new category is shown: as its first user wrote it, capitalised if that was a slug or all lower case."""
    spaced = " ".join(text.replace("-", " ").split()) if text == slugify(text) else " ".join(text.split())
    title = spaced.title() if spaced == spaced.lower() else spaced
    # A capital can be longer than its letter: ŉ, ﬃ, ß.
    return title if len(title) <= MAX_CATEGORY else spaced


def plain_amount(value: Any) -> str:
    """An amount's text as it is. Raises ValueError unless it is digits, perhaps with a point between."""
    if not isinstance(value, str) or not _PLAIN_AMOUNT.fullmatch(value):
        raise ValueError("Input should be an amount of money, like 149.99")
    return value


def _one_line(value: str) -> str:
    if any(unicodedata.category(character) in ("Cc", "Zl", "Zp") for character in value):
        raise ValueError("Use one line, without control characters")
    if all(unicodedata.category(character) in _INVISIBLE or _BLANK.match(character) for character in value):
        raise ValueError("Use at least one visible character")
    return value


def _whole(value: Any) -> Any:
    # Without this True would be 1 and "90" would be 90, against the documented type.
    if isinstance(value, bool | str):
        raise ValueError("Input should be a whole number")
    return value


def _none_if_blank(value: Any) -> Any:
    return None if isinstance(value, str) and not value.strip() else value


def _currency(value: str) -> str:
    code = value.strip().upper()
    # upper() makes ASCII letters of others, too: S of the long ſ.
    if not value.isascii() or code not in CURRENCIES:
        raise ValueError("Use an ISO 4217 code of a currency with two decimals, like USD or EUR")
    return code


def _timezone(value: str) -> str:
    if value not in timezones():
        raise ValueError("Use an IANA time zone, like Europe/London or UTC")
    return value


def _https(value: str) -> str:
    try:
        url = _URL.validate_python(value)
    except ValidationError:
        url = None
    # The parser repairs what it reads (`https:a.b`, tabs, backslashes), but the text is what is stored and shown.
    start, _, rest = value.partition("://")
    host = re.split(r"[/?#]", rest, maxsplit=1)[0]
    if url is None or start.lower() != "https" or not host or _NOT_IN_URLS.search(value) or _unprintable(value):
        raise ValueError("Use an https:// address")
    if "@" in host:
        raise ValueError("Use an address without a user name and a password")
    return value


def _unprintable(text: str) -> bool:
    return any(unicodedata.category(character) in ("Cc", "Cf", "Zs", "Zl", "Zp") for character in text)


def _category(value: str) -> str:
    slug = slugify(value)
    if not slug:
        raise ValueError("Use a name with letters or digits")
    # Some letters fall apart into several. A slug that is given back must be accepted like the name.
    if len(slug) > MAX_CATEGORY:
        raise ValueError(f"Use a shorter name: its slug has more than {MAX_CATEGORY} characters")
    return _one_line(value)


def _no_schedule(value: Any) -> Any:
    if value is not None:
        raise ValueError("Schedules aren't supported yet: leave it out or null, and every start time can be booked")
    return value


Title = Annotated[
    str, StringConstraints(strip_whitespace=True, min_length=1, max_length=200), AfterValidator(_one_line)
]
Description = Annotated[str, StringConstraints(max_length=20_000)]
Duration = Annotated[int, Field(ge=5, le=1440, description="Minutes"), BeforeValidator(_whole)]
MaxParticipants = Annotated[int, Field(ge=1, le=100_000, description="Per start time"), BeforeValidator(_whole)]
Currency = Annotated[str, AfterValidator(_currency), Field(examples=["USD"], description="ISO 4217")]
Timezone = Annotated[str, AfterValidator(_timezone), Field(examples=["Europe/London"], description="IANA time zone")]
ImageUrl = Annotated[
    Annotated[str, StringConstraints(strip_whitespace=True, max_length=2000), AfterValidator(_https)] | None,
    BeforeValidator(_none_if_blank),
    Field(description="https only"),
]
Category = Annotated[
    Annotated[str, StringConstraints(strip_whitespace=True, max_length=MAX_CATEGORY), AfterValidator(_category)] | None,
    BeforeValidator(_none_if_blank),
    Field(description="A category's slug or name; a name that doesn't exist yet becomes a category"),
]
Location = Annotated[
    Annotated[str, StringConstraints(strip_whitespace=True, max_length=200), AfterValidator(_one_line)] | None,
    BeforeValidator(_none_if_blank),
]
Schedule = Annotated[
    dict[str, Any] | None, BeforeValidator(_no_schedule), Field(description="Not supported yet: null or left out")
]
