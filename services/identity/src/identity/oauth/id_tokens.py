"""Google's ID tokens (OpenID Connect Core, 3.1.3.7): who logged in there, signed for us alone."""

import time
from collections.abc import Awaitable, Callable
from typing import Any

import joserfc.errors
from authlib.oidc.core.util import create_half_hash
from joserfc import jws, jwt
from joserfc.jwk import JWKRegistry, RSAKey

from identity.oauth.errors import ProviderRefused

# The one that Google signs with. `none`, and HMAC keyed by a public key, are not among what is tried.
ALGORITHM = "RS256"
_LEEWAY = 60  # seconds that clocks may differ by
_REFETCH_SECONDS = 30.0
_KEYS_SECONDS = 600.0  # a key that was withdrawn is forgotten by then
_LONGEST = 16_384

KeySource = Callable[[], Awaitable[dict[str, Any]]]


class ProviderKeys:
    """A provider's public keys by their id. An unknown id fetches them again, `refetch_seconds` apart at least."""

    def __init__(self, source: KeySource, *, refetch_seconds: float = _REFETCH_SECONDS) -> None:
        self._source = source
        self._refetch_seconds = refetch_seconds
        self._keys: dict[str, RSAKey] = {}
        self._fetched = float("-inf")

    async def get(self, kid: str) -> RSAKey | None:
        age = time.monotonic() - self._fetched
        if (kid not in self._keys and age > self._refetch_seconds) or age > _KEYS_SECONDS:
            self._keys = _rsa_keys(await self._source())
            self._fetched = time.monotonic()
        return self._keys.get(kid)


def _rsa_keys(document: dict[str, Any]) -> dict[str, RSAKey]:
    found = {}
    for item in document["keys"]:
        if item.get("kty") != "RSA" or item.get("use", "sig") != "sig" or item.get("alg", ALGORITHM) != ALGORITHM:
            continue
        key = JWKRegistry.import_key(item)
        if isinstance(key, RSAKey) and isinstance(item.get("kid"), str):
            found[item["kid"]] = key
    return found


async def verify(
    token: object,
    keys: ProviderKeys,
    *,
    issuers: list[str],
    client_id: str,
    nonce: str,
    access_token: str,
    now: int,
) -> dict[str, Any]:
    """The claims of a token that the provider signed for this client and this attempt. Raises ProviderRefused."""
    if not isinstance(token, str) or len(token) > _LONGEST:
        raise ProviderRefused("There is no ID token.")
    try:
        header = jws.extract_compact(token.encode()).headers()
        # Keys that a header brings along (jwk, jku, x5c) are never looked at.
        kid = header.get("kid")
        key = await keys.get(kid) if isinstance(kid, str) and header.get("alg") == ALGORITHM else None
        if key is None:
            raise ProviderRefused("The ID token is signed by nobody we know.")
        claims = jwt.decode(token, key, algorithms=[ALGORITHM]).claims
        jwt.JWTClaimsRegistry(
            now=now,
            leeway=_LEEWAY,
            iss={"essential": True, "values": issuers},
            aud={"essential": True, "value": client_id},
            sub={"essential": True},
            exp={"essential": True},
            iat={"essential": True},
        ).validate(claims)
    except (joserfc.errors.JoseError, ValueError, TypeError, AttributeError) as error:
        raise ProviderRefused(f"The ID token isn't valid: {type(error).__name__}.") from error
    if claims.get("nonce") != nonce:
        raise ProviderRefused("The ID token was made for another attempt.")
    audience = claims["aud"] if isinstance(claims["aud"], list) else [claims["aud"]]
    # For several at once, or given to another party: not for us to use unless it says that we asked for it.
    if ("azp" in claims or len(audience) > 1) and claims.get("azp") != client_id:
        raise ProviderRefused("The ID token was made for another client.")
    if "at_hash" in claims and claims["at_hash"] != create_half_hash(access_token, ALGORITHM).decode():
        raise ProviderRefused("The ID token came with another access token.")
    return claims
