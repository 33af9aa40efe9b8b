"""Settings of the identity service."""

import os
from email.headerregistry import Address
from email.utils import parseaddr
from pathlib import Path
from typing import Annotated, ClassVar, Literal, Self
from urllib.parse import urlsplit

from pydantic import AfterValidator, Field, SecretStr, model_validator

from shared.auth import MAX_TOKEN_SECONDS
from shared.settings import ServiceSettings


def _address(value: str) -> str:
    """Without a slash at its end."""
    parts = urlsplit(value)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise ValueError("SITE_URL is an address like https://sessions.example.com")
    return value.rstrip("/")


def _mailbox(text: str) -> Address:
    """Raises ValueError for anything but one address, with or without a name."""
    name, address = parseaddr(text)
    if "@" not in address or not text.isprintable():
        raise ValueError("give an address like Sessions Marketplace <no-reply@example.com>")
    return Address(name, addr_spec=address)


def _sender(value: str) -> str:
    return str(_mailbox(value))


def _sender_or_none(value: str) -> str:
    return value and _sender(value)


class Settings(ServiceSettings):
    service_name: ClassVar[str] = "identity"

    # The root of the signing keys' encryption and of refresh tokens' derivation; the api refuses to start without it.
    secret_key: SecretStr = SecretStr("")

    # Where people know the site: links in mails lead there, and passkeys are made for its host.
    site_url: Annotated[str, AfterValidator(_address)] = "http://localhost:8000"

    # Our apps at Google and GitHub; off while empty. What an admin enters at run time overrides them.
    google_client_id: str = ""
    google_client_secret: SecretStr = SecretStr("")
    github_client_id: str = ""
    github_client_secret: SecretStr = SecretStr("")

    # Where the providers are. Others than the real ones: GitHub on one's own server, and tests.
    google_issuer: str = "https://accounts.google.com"
    google_authorize_url: str = "https://accounts.google.com/o/oauth2/v2/auth"
    google_token_url: str = "https://oauth2.googleapis.com/token"  # noqa: S105 - an address
    google_jwks_url: str = "https://www.googleapis.com/oauth2/v3/certs"
    github_issuer: str = "https://github.com/login/oauth"
    github_authorize_url: str = "https://github.com/login/oauth/authorize"
    github_token_url: str = "https://github.com/login/oauth/access_token"  # noqa: S105 - an address
    github_api_url: str = "https://api.github.com"
    # For all that is asked of a provider in one log-in, together.
    oauth_timeout_seconds: float = Field(default=8, gt=0)
    # How soon another unknown key id may fetch a provider's keys again.
    oauth_keys_refetch_seconds: float = Field(default=30, ge=0)

    access_token_seconds: int = Field(default=15 * 60, ge=1, le=MAX_TOKEN_SECONDS)
    refresh_token_seconds: int = Field(default=14 * 24 * 3600, ge=1)
    refresh_grace_seconds: int = Field(default=10, ge=0)

    # Hashing a password keeps a core busy for about 25 ms: one core is left to everything else, the queue is bounded.
    password_threads: int = Field(default=max(1, (os.cpu_count() or 1) - 1), ge=1)
    password_queue: int = Field(default=128, ge=1)

    # Mail goes out through this server. Without one nothing is sent, and mails are given up after a day.
    smtp_host: str = ""
    smtp_port: int = Field(default=587, ge=1, le=65535)
    smtp_user: str = ""
    smtp_password: SecretStr = SecretStr("")
    smtp_tls: Literal["none", "starttls", "tls"] = "starttls"
    mail_from: Annotated[str, AfterValidator(_sender)] = "Sessions Marketplace <no-reply@localhost.localdomain>"
    mail_reply_to: Annotated[str, AfterValidator(_sender_or_none)] = ""

    # How long mailed links are good, and how many of one kind an account gets in an hour.
    verify_link_seconds: int = Field(default=24 * 3600, ge=1)
    reset_link_seconds: int = Field(default=3600, ge=1)
    email_change_link_seconds: int = Field(default=3600, ge=1)
    links_per_hour: int = Field(default=5, ge=1)

    # From so many failed tries for an account on there are pauses, which double: 5 s, 10 s, … up to the longest.
    login_backoff_after: int = Field(default=5, ge=1)
    login_backoff_seconds: float = Field(default=5, gt=0)
    login_backoff_max_seconds: float = Field(default=300, gt=0)
    # Failed tries from one address in so many seconds, for whatever accounts.
    login_failures_per_address: int = Field(default=200, ge=1)
    login_failures_seconds: int = Field(default=600, ge=1)
    # From one address: registrations, and how many of them at once; people who forgot a password.
    registrations_per_hour: int = Field(default=300, ge=1)
    registrations_burst: int = Field(default=100, ge=1)
    resets_per_hour: int = Field(default=100, ge=1)

    # How long a new signing key is published before it signs: longer than anybody caches the set of keys.
    key_lead_seconds: int = Field(default=300, ge=0)

    # Where pictures are: a folder that all replicas share or, where a bucket is named, a storage that speaks S3. Keys
    # that aren't set come from the machine's environment or role.
    media_folder: Path = Path("media")
    media_s3_bucket: str = ""
    media_s3_endpoint: str = ""
    media_s3_region: str = "us-east-1"
    media_s3_access_key_id: SecretStr = SecretStr("")
    media_s3_secret_access_key: SecretStr = SecretStr("")

    # A picture may take a second of a core and 200 MB; those that wait for it, 10 MiB each.
    picture_threads: int = Field(default=1, ge=1)
    picture_queue: int = Field(default=8, ge=0)

    @property
    def mail_sender(self) -> Address:
        """Whom mails are from."""
        return _mailbox(self.mail_from)

    @model_validator(mode="after")
    def _no_password_in_clear(self) -> Self:
        if self.smtp_user and self.smtp_tls == "none" and not self.debug:
            raise ValueError("SMTP_TLS=none would send SMTP_PASSWORD in clear; use starttls or tls")
        return self

    @model_validator(mode="after")
    def _providers_by_tls(self) -> Self:
        if self.debug:
            return self
        for name in type(self).model_fields:
            is_address = name.startswith(("google_", "github_")) and name.endswith(("_url", "_issuer"))
            if is_address and not getattr(self, name).startswith("https://"):
                raise ValueError(f"{name.upper()} has to begin with https://")
        return self
