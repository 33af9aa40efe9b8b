"""Bodies of the administration slice."""

from typing import Literal, Self

from pydantic import Field, model_validator

from shared.auth import Role
from shared.bulk import BulkRequest


class UsersBulk(BulkRequest):
    """Each action but logging out is undone by its opposite."""

    action: Literal["activate", "deactivate", "set_role", "log_out"]
    role: Role | None = Field(default=None, description="For `set_role`")

    @model_validator(mode="after")
    def _with_its_role(self) -> Self:
        if self.action == "set_role" and self.role is None:
            raise ValueError("Give the role that they shall have")
        return self
