"""What a login is answered with, whatever the way it came about."""

from fastapi import Response

from identity.accounts.models import User
from identity.browser import Browser
from identity.devices import Device
from identity.factors.challenges import SecondFactorNeeded
from identity.login.errors import SecondStepRequired
from identity.login.families import Issued
from identity.login.schemas import BrowserLogin, LoginOut, LoginUser
from identity.parts import Parts


def marked(device: Device, browser: Browser | None) -> Device:
    """The device that is about to log in; pages' browsers are told again by a cookie."""
    return device if browser is None else device.marked()


def logged_in(
    response: Response,
    parts: Parts,
    account: User,
    issued: Issued | SecondFactorNeeded,
    browser: Browser | None,
    device: Device,
) -> LoginOut | BrowserLogin:
    """Tokens, to pages in cookies. Raises SecondStepRequired for a login that is half done."""
    if isinstance(issued, SecondFactorNeeded):
        raise SecondStepRequired(issued.challenge, issued.methods)
    user = LoginUser.model_validate(account)
    access = parts.access_tokens.issue(account, issued.login_id, issued.methods)
    if browser is None:
        return LoginOut(user=user, access=access, refresh=issued.refresh)
    browser.remember(response, issued.refresh, parts.refresh_tokens.life)
    device.remember(response)
    return BrowserLogin(user=user, access=access)
