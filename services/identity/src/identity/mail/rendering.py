"""From a row of the queue to a message. Everything that people gave is cleaned, and escaped in HTML."""

import re
from collections.abc import Mapping
from datetime import datetime
from email.headerregistry import Address
from email.message import EmailMessage
from email.utils import format_datetime
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from email_validator import validate_email
from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from identity.mail.contents import CONTENTS, Content, Kind
from identity.mail.models import Mail
from identity.mail.tokens import LinkTokens
from identity.settings import Settings
from shared.clock import utcnow

_LONGEST = 200
# Somebody's name must not become a link, nor an advertisement, in a mail that bears our name.
_NAME = re.compile(r"[^\W\d_][^\d_@:/\\.<>]{0,39}")
_environments = {
    "txt": Environment(
        loader=PackageLoader("identity.mail"),
        undefined=StrictUndefined,
        autoescape=False,  # noqa: S701 - plain text
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    ),
    "html": Environment(
        loader=PackageLoader("identity.mail"),
        undefined=StrictUndefined,
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
    ),
}


def render(mail: Mail, settings: Settings, tokens: LinkTokens) -> EmailMessage:
    """The message, in text and HTML. It has the same Message-ID and the same link whenever it is made.

    Raises ValueError (of email_validator as well) for an address that can't be one, KeyError for an unknown kind.
    """
    content = CONTENTS[Kind(mail.kind)]
    data = {name: clean(str(value)) for name, value in mail.data.items()}
    site = settings.site_url
    zone = data.get("timezone", "UTC")
    values = {**data, "site": site, "at": _local(mail.created_at, zone)}
    link = site + content.path
    if "link" in data:
        # In the fragment, which browsers send to nobody.
        link += f"#token={tokens.token(UUID(data['link']))}"
        values["until"] = _local(datetime.fromisoformat(data["until"]), zone)
    parts = {kind: _body(kind, content, values, link=link) for kind in _environments}

    sender = settings.mail_sender
    message = EmailMessage()
    message["From"] = sender
    message["To"] = Address(addr_spec=ascii_address(mail.recipient))
    message["Subject"] = _line("txt", content.subject, values)
    message["Date"] = format_datetime(utcnow())
    message["Message-ID"] = f"<{mail.id}@{sender.domain}>"
    if settings.mail_reply_to:
        message["Reply-To"] = settings.mail_reply_to
    # Nobody's absence notice answers a machine (RFC 3834).
    message["Auto-Submitted"] = "auto-generated"
    message["X-Auto-Response-Suppress"] = "All"
    message.set_content(parts["txt"])
    message.add_alternative(parts["html"], subtype="html")
    return message


def clean(text: str) -> str:
    """On one line, without characters that can't be seen, and not for ever."""
    visible = "".join(character if character.isprintable() else " " for character in text)
    return " ".join(visible.split())[:_LONGEST]


def ascii_address(address: str) -> str:
    """With its domain as DNS knows it: not every server takes another one. Raises ValueError."""
    found = validate_email(address, check_deliverability=False, allow_smtputf8=False, test_environment=True)
    return found.ascii_email or found.normalized


def _body(kind: str, content: Content, values: Mapping[str, Any], *, link: str) -> str:
    template = _environments[kind].get_template(f"mail.{kind}")
    return template.render(
        subject=_line(kind, content.subject, values),
        greeting=_greeting(content, values),
        lines=[_line(kind, line, values) for line in content.lines],
        facts=[(name, _line(kind, value, values)) for name, value in content.facts],
        button=content.button,
        link=link,
        after=[_line(kind, line, values) for line in content.after],
        site=values["site"],
    )


def _line(kind: str, text: str, values: Mapping[str, Any]) -> Any:
    environment = _environments[kind]
    rendered = environment.from_string(text).render(values)
    # What the line's own template has escaped isn't escaped again.
    return Markup(rendered) if environment.autoescape else rendered  # noqa: S704


def _greeting(content: Content, values: Mapping[str, Any]) -> str:
    name = str(values.get("name", ""))
    return f"Hello {name}," if content.by_name and _NAME.fullmatch(name) else "Hello,"


def _local(moment: datetime, zone: str) -> str:
    """As the clock on their wall says."""
    local = moment.astimezone(ZoneInfo(zone))
    return f"{local.day} {local:%B %Y, %H:%M} ({zone})"
