"""What identity's endpoints have in common."""

from fastapi import Response
from fastapi.routing import APIRoute


def operation_id(route: APIRoute) -> str:
    """Readable in the OpenAPI document, and unique because functions are."""
    return route.name


def never_stored(response: Response) -> None:
    """Answers with tokens and personal data stay out of every cache (RFC 6749, 5.1)."""
    response.headers["Cache-Control"] = "no-store"
