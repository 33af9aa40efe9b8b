"""Creators' public profiles over HTTP."""

import hashlib
from uuid import UUID

from fastapi import APIRouter, Request, Response

from catalog.answers import OPTIONAL_TOKEN, answer, operation_id
from catalog.creators import service
from catalog.creators.errors import CreatorNotFound
from catalog.creators.schemas import CreatorHead, CreatorProfile
from catalog.sessions.service import reading
from shared.auth import OptionalUser
from shared.db import SessionDep
from shared.errors import problem_responses

router = APIRouter(tags=["creators"], generate_unique_id_function=operation_id)


@router.get(
    "/api/creators/{creator_id}/",
    summary="Read a creator's public profile",
    response_model=CreatorProfile,
    responses={
        200: {"headers": {"ETag": {"schema": {"type": "string"}}}},
        304: {"description": "You have it already (If-None-Match)"},
        **problem_responses(CreatorNotFound),
    },
    openapi_extra=OPTIONAL_TOKEN,
)
async def get_creator(request: Request, session: SessionDep, user: OptionalUser, creator_id: UUID) -> Response:
    """Who they are and what they offer now."""
    profile = await service.profile(session, creator_id)
    listed = await reading.of_creator(session, creator_id)
    head = CreatorHead(
        id=profile.id,
        username=profile.username,
        first_name=profile.first_name,
        last_name=profile.last_name,
        avatar=profile.avatar,
        bio=profile.bio,
        created_at=profile.created_at,
        sessions_count=listed.total,
    ).model_dump_json()
    body = f'{head[:-1]},"sessions":[{",".join(listed.cards)}]}}'.encode()
    etag = f'W/"{hashlib.blake2b(body, digest_size=12).hexdigest()}"'
    return answer(request, body, etag, {}, public=user is None)
