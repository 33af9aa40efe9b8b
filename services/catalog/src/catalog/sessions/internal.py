"""What other services may ask directly. The gateway routes none of it."""

from typing import Any
from uuid import UUID

from fastapi import APIRouter

from catalog.creators import service as creators
from catalog.sessions.service import writing
from shared.db import SessionDep

router = APIRouter(include_in_schema=False)


@router.get("/internal/sessions/{session_id}/")
async def session_state(session: SessionDep, session_id: UUID) -> dict[str, Any]:
    """A session and its creator, as their events would tell, for a replica that doesn't have them yet.

    A deleted session has its `deleted_at`. The creator's e-mail address isn't known here.
    """
    version, state = await writing.state(session, session_id)
    creator = await creators.known(session, state.creator_id)
    return {
        "version": version,
        "session": state.model_dump(mode="json"),
        "creator": None if creator is None else creators.as_known(creator),
    }
