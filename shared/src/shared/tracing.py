"""The thread that ties a request, its log lines, its events and what they cause together."""

from contextvars import ContextVar

# The request id of the request (or first event) that started it all; travels with every event.
correlation_id: ContextVar[str | None] = ContextVar("correlation_id", default=None)
# The id of the event being handled: the cause of what is published meanwhile.
causation_id: ContextVar[str | None] = ContextVar("causation_id", default=None)
