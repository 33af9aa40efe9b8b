"""The API process."""

from fastapi import FastAPI

from catalog.consumers import REPLICAS
from catalog.creators import endpoints as creators
from catalog.creators import service
from catalog.sessions import internal
from catalog.sessions.endpoints import admin, sessions
from catalog.sessions.models import Session
from catalog.settings import Settings
from shared.app import create_app
from shared.audit_endpoints import audit_router
from shared.auth import KeySource
from shared.contracts.catalog import SessionState
from shared.operations import endpoints as operations
from shared.replicas import snapshot


def create(settings: Settings | None = None, *, key_source: KeySource | None = None) -> FastAPI:
    """`key_source` stands in for identity's public keys in tests."""
    return create_app(
        settings or Settings(),
        routers=[
            sessions.router,
            admin.router,
            audit_router("catalog"),
            creators.router,
            operations.router("catalog", consumes=True, replicas=REPLICAS),
            internal.router,
            snapshot("/internal/sessions/", Session, SessionState),
        ],
        accounts=service.account,
        key_source=key_source,
    )
