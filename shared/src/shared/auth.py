"""Who is calling: verify an access token against identity's public keys, then what the service's replica knows newer.

Access tokens are JWTs of type at+jwt (RFC 9068), ES256 only.
"""

import asyncio
import contextlib
import re
import time
from collections import OrderedDict
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Annotated, Any
from uuid import UUID

import httpx
import jwt
from fastapi import Depends, Request
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer
from sqlalchemy import Row
from sqlalchemy.ext.asyncio import AsyncSession

from shared.db import SessionDep
from shared.errors import AccountDisabled, Forbidden, InvalidToken, SecondFactorRequired, Unauthenticated, Unavailable
from shared.settings import ServiceSettings

ALGORITHM = "ES256"
TOKEN_TYPE = "at+jwt"  # noqa: S105 - a media type, not a secret
JWKS_PATH = "/api/auth/.well-known/jwks.json"
_REQUIRED = ["iss", "aud", "exp", "iat", "sub", "jti", "sid"]
_CACHE_SECONDS = 60.0
_CACHE_SIZE = 10_000
_REFETCH_SECONDS = 30.0
_KEYS_SECONDS = 300.0  # a key that was withdrawn is forgotten by then
_MAX_TOKEN = 4096
# Unpadded, and with a signature of this length (RFC 7515): one text for one token.
_FORM = re.compile(r"[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]{86}")
MAX_TOKEN_SECONDS = 24 * 3600  # no token of ours lives longer


class Role(StrEnum):
    USER = "user"
    CREATOR = "creator"
    ADMIN = "admin"


@dataclass(frozen=True, slots=True)
class CurrentUser:
    """The caller, as the token says and a newer replica corrects."""

    id: UUID
    role: Role
    username: str
    first_name: str
    last_name: str
    sid: UUID
    version: int
    methods: tuple[str, ...] = ()  # how they logged in, the token's `amr` (RFC 8176)
    held_back: bool = False  # an admin, who counts as a user until they log in with a second factor

    @property
    def mfa(self) -> bool:
        """Whether they logged in with more than one factor."""
        return "mfa" in self.methods


@dataclass(frozen=True, slots=True)
class AccountState:
    """What a service itself knows of an account; overrides the token when `version` is newer."""

    version: int
    role: Role
    is_active: bool
    username: str
    first_name: str
    last_name: str
    login_revoked: bool = False

    @classmethod
    def of_replica(cls, row: Row[Any], user: CurrentUser) -> "AccountState | None":
        """From a service's copy of accounts, whose columns are null for who isn't known, and its revoked logins."""
        if row.version is not None:
            return cls(
                version=row.version,
                role=Role(row.role),
                is_active=row.is_active,
                username=row.username,
                first_name=row.first_name,
                last_name=row.last_name,
                login_revoked=row.login_revoked,
            )
        if not row.login_revoked:
            return None
        # Nothing but the end of their login is known.
        return cls(user.version, user.role, True, user.username, user.first_name, user.last_name, login_revoked=True)


KeySource = Callable[[], Awaitable[dict[str, Any]]]
AccountLookup = Callable[[AsyncSession, CurrentUser], Awaitable[AccountState | None]]


def http_key_source(settings: ServiceSettings) -> KeySource:
    """Public keys from the identity service: one of the internal read-only calls."""
    client = httpx.AsyncClient(base_url=settings.identity_url, timeout=2.0)

    async def fetch() -> dict[str, Any]:
        response = await client.get(JWKS_PATH)
        response.raise_for_status()
        document: dict[str, Any] = response.json()
        return document

    return fetch


class TokenVerifier:
    """Verifies signatures with cached keys; an unknown key id refetches them, `refetch_seconds` apart at least."""

    def __init__(
        self, settings: ServiceSettings, source: KeySource, *, refetch_seconds: float = _REFETCH_SECONDS
    ) -> None:
        self._settings = settings
        self._source = source
        self._refetch_seconds = refetch_seconds
        self._keys: dict[str, jwt.PyJWK] = {}
        self._fetched = float("-inf")
        self._fetching: asyncio.Task[None] | None = None
        self._verified: OrderedDict[str, tuple[float, CurrentUser]] = OrderedDict()

    async def verify(self, token: str) -> CurrentUser:
        """The user a token names. Raises InvalidToken, or Unavailable when no key was ever reachable."""
        now = time.time()
        cached = self._verified.get(token)
        if cached is not None and cached[0] > now:
            return cached[1]
        if len(token) > _MAX_TOKEN or not _FORM.fullmatch(token):
            raise InvalidToken
        user, expires = self._decode(token, await self._key(token))
        self._verified[token] = (min(expires, now + _CACHE_SECONDS), user)
        if len(self._verified) > _CACHE_SIZE:
            self._verified.popitem(last=False)
        return user

    async def _key(self, token: str) -> jwt.PyJWK:
        try:
            header = jwt.get_unverified_header(token)
        except jwt.InvalidTokenError:
            raise InvalidToken from None
        # Keys that a header brings along (jwk, jku, x5c) are never looked at.
        kid = header.get("kid")
        if header.get("alg") != ALGORITHM or header.get("typ") != TOKEN_TYPE or not isinstance(kid, str):
            raise InvalidToken
        age = time.monotonic() - self._fetched
        if (kid not in self._keys and age > self._refetch_seconds) or age > _KEYS_SECONDS:
            await self._refetch()
        if kid not in self._keys:
            raise InvalidToken
        return self._keys[kid]

    async def warm(self) -> None:
        """Fetch the keys before the first request needs them; without them it will try itself."""
        with contextlib.suppress(Unavailable):
            await self._refetch()

    async def _refetch(self) -> None:
        """Who misses a key together shares one reading, however many they are."""
        if self._fetching is None:
            self._fetching = asyncio.create_task(self._fetch())
            self._fetching.add_done_callback(self._fetch_ended)
        # Shielded: who goes away takes nothing from those who still wait.
        await asyncio.shield(self._fetching)

    def _fetch_ended(self, task: "asyncio.Task[None]") -> None:
        self._fetching = None
        if not task.cancelled():
            task.exception()  # seen, also when everybody has gone away meanwhile

    async def _fetch(self) -> None:
        try:
            document = await self._source()
        except (httpx.HTTPError, ValueError) as error:
            if not self._keys:
                raise Unavailable("The keys that verify logins can't be reached right now.") from error
            return
        finally:
            # Without any key yet the next request may try again at once; a hammering needs keys to hammer with.
            self._fetched = time.monotonic() if self._keys else float("-inf")
        keys = (jwt.PyJWK(item) for item in document["keys"])
        found = {key.key_id: key for key in keys if key.key_id and key.algorithm_name == ALGORITHM}
        if found.keys() != self._keys.keys():
            self._verified.clear()
        self._keys = found
        self._fetched = time.monotonic()

    def _decode(self, token: str, key: jwt.PyJWK) -> tuple[CurrentUser, float]:
        try:
            claims = jwt.decode(
                token,
                key,
                algorithms=[ALGORITHM],
                audience=self._settings.token_audience,
                issuer=self._settings.token_issuer,
                options={"require": _REQUIRED},
            )
            _check_life(claims["iat"], claims["exp"])
            user = CurrentUser(
                id=UUID(claims["sub"]),
                role=Role(claims["role"]),
                username=str(claims["username"]),
                first_name=str(claims["given_name"]),
                last_name=str(claims["family_name"]),
                sid=UUID(claims["sid"]),
                version=int(claims["ver"]),
                methods=_methods(claims.get("amr", [])),
            )
        except (jwt.InvalidTokenError, KeyError, ValueError, TypeError, AttributeError):
            raise InvalidToken from None
        return user, float(claims["exp"])


def _check_life(issued: object, expires: object) -> None:
    """Raises ValueError. PyJWT reads numbers out of texts, and lets a token live for ever."""
    if type(issued) is not int or type(expires) is not int or expires - issued > MAX_TOKEN_SECONDS:
        raise ValueError("not the life of a token of ours")


def _methods(claim: object) -> tuple[str, ...]:
    if not isinstance(claim, list) or not all(isinstance(method, str) for method in claim):
        raise TypeError
    return tuple(claim)


_bearer = HTTPBearer(auto_error=False, scheme_name="bearer", bearerFormat="JWT")


async def optional_user(
    request: Request,
    session: SessionDep,
    credentials: Annotated[HTTPAuthorizationCredentials | None, Depends(_bearer)],
) -> CurrentUser | None:
    """The caller, or None for a visitor; a token that is there but bad is refused all the same.

    An admin without the second factor that the settings ask for counts as a user.
    """
    given = request.headers.getlist("authorization")
    # Of two, whoever stands before us might look at the other one.
    if len(given) > 1 or (given and credentials is None):
        raise InvalidToken
    if credentials is None:
        return None
    verifier: TokenVerifier = request.app.state.verifier
    lookup: AccountLookup = request.app.state.accounts
    user = await verifier.verify(credentials.credentials)
    state = await lookup(session, user)
    # No row yet: the account was made a moment ago and its event is on the way; the token is the truth.
    if state is not None:
        user = _corrected(user, state)
    settings: ServiceSettings = request.app.state.settings
    if settings.require_admin_second_factor and user.role == Role.ADMIN and not user.mfa:
        return replace(user, role=Role.USER, held_back=True)
    return user


def _corrected(user: CurrentUser, state: AccountState) -> CurrentUser:
    """The caller as the service itself knows them. Raises InvalidToken, AccountDisabled."""
    if state.login_revoked:
        raise InvalidToken("You were logged out. Please log in again.")
    if state.version >= user.version and not state.is_active:
        raise AccountDisabled
    if state.version <= user.version:
        return user
    return replace(
        user,
        version=state.version,
        role=state.role,
        username=state.username,
        first_name=state.first_name,
        last_name=state.last_name,
    )


OptionalUser = Annotated[CurrentUser | None, Depends(optional_user)]


def _required(user: OptionalUser) -> CurrentUser:
    if user is None:
        raise Unauthenticated
    return user


AuthUser = Annotated[CurrentUser, Depends(_required)]


def require_role(*roles: Role) -> Callable[[CurrentUser], CurrentUser]:
    """A dependency that lets only these roles in, for `Annotated[CurrentUser, Depends(require_role(...))]`."""

    def check(user: AuthUser) -> CurrentUser:
        if user.held_back and Role.ADMIN in roles:
            raise SecondFactorRequired
        if user.role not in roles:
            raise Forbidden(f"This needs the role {' or '.join(roles)}.")
        return user

    return check


CreatorUser = Annotated[CurrentUser, Depends(require_role(Role.CREATOR, Role.ADMIN))]
AdminUser = Annotated[CurrentUser, Depends(require_role(Role.ADMIN))]
