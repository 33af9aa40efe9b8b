"""The long-lived parts of the api process, made in its lifespan and given to endpoints."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated

from fastapi import Depends, FastAPI, Request

from identity.accounts.passwords import Passwords
from identity.derivation import (
    DERIVE_MAILED_LINKS,
    DERIVE_REFRESH_TOKENS,
    HASH_THROTTLES,
    SEAL_OAUTH,
    SEAL_SIGNING_KEYS,
    derive_key,
    require_secret,
)
from identity.factors.kit import FactorKit
from identity.keys.service import KeyRing
from identity.login.tokens import AccessTokens, RefreshTokens
from identity.mail.links import Issuer
from identity.mail.tokens import LinkTokens
from identity.oauth.providers import App, Provider, Providers, apps_of
from identity.pictures.pictures import Pictures
from identity.pictures.storage import open_storage
from identity.settings import Settings
from identity.throttle.service import Throttle
from shared.clock import Clock


@dataclass(frozen=True, slots=True)
class OAuth:
    """Providers, our apps there by the environment, and the key of what is kept sealed."""

    providers: Providers
    apps: dict[Provider, App]
    sealing_key: bytes


@dataclass(frozen=True, slots=True)
class Parts:
    """What the use cases need beside a database session."""

    clock: Clock
    passwords: Passwords
    keys: KeyRing
    access_tokens: AccessTokens
    refresh_tokens: RefreshTokens
    pictures: Pictures
    factors: FactorKit
    oauth: OAuth
    throttle: Throttle
    links: Issuer
    settings: Settings


def link_issuer(settings: Settings) -> Issuer:
    """The api's, and the worker's."""
    return Issuer(LinkTokens(derive_key(settings.secret_key, DERIVE_MAILED_LINKS)), settings.links_per_hour)


@asynccontextmanager
async def lifespan(app: FastAPI) -> AsyncIterator[None]:
    """Make the parts and keep the keys fresh. Raises RuntimeError without a usable SECRET_KEY."""
    settings: Settings = app.state.settings
    require_secret(settings.secret_key, debug=settings.debug)

    def clock() -> datetime:
        current: Clock = app.state.clock
        return current()

    keys = KeyRing(app.state.database, derive_key(settings.secret_key, SEAL_SIGNING_KEYS), clock)
    passwords = Passwords(threads=settings.password_threads, queue=settings.password_queue)
    pictures = Pictures(open_storage(settings), threads=settings.picture_threads, queue=settings.picture_queue)
    app.state.parts = Parts(
        clock=clock,
        passwords=passwords,
        keys=keys,
        access_tokens=AccessTokens(settings, keys, clock),
        refresh_tokens=RefreshTokens(settings, derive_key(settings.secret_key, DERIVE_REFRESH_TOKENS)),
        pictures=pictures,
        factors=FactorKit.of(settings),
        oauth=OAuth(Providers(settings, clock), apps_of(settings), derive_key(settings.secret_key, SEAL_OAUTH)),
        throttle=Throttle(app.state.database, settings, derive_key(settings.secret_key, HASH_THROTTLES), clock),
        links=link_issuer(settings),
        settings=settings,
    )
    refresher = asyncio.create_task(keys.keep_fresh(), name="signing keys")
    try:
        yield
    finally:
        refresher.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await refresher
        passwords.close()
        pictures.close()


def get_parts(request: Request) -> Parts:
    parts: Parts = request.app.state.parts
    return parts


PartsDep = Annotated[Parts, Depends(get_parts)]
