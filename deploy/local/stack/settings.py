"""What the operator sets (environment and .env), and the secrets that are made when nobody set them."""

import os
import secrets
from dataclasses import dataclass, field
from pathlib import Path

from stack.errors import StackError
from stack.state import State

SERVICES = ("identity", "catalog", "booking")
PARTS = ("postgres", "rabbitmq", *SERVICES, "mail", "frontend", "gateway")
SECRETS = (
    "POSTGRES_SUPERUSER_PASSWORD",
    "RABBITMQ_OPERATOR_PASSWORD",
    "SECRET_KEY",
    *(
        f"{service.upper()}_{kind}"
        for service in SERVICES
        for kind in ("DB_PASSWORD", "DB_OWNER_PASSWORD", "RABBITMQ_PASSWORD")
    ),
)
# What the services understand beside addresses and secrets, handed through when it is set.
PASSED_ON = (
    "VERSION",
    "LOG_LEVEL",
    "DB_POOL_SIZE",
    "TOKEN_ISSUER",
    "TOKEN_AUDIENCE",
    "REQUIRE_ADMIN_SECOND_FACTOR",
)
# Identity's: where pictures are, if it isn't the state folder.
MEDIA = (
    "MEDIA_FOLDER",
    "MEDIA_S3_BUCKET",
    "MEDIA_S3_ENDPOINT",
    "MEDIA_S3_REGION",
    "MEDIA_S3_ACCESS_KEY_ID",
    "MEDIA_S3_SECRET_ACCESS_KEY",
)
LIMITS = (
    "LOGIN_BACKOFF_AFTER",
    "LOGIN_BACKOFF_SECONDS",
    "LOGIN_BACKOFF_MAX_SECONDS",
    "LOGIN_FAILURES_PER_ADDRESS",
    "LOGIN_FAILURES_SECONDS",
    "REGISTRATIONS_PER_HOUR",
    "REGISTRATIONS_BURST",
)
# Our apps at Google and GitHub, and where those are: others than the real ones for tests.
OAUTH = (
    *(f"{provider}_CLIENT_{what}" for provider in ("GOOGLE", "GITHUB") for what in ("ID", "SECRET")),
    *(f"GOOGLE_{what}" for what in ("ISSUER", "AUTHORIZE_URL", "TOKEN_URL", "JWKS_URL")),
    *(f"GITHUB_{what}" for what in ("ISSUER", "AUTHORIZE_URL", "TOKEN_URL", "API_URL")),
    "OAUTH_TIMEOUT_SECONDS",
    "OAUTH_KEYS_REFETCH_SECONDS",
)

MAIL_SERVER = ("SMTP_HOST", "SMTP_PORT", "SMTP_USER", "SMTP_PASSWORD", "SMTP_TLS")
MAIL = ("MAIL_FROM", "MAIL_REPLY_TO")
CATCHER = "mail"  # what SMTP_HOST says for the mail catcher that runs beside


def read_env_file(path: Path) -> dict[str, str]:
    """KEY=value lines, as Compose reads them: comments, optional quotes, no substitution."""
    values: dict[str, str] = {}
    if not path.exists():
        return values
    for number, line in enumerate(path.read_text().splitlines(), start=1):
        text = line.strip().removeprefix("export ")
        if not text or text.startswith("#"):
            continue
        name, equals, value = text.partition("=")
        if not equals:
            raise StackError(f"{path}, line {number}: expected NAME=value")
        value = value.strip()
        if len(value) >= 2 and value[0] == value[-1] and value[0] in "'\"":
            value = value[1:-1]
        else:
            value = value.partition(" #")[0].rstrip()
        values[name.strip()] = value
    return values


@dataclass
class Settings:
    """settings.json, the operator's environment and the secrets, together."""

    state: State
    operator: dict[str, str]
    secrets: dict[str, str]
    parts: tuple[str, ...] = PARTS
    replicas: dict[str, int] = field(default_factory=dict)
    management: bool = False  # RabbitMQ's HTTP interface, for tests
    throwaway: bool = False  # a database that need not outlive the machine, for tests
    owner: int | None = None  # everything stops when this process is gone, for tests

    @classmethod
    def load(cls, state: State, env_file: Path) -> "Settings":
        operator = read_env_file(env_file) | dict(os.environ)
        saved = state.read("settings.json")
        return cls(
            state,
            operator,
            _secrets(state, operator),
            tuple(part for part in PARTS if part not in saved.get("left_out", ())),
            dict(saved.get("replicas", {})),
            bool(saved.get("management", False)),
            bool(saved.get("throwaway", False)),
            saved.get("owner"),
        )

    def save(self) -> None:
        self.state.write(
            "settings.json",
            {
                # Not those wanted: a part that a later version brings is started by its `make up`.
                "left_out": [part for part in PARTS if part not in self.parts],
                "replicas": self.replicas,
                "management": self.management,
                "throwaway": self.throwaway,
                "owner": self.owner,
            },
        )

    def count(self, kind: str) -> int:
        """How many replicas of `booking-api`, `booking-worker`, …"""
        return self.replicas.get(kind, 1)

    @property
    def services(self) -> tuple[str, ...]:
        return tuple(service for service in SERVICES if service in self.parts)

    @property
    def database(self) -> str:
        return self.operator.get("POSTGRES_DB") or "marketplace"

    @property
    def vhost(self) -> str:
        return self.operator.get("RABBITMQ_VHOST") or "marketplace"

    @property
    def debug(self) -> str:
        """This stack is for development unless it is told otherwise."""
        return self.operator.get("DEBUG") or "true"

    @property
    def catches_mail(self) -> bool:
        """Whether mail goes to the catcher of this system, which sends nothing on."""
        return "mail" in self.parts and self.operator.get("SMTP_HOST", "") in ("", CATCHER)

    @property
    def gateway_port(self) -> int | None:
        text = self.operator.get("GATEWAY_PORT", "").strip()
        if not text:
            return None
        if not text.isdigit() or int(text) > 65535:
            raise StackError(f"GATEWAY_PORT is not a port: {text}")
        return int(text)


def _secrets(state: State, operator: dict[str, str]) -> dict[str, str]:
    """Given by the operator, or made once and kept. A given one is not written down a second time."""
    kept: dict[str, str] = state.read("secrets.json")
    missing = [name for name in SECRETS if name not in kept]
    if missing and state.root.exists():
        kept |= {name: secrets.token_urlsafe(32) for name in missing}
        state.write("secrets.json", kept)
    return kept | {name: operator[name] for name in SECRETS if operator.get(name)}
