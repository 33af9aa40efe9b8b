"""Bodies of the audit slice."""

from typing import Any
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from shared.clock import UtcDatetime


class AuditEntry(BaseModel):
    """Something that happened to an account."""

    model_config = ConfigDict(from_attributes=True)

    id: UUID
    occurred_at: UtcDatetime
    action: str = Field(examples=["account.role_changed"])
    actor: UUID | None = Field(description="Whose request it was; null for commands on the server")
    subject: UUID
    before: dict[str, Any]
    after: dict[str, Any]
    reason: str
    request_id: str | None
    address: str
    user_agent: str
