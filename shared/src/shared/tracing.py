"""The thread that ties a request, its log lines, its events and what they cause together."""

from contextvars import ContextVar
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Client:
    """Where a request comes from: its address as the gateway tells it, and what its program calls itself."""

    address: str = ""
    user_agent: str = ""


# The request id of the request (or first event) that started it all; travels with every event.
correlation_id: ContextVar[str | None] = ContextVar("correlation_id", default=None)
# The id of the event being handled: the cause of what is published meanwhile.
causation_id: ContextVar[str | None] = ContextVar("causation_id", default=None)
_NOBODY = Client()
# Who sent the request; nobody for commands and events.
client: ContextVar[Client] = ContextVar("client", default=_NOBODY)
