"""What mails say: one source for their text and their HTML, all copy in one place.

Lines are Jinja templates over the mail's data, `site` (the marketplace's address), `at` (when it happened) and `link`.
"""

from dataclasses import dataclass, field
from enum import StrEnum


class Kind(StrEnum):
    VERIFY_EMAIL = "verify_email"
    RESET_PASSWORD = "reset_password"  # noqa: S105 - a kind of mail, not a password
    CHANGE_EMAIL = "change_email"
    EMAIL_CHANGE_REQUESTED = "email_change_requested"
    SECOND_FACTOR_ADDED = "second_factor_added"
    SECOND_FACTOR_REMOVED = "second_factor_removed"
    PASSKEY_COPIED = "passkey_copied"
    RECOVERY_CODE_USED = "recovery_code_used"
    RECOVERY_CODES_RENEWED = "recovery_codes_renewed"
    PROVIDER_LINKED = "provider_linked"
    PROVIDER_UNLINKED = "provider_unlinked"
    NEW_DEVICE = "new_device"
    PASSWORD_CHANGED = "password_changed"  # noqa: S105 - a kind of mail, not a password
    EMAIL_CHANGED = "email_changed"
    ACCOUNT_DELETED = "account_deleted"


@dataclass(frozen=True, slots=True)
class Content:
    """A mail. `needs` names the data without which it can't be written."""

    subject: str
    lines: tuple[str, ...]
    facts: tuple[tuple[str, str], ...] = ()
    button: str = ""
    path: str = ""  # of the page that the button opens
    after: tuple[str, ...] = ()
    needs: frozenset[str] = field(default_factory=frozenset)
    by_name: bool = True  # False where the address may be somebody else's: the name was given by who knows whom


_NOT_YOU = (
    "If this was you, there is nothing to do.",
    "If it wasn't, set a new password with “Forgot your password?” on the login page: that logs out everybody else.",
)

_LINK = frozenset({"link", "until"})

CONTENTS: dict[Kind, Content] = {
    Kind.VERIFY_EMAIL: Content(
        "Confirm your e-mail address",
        ("Somebody opened an account with this address. If it was you, please confirm that the address is yours.",),
        button="Confirm my address",
        path="/verify-email",
        after=(
            "The link works once, until {{ until }}.",
            "If it wasn't you, do nothing: without this confirmation the account doesn't count as yours.",
        ),
        needs=_LINK,
        by_name=False,
    ),
    Kind.RESET_PASSWORD: Content(
        "Set a new password",
        ("Somebody asked to set a new password for your account, because the old one was forgotten.",),
        button="Set a new password",
        path="/reset-password",
        after=(
            "The link works once, until {{ until }}. All devices are logged out by it.",
            "If it wasn't you, do nothing: your password stays as it is.",
        ),
        needs=_LINK,
    ),
    Kind.CHANGE_EMAIL: Content(
        "Confirm your new e-mail address",
        ("Somebody wants to use this address for their account. If it was you, please confirm that it is yours.",),
        button="Use this address",
        path="/change-email",
        after=(
            "The link works once, until {{ until }}. Until you follow it the old address stays.",
            "If it wasn't you, do nothing.",
        ),
        needs=_LINK,
        by_name=False,
    ),
    Kind.EMAIL_CHANGE_REQUESTED: Content(
        "Your e-mail address is about to change",
        ("Somebody who knows your password asked us to use another address for your account.",),
        facts=(("New address", "{{ new_email }}"), ("When", "{{ at }}")),
        after=(
            "If this was you, there is nothing to do here: follow the link that we sent to the new address.",
            "If it wasn't, set a new password at once with “Forgot your password?” on the login page: that keeps the"
            " address as it is and logs out everybody else.",
        ),
        needs=frozenset({"new_email"}),
    ),
    Kind.SECOND_FACTOR_ADDED: Content(
        "A second factor was added to your account",
        ("From now on logging in takes one more step.",),
        facts=(("Second factor", "{{ factor }}"), ("When", "{{ at }}")),
        button="Look at your security settings",
        path="/profile/security",
        after=_NOT_YOU,
        needs=frozenset({"factor"}),
    ),
    Kind.SECOND_FACTOR_REMOVED: Content(
        "A second factor was removed from your account",
        ("Your account is easier to get into now than it was.",),
        facts=(("Second factor", "{{ factor }}"), ("When", "{{ at }}")),
        button="Look at your security settings",
        path="/profile/security",
        after=_NOT_YOU,
        needs=frozenset({"factor"}),
    ),
    Kind.PASSKEY_COPIED: Content(
        "A passkey of your account may have been copied",
        (
            "Somebody tried to log in with a passkey of yours and was refused: it counts its uses, and this time it"
            " counted fewer than before. A copy of it would do that.",
        ),
        facts=(("Passkey", "{{ passkey }}"), ("When", "{{ at }}")),
        button="Look at your security settings",
        path="/profile/security",
        after=(
            "Even if this was you, please remove the passkey and add a new one: copies of it are worth nothing then.",
            "Look at your devices on the same page, too, and log out those that you don't know.",
        ),
        needs=frozenset({"passkey"}),
    ),
    Kind.RECOVERY_CODE_USED: Content(
        "A recovery code was used to log in to your account",
        ("It stood in for your second factor, and isn't good any more.",),
        facts=(("Codes left", "{{ left }}"), ("When", "{{ at }}")),
        button="Look at your security settings",
        path="/profile/security",
        after=_NOT_YOU,
        needs=frozenset({"left"}),
    ),
    Kind.RECOVERY_CODES_RENEWED: Content(
        "New recovery codes were made for your account",
        ("The ones before aren't good any more.",),
        facts=(("When", "{{ at }}"),),
        button="Look at your security settings",
        path="/profile/security",
        after=_NOT_YOU,
    ),
    Kind.PROVIDER_LINKED: Content(
        "{{ provider }} was linked to your account",
        ("You can log in with it from now on.",),
        facts=(("Linked", "{{ provider }}"), ("When", "{{ at }}")),
        button="Look at your linked accounts",
        path="/profile/account",
        after=_NOT_YOU,
        needs=frozenset({"provider"}),
    ),
    Kind.PROVIDER_UNLINKED: Content(
        "{{ provider }} was unlinked from your account",
        ("You can't log in with it any more.",),
        facts=(("Unlinked", "{{ provider }}"), ("When", "{{ at }}")),
        button="Look at your linked accounts",
        path="/profile/account",
        after=_NOT_YOU,
        needs=frozenset({"provider"}),
    ),
    Kind.NEW_DEVICE: Content(
        "Your account was logged in to from a new device",
        ("Somebody logged in to your account from a device that we haven't seen before.",),
        facts=(("Device", "{{ device }}"), ("When", "{{ at }}")),
        button="Look at your devices",
        path="/profile/security",
        after=_NOT_YOU,
        needs=frozenset({"device"}),
    ),
    Kind.PASSWORD_CHANGED: Content(
        "Your password was changed",
        ("All other devices were logged out.",),
        facts=(("When", "{{ at }}"),),
        after=_NOT_YOU,
    ),
    Kind.EMAIL_CHANGED: Content(
        "Your e-mail address was changed",
        ("From now on you log in with the new address, and we write to it. This is the last mail to the old one.",),
        facts=(("New address", "{{ new_email }}"), ("When", "{{ at }}")),
        after=(
            "If this was you, there is nothing to do.",
            "If it wasn't, somebody else got into your account. Please write to us at once.",
        ),
        needs=frozenset({"new_email"}),
    ),
    Kind.ACCOUNT_DELETED: Content(
        "Your account was deleted",
        (
            "We have forgotten your name, your address and your picture. Bookings stay with who needs them for their"
            " records, without saying whose they were.",
        ),
        facts=(("When", "{{ at }}"),),
        after=("Thank you for having been here. This is the last mail that you get from us.",),
    ),
}
