"""What the slice's use cases need beside a session: its keys, and the site as authenticators know it."""

from dataclasses import dataclass

from identity.derivation import HASH_RECOVERY_CODES, SEAL_TOTP_SECRETS, derive_key
from identity.factors.ceremonies import RelyingParty
from identity.settings import Settings


@dataclass(frozen=True, slots=True)
class FactorKit:
    totp_key: bytes
    recovery_key: bytes
    relying_party: RelyingParty
    admins_must: bool  # have a second factor

    @classmethod
    def of(cls, settings: Settings) -> "FactorKit":
        return cls(
            totp_key=derive_key(settings.secret_key, SEAL_TOTP_SECRETS),
            recovery_key=derive_key(settings.secret_key, HASH_RECOVERY_CODES),
            relying_party=RelyingParty.of(settings.site_url),
            admins_must=settings.require_admin_second_factor,
        )
