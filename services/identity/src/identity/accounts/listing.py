"""What the list of accounts can be asked for."""

from typing import Annotated, Literal

from fastapi import Depends, Query

from identity.accounts.schemas import Filters
from shared.auth import Role
from shared.clock import Day

Ordering = Literal[
    "created_at",
    "-created_at",
    "updated_at",
    "-updated_at",
    "email",
    "-email",
    "username",
    "-username",
    "name",
    "-name",
]


def _filters(
    search: Annotated[
        str | None, Query(max_length=200, description="Words within e-mail address, username or names")
    ] = None,
    role: Role | None = None,
    is_active: bool | None = None,
    email_verified: bool | None = None,
    created_from: Annotated[Day | None, Query(description="First UTC day")] = None,
    created_to: Annotated[Day | None, Query(description="Last UTC day, included")] = None,
) -> Filters:
    return Filters(search, role.value if role else None, is_active, email_verified, created_from, created_to)


FiltersDep = Annotated[Filters, Depends(_filters)]
OrderingDep = Annotated[Ordering, Query(description="`-` for descending; `name` is the last name, then the first")]
