"""What people call the program that a user agent names."""

import re
from functools import lru_cache

from ua_parser import parse_os, parse_user_agent

# Variants of one browser, of no interest to who looks for a device they know.
_VARIANT = re.compile(r"\s*\b(?:Mobile|iOS|WebView)\b")
_SYSTEMS = {"Mac OS X": "macOS"}
_PRODUCT = re.compile(r"[\w.+-]{1,40}")


@lru_cache(maxsize=1024)
def label(user_agent: str) -> str:
    """Like "Firefox on Linux"; the first word where the program isn't known, and never empty."""
    program, system = parse_user_agent(user_agent), parse_os(user_agent)
    if program is None:
        product = _PRODUCT.match(user_agent)
        return product.group() if product else "Unknown program"
    name = _VARIANT.sub("", program.family).strip() or program.family
    return name if system is None else f"{name} on {_SYSTEMS.get(system.family, system.family)}"
