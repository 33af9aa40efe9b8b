"""Google and GitHub as they are spoken to: where to send a browser, and who came back with a code.

A provider's tokens serve to learn who somebody is, once, and are then forgotten.
"""

import asyncio
import warnings
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

import authlib.deprecate  # noqa: F401 - sets its own filter for warnings, so it comes first
import httpx
from pydantic import TypeAdapter, ValidationError

from identity.accounts.fields import Email
from identity.oauth.errors import Misconfigured, ProviderRefused, ProviderUnavailable
from identity.oauth.id_tokens import ProviderKeys, verify
from identity.settings import Settings
from shared.clock import Clock
from shared.logging import get_logger

with warnings.catch_warnings():
    # It would rather have httpx's successor; the services use httpx.
    warnings.simplefilter("ignore")
    from authlib.integrations.base_client import OAuthError
    from authlib.integrations.httpx_client import AsyncOAuth2Client

log = get_logger(__name__)

_email = TypeAdapter(Email)
_GITHUB_HEADERS = {"Accept": "application/vnd.github+json", "X-GitHub-Api-Version": "2022-11-28"}
_USER_AGENT = "sessions-marketplace"
# What is wrong with our registration there, by the providers' error codes.
_MISCONFIGURED = {"invalid_client", "incorrect_client_credentials", "unauthorized_client", "redirect_uri_mismatch"}
_FOR_NOW = {"temporarily_unavailable", "server_error", "slow_down"}


class Provider(StrEnum):
    GOOGLE = "google"
    GITHUB = "github"


NAMES = {Provider.GOOGLE: "Google", Provider.GITHUB: "GitHub"}


@dataclass(frozen=True, slots=True)
class App:
    """Our registration at a provider."""

    client_id: str
    client_secret: str


@dataclass(frozen=True, slots=True)
class Attempt:
    """What one authorization request and the exchange of its code have in common."""

    state: str
    verifier: str
    nonce: str


@dataclass(frozen=True, slots=True)
class Identity:
    """Somebody, told by provider and subject. There is an e-mail address if the provider has verified one."""

    provider: Provider
    subject: str
    email: str | None
    name: str
    first_name: str
    last_name: str


def apps_of(settings: Settings) -> dict[Provider, App]:
    """Those that the environment names."""
    given = {
        Provider.GOOGLE: App(settings.google_client_id, settings.google_client_secret.get_secret_value()),
        Provider.GITHUB: App(settings.github_client_id, settings.github_client_secret.get_secret_value()),
    }
    return {provider: app for provider, app in given.items() if app.client_id and app.client_secret}


class Providers:
    """Long-lived: keys and the TLS context are kept between log-ins."""

    def __init__(self, settings: Settings, clock: Clock) -> None:
        self._settings = settings
        self._clock = clock
        self._tls = httpx.create_ssl_context()
        self._google_keys = ProviderKeys(self._fetch_google_keys, refetch_seconds=settings.oauth_keys_refetch_seconds)

    def redirect_uri(self, provider: Provider) -> str:
        """Where a provider sends browsers back to: by SITE_URL alone, whatever a request's Host says."""
        return f"{self._settings.site_url.rstrip('/')}/accounts/{provider}/login/callback/"

    def is_issuer(self, provider: Provider, issuer: str) -> bool:
        """Whether a response that names its issuer (RFC 9207) comes from this provider."""
        return issuer in self._issuers(provider)

    def authorize_url(self, provider: Provider, app: App, attempt: Attempt) -> str:
        google = provider is Provider.GOOGLE
        url = self._settings.google_authorize_url if google else self._settings.github_authorize_url
        # GitHub knows no nonce; Google's comes back in the ID token.
        more = {"nonce": attempt.nonce, "prompt": "select_account"} if google else {}
        client = self._client(provider, app)
        address, _ = client.create_authorization_url(url, state=attempt.state, code_verifier=attempt.verifier, **more)
        return str(address)

    async def identify(self, provider: Provider, app: App, attempt: Attempt, code: str) -> Identity:
        """Trade a code for who it stands for, within a bounded time.

        Raises ProviderUnavailable, Misconfigured, or ProviderRefused for whatever can't be trusted.
        """
        async with self._bounded(provider), self._client(provider, app) as client:
            if provider is Provider.GOOGLE:
                return await self._google(client, app, attempt, code)
            return await self._github(client, attempt, code)

    async def _google(self, client: Any, app: App, attempt: Attempt, code: str) -> Identity:
        token = await client.fetch_token(
            self._settings.google_token_url, code=code, code_verifier=attempt.verifier, grant_type="authorization_code"
        )
        claims = await verify(
            token.get("id_token"),
            self._google_keys,
            issuers=self._issuers(Provider.GOOGLE),
            client_id=app.client_id,
            nonce=attempt.nonce,
            access_token=str(token.get("access_token")),
            now=int(self._clock().timestamp()),
        )
        verified = claims.get("email_verified") is True
        return Identity(
            Provider.GOOGLE,
            _subject(claims["sub"]),
            _address(claims.get("email")) if verified else None,
            _text(claims.get("name")),
            _text(claims.get("given_name")),
            _text(claims.get("family_name")),
        )

    async def _github(self, client: Any, attempt: Attempt, code: str) -> Identity:
        # It reports errors with status 200, in a body that names them; Authlib looks there first.
        token = await client.fetch_token(
            self._settings.github_token_url, code=code, code_verifier=attempt.verifier, grant_type="authorization_code"
        )
        if str(token.get("token_type")).lower() != "bearer" or not isinstance(token.get("access_token"), str):
            raise ProviderRefused("There is no access token.")
        api = self._settings.github_api_url
        user = await client.get(f"{api}/user", headers=_GITHUB_HEADERS)
        account = user.raise_for_status().json()
        emails = await client.get(f"{api}/user/emails", headers=_GITHUB_HEADERS)
        # People may withhold the right to read their addresses: then there is none.
        addresses = [] if emails.status_code in (403, 404) else emails.raise_for_status().json()
        number = account["id"]
        if type(number) is not int:
            raise ProviderRefused("The account has no id.")
        name = _text(account.get("name"))
        first, _, last = name.partition(" ")
        return Identity(
            Provider.GITHUB,
            _subject(str(number)),
            next((_address(item.get("email")) for item in addresses if _is_primary(item)), None),
            _text(account.get("login")),
            first,
            last,
        )

    def _client(self, provider: Provider, app: App) -> Any:
        return AsyncOAuth2Client(
            client_id=app.client_id,
            client_secret=app.client_secret,
            token_endpoint_auth_method="client_secret_post",  # noqa: S106 - a method's name
            scope="openid email profile" if provider is Provider.GOOGLE else "user:email",
            redirect_uri=self.redirect_uri(provider),
            code_challenge_method="S256",
            headers={"User-Agent": _USER_AGENT},
            verify=self._tls,
            timeout=self._settings.oauth_timeout_seconds,
        )

    def _issuers(self, provider: Provider) -> list[str]:
        if provider is Provider.GITHUB:
            return [self._settings.github_issuer]
        # Google's older tokens name it without the scheme.
        issuer = self._settings.google_issuer
        return [issuer, issuer.removeprefix("https://")]

    async def _fetch_google_keys(self) -> dict[str, Any]:
        async with httpx.AsyncClient(verify=self._tls, timeout=self._settings.oauth_timeout_seconds) as client:
            answer = await client.get(self._settings.google_jwks_url)
            document: dict[str, Any] = answer.raise_for_status().json()
            return document

    @asynccontextmanager
    async def _bounded(self, provider: Provider) -> AsyncIterator[None]:
        """All calls together take a bounded time, and whatever goes wrong in them gets a name."""
        try:
            async with asyncio.timeout(self._settings.oauth_timeout_seconds):
                yield
        except OAuthError as error:
            raise named(provider, str(error.error)) from error
        except httpx.HTTPStatusError as error:
            refused = error.response.status_code < 500 and error.response.status_code != 429
            log.warning("provider refused", provider=provider, status=error.response.status_code)
            raise (ProviderRefused if refused else ProviderUnavailable)(
                f"{NAMES[provider]} can't say who you are."
            ) from error
        except (httpx.HTTPError, TimeoutError) as error:
            log.warning("provider doesn't answer", provider=provider, error=type(error).__name__)
            raise ProviderUnavailable(f"{NAMES[provider]} doesn't answer.") from error
        except ProviderRefused as error:
            log.warning("provider can't be trusted", provider=provider, reason=error.detail)
            raise
        except (ValueError, TypeError, KeyError, AttributeError) as error:
            log.warning("provider's answer isn't understood", provider=provider, error=type(error).__name__)
            raise ProviderRefused(f"{NAMES[provider]}'s answer can't be understood.") from error


def named(provider: Provider, code: str) -> ProviderUnavailable | Misconfigured | ProviderRefused:
    """The failure that a provider's error code stands for. An operator has to know of what only they can mend."""
    if code in _MISCONFIGURED:
        log.error("provider refuses our app", provider=provider, error=code)
        return Misconfigured()
    log.warning("provider reports an error", provider=provider, error=code[:100])
    return ProviderUnavailable() if code in _FOR_NOW else ProviderRefused()


def _is_primary(item: Any) -> bool:
    return item.get("primary") is True and item.get("verified") is True


def _subject(value: Any) -> str:
    if not isinstance(value, str) or not 1 <= len(value) <= 255 or not value.isascii() or not value.isprintable():
        raise ProviderRefused("The account has no id.")
    return value


def _address(value: Any) -> str | None:
    try:
        return _email.validate_python(value)
    except ValidationError:
        return None


def _text(value: Any) -> str:
    """What can be stored and shown of a name."""
    if not isinstance(value, str):
        return ""
    return " ".join("".join(each if each.isprintable() else " " for each in value).split())[:150].strip()
