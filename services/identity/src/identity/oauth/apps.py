"""Our apps at the providers: from the environment, or as an admin entered them at run time, which counts at once.

Part of the slice's service.
"""

from collections.abc import Sequence
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from identity.oauth import repository
from identity.oauth.errors import AppExists, ProviderOff
from identity.oauth.models import OAuthApp
from identity.oauth.providers import NAMES, App, Provider
from identity.parts import Parts
from identity.sealing import CannotUnseal, seal, unseal
from shared import audit
from shared.auth import CurrentUser
from shared.errors import NotFound
from shared.logging import get_logger

log = get_logger(__name__)


async def configured(session: AsyncSession, parts: Parts) -> dict[Provider, App]:
    """The providers that people can log in with now. Read each time: a change counts in every replica at once."""
    entered = {row.provider: row for row in await repository.apps(session)}
    found = {}
    for provider in Provider:
        row = entered.get(provider)
        app = parts.oauth.apps.get(provider) if row is None else _opened(row, parts.oauth.sealing_key)
        if app is not None:
            found[provider] = app
    return found


async def get(session: AsyncSession, parts: Parts, provider: Provider) -> App:
    """Raises ProviderOff."""
    found = await configured(session, parts)
    if provider not in found:
        raise ProviderOff
    return found[provider]


async def entered(session: AsyncSession) -> Sequence[OAuthApp]:
    return await repository.apps(session)


async def read(session: AsyncSession, provider: Provider) -> OAuthApp:
    """Raises NotFound."""
    for row in await repository.apps(session):
        if row.provider == provider:
            return row
    raise _nothing(provider)


async def enter(
    session: AsyncSession, parts: Parts, admin: CurrentUser, provider: Provider, fields: dict[str, Any]
) -> OAuthApp:
    """Raises AppExists."""
    now = parts.clock()
    values = {**_stored(fields, provider, parts.oauth.sealing_key), "created_at": now, "updated_at": now}
    row = await repository.add_app(session, {"provider": provider, **values})
    if row is None:
        raise AppExists
    await _record(session, admin, provider, before={}, after=_told(row))
    return row


async def change(
    session: AsyncSession, parts: Parts, admin: CurrentUser, provider: Provider, changes: dict[str, Any]
) -> OAuthApp:
    """Raises NotFound."""
    before = await _locked(session, provider)
    told = _told(before)
    values = _stored(changes, provider, parts.oauth.sealing_key)
    row = await repository.change_app(session, provider, {**values, "updated_at": parts.clock()})
    secret = {"client_secret": "changed"} if "client_secret" in changes else {}
    await _record(session, admin, provider, before=told, after={**_told(row), **secret})
    return row


async def remove(session: AsyncSession, admin: CurrentUser, provider: Provider) -> None:
    """What the environment says counts again. Raises NotFound."""
    before = _told(await _locked(session, provider))
    await repository.delete_app(session, provider)
    await _record(session, admin, provider, before=before, after={})


async def _locked(session: AsyncSession, provider: Provider) -> OAuthApp:
    row = await repository.lock_app(session, provider)
    if row is None:
        raise _nothing(provider)
    return row


def _nothing(provider: Provider) -> NotFound:
    return NotFound(f"No app was entered for {NAMES[provider]}.")


def _opened(row: OAuthApp, sealing_key: bytes) -> App | None:
    if not row.enabled:
        return None
    try:
        secret = unseal(row.client_secret, sealing_key, about=_about(row.provider)).decode()
    except CannotUnseal:
        log.error("provider is off: its secret can't be read, was SECRET_KEY changed?", provider=row.provider)
        return None
    return App(row.client_id, secret)


def _stored(fields: dict[str, Any], provider: Provider, sealing_key: bytes) -> dict[str, Any]:
    values = dict(fields)
    if "client_secret" in values:
        values["client_secret"] = seal(values["client_secret"].encode(), sealing_key, about=_about(provider))
    return values


def _about(provider: str) -> bytes:
    return f"client secret of {provider}".encode()


def _told(row: OAuthApp) -> dict[str, Any]:
    return {"client_id": row.client_id, "enabled": row.enabled}


async def _record(
    session: AsyncSession, admin: CurrentUser, provider: Provider, *, before: dict[str, Any], after: dict[str, Any]
) -> None:
    about = {"provider": provider.value}
    await audit.record(
        session,
        action="oauth_app.changed",
        actor=admin.id,
        subject=admin.id,
        before={**about, **before},
        after={**about, **after},
    )
