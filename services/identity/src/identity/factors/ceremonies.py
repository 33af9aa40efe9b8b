"""WebAuthn's two ceremonies: an authenticator makes a passkey for an account, and signs with it later.

Its user is always verified (fingerprint, face, PIN), so that a passkey is two factors at once.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import webauthn
from webauthn.helpers import (
    base64url_to_bytes,
    options_to_json_dict,
    parse_authentication_credential_json,
    parse_client_data_json,
)
from webauthn.helpers.structs import (
    AttestationConveyancePreference,
    AuthenticatorSelectionCriteria,
    AuthenticatorTransport,
    CredentialDeviceType,
    PublicKeyCredentialDescriptor,
    ResidentKeyRequirement,
    UserVerificationRequirement,
)

from identity.accounts.models import User
from identity.factors.models import Passkey

NAME = "Sessions Marketplace"
_TIMEOUT = 5 * 60 * 1000  # ms; what the browser waits
_TRANSPORTS = frozenset(transport.value for transport in AuthenticatorTransport)
_PORTS = {"http": 80, "https": 443}


class Refused(Exception):
    """The authenticator's answer isn't good; what is wrong with it is for the log alone."""


@dataclass(frozen=True, slots=True)
class Registration:
    """A passkey that an authenticator has made."""

    credential_id: bytes
    public_key: bytes
    sign_count: int
    transports: list[str]
    backup_eligible: bool
    backed_up: bool


@dataclass(frozen=True, slots=True)
class Assertion:
    """A signature that is good. Whether the counter is, is for whoever knows what it was."""

    sign_count: int
    backup_eligible: bool
    backed_up: bool


@dataclass(frozen=True, slots=True)
class Claim:
    """What an answer says of itself, before anything of it is verified."""

    credential_id: bytes
    challenge: bytes
    user_handle: bytes | None


@dataclass(frozen=True, slots=True)
class RelyingParty:
    """The site, as authenticators know it: passkeys belong to its host, and are used on its pages only."""

    id: str
    origin: str

    @classmethod
    def of(cls, site_url: str) -> "RelyingParty":
        parts = urlsplit(site_url)
        host = parts.hostname or ""
        port = "" if parts.port in (None, _PORTS.get(parts.scheme)) else f":{parts.port}"
        return cls(host, f"{parts.scheme}://{host}{port}")

    def creation_options(self, user: User, challenge: bytes, existing: Sequence[Passkey]) -> dict[str, Any]:
        """What `navigator.credentials.create` is given, as JSON."""
        options = webauthn.generate_registration_options(
            rp_id=self.id,
            rp_name=NAME,
            user_id=user.id.bytes,
            user_name=user.email,
            user_display_name=f"{user.first_name} {user.last_name}".strip() or user.username,
            challenge=challenge,
            timeout=_TIMEOUT,
            attestation=AttestationConveyancePreference.NONE,
            authenticator_selection=AuthenticatorSelectionCriteria(
                resident_key=ResidentKeyRequirement.PREFERRED,
                user_verification=UserVerificationRequirement.REQUIRED,
            ),
            exclude_credentials=_descriptors(existing),
        )
        return options_to_json_dict(options)

    def request_options(self, challenge: bytes, allowed: Sequence[Passkey] = ()) -> dict[str, Any]:
        """What `navigator.credentials.get` is given, as JSON. Without any allowed, the authenticator knows its own."""
        options = webauthn.generate_authentication_options(
            rp_id=self.id,
            challenge=challenge,
            timeout=_TIMEOUT,
            allow_credentials=_descriptors(allowed),
            user_verification=UserVerificationRequirement.REQUIRED,
        )
        return options_to_json_dict(options)

    def verify_registration(self, credential: dict[str, Any], challenge: bytes) -> Registration:
        """Raises Refused."""
        # Whatever a library makes of bytes that anybody may send: nothing else happens in here.
        try:
            made = webauthn.verify_registration_response(
                credential=credential,
                expected_challenge=challenge,
                expected_rp_id=self.id,
                expected_origin=self.origin,
                require_user_verification=True,
            )
            transports = credential["response"].get("transports") or []
            known = [transport for transport in transports if transport in _TRANSPORTS]
        except Exception as error:
            raise Refused(str(error)) from error
        _refuse_framed(credential)
        return Registration(
            made.credential_id,
            made.credential_public_key,
            made.sign_count,
            sorted(set(known)),
            made.credential_device_type == CredentialDeviceType.MULTI_DEVICE,
            made.credential_backed_up,
        )

    def verify_assertion(self, credential: dict[str, Any], challenge: bytes, public_key: bytes) -> Assertion:
        """Raises Refused."""
        try:
            found = webauthn.verify_authentication_response(
                credential=credential,
                expected_challenge=challenge,
                expected_rp_id=self.id,
                expected_origin=self.origin,
                credential_public_key=public_key,
                # Compared by the statement that stores it, so that a counter that goes back can be told from a forgery.
                credential_current_sign_count=0,
                require_user_verification=True,
            )
        except Exception as error:
            raise Refused(str(error)) from error
        _refuse_framed(credential)
        multiple = found.credential_device_type == CredentialDeviceType.MULTI_DEVICE
        return Assertion(found.new_sign_count, multiple, found.credential_backed_up)


def claim(credential: dict[str, Any]) -> Claim:
    """What an assertion says of itself. Raises Refused."""
    try:
        parsed = parse_authentication_credential_json(credential)
        challenge = parse_client_data_json(parsed.response.client_data_json).challenge
        return Claim(parsed.raw_id, challenge, parsed.response.user_handle)
    except Exception as error:
        raise Refused(str(error)) from error


def registration_challenge(credential: dict[str, Any]) -> bytes:
    """The challenge that a registration says it answers. Raises Refused."""
    try:
        return parse_client_data_json(_client_data(credential)).challenge
    except Exception as error:
        raise Refused(str(error)) from error


def _client_data(credential: dict[str, Any]) -> bytes:
    return base64url_to_bytes(credential["response"]["clientDataJSON"])


def _refuse_framed(credential: dict[str, Any]) -> None:
    """The library leaves this to its callers. Raises Refused."""
    if json.loads(_client_data(credential)).get("crossOrigin", False) is not False:
        raise Refused("the page was in a frame of another origin")


def _descriptors(passkeys: Sequence[Passkey]) -> list[PublicKeyCredentialDescriptor]:
    return [
        PublicKeyCredentialDescriptor(
            id=passkey.credential_id,
            transports=[AuthenticatorTransport(transport) for transport in passkey.transports],
        )
        for passkey in passkeys
    ]
