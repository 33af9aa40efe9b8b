"""The composition root of the identity api."""

from typing import Any

from fastapi import FastAPI

from identity import parts
from identity.accounts import internal
from identity.accounts.endpoints import own, users
from identity.accounts.models import User
from identity.administration.endpoints import router as administration
from identity.audit.endpoints import router as audit
from identity.confirmations.endpoints import router as confirmations
from identity.factors.endpoints import own as own_factors
from identity.factors.endpoints import users as users_factors
from identity.keys.endpoints import router as keys
from identity.login.endpoints import router as login
from identity.login.endpoints import users as logins_of_users
from identity.login.service import account_state
from identity.oauth.endpoints import callbacks
from identity.oauth.endpoints import router as oauth
from identity.own_data.endpoints import router as own_data
from identity.pictures.endpoints import AVATAR
from identity.pictures.endpoints import router as pictures
from identity.pictures.receiving import MAX_FORM_BYTES
from identity.settings import Settings
from shared.app import create_app
from shared.audit_endpoints import audit_router
from shared.contracts.identity import UserState
from shared.operations import endpoints as operations
from shared.replicas import snapshot


def create(settings: Settings | None = None) -> FastAPI:
    """The api's app; no environment is needed and no I/O happens before its lifespan."""

    async def own_keys() -> dict[str, Any]:
        made: parts.Parts = app.state.parts
        return await made.keys.jwks()

    app = create_app(
        settings or Settings(),
        routers=[
            own,
            login,
            own_factors,
            administration,
            users,
            logins_of_users,
            users_factors,
            oauth,
            callbacks,
            audit,
            audit_router("identity"),
            keys,
            pictures,
            own_data,
            operations.router("identity"),
            confirmations,
            internal.router,
            snapshot("/internal/users/", User, UserState),
        ],
        accounts=account_state,
        key_source=own_keys,
        hooks=[parts.lifespan],
        uploads={AVATAR: MAX_FORM_BYTES},
    )
    return app
