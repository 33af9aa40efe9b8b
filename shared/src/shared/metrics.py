"""What a process counts. One place, so that names stay regular."""

from prometheus_client import Counter, Gauge, Histogram

HTTP_REQUESTS = Counter("http_requests_total", "Requests answered", ["method", "route", "status"])
HTTP_SECONDS = Histogram("http_request_duration_seconds", "Time to answer", ["method", "route"])

OUTBOX_PUBLISHED = Counter("outbox_published_total", "Events confirmed by the broker", ["type"])
OUTBOX_FAILED = Counter("outbox_failed_total", "Publishing attempts that failed", ["type"])
RELAY_LEADER = Gauge("relay_leader", "1 while this process is the relay that publishes")

CONSUMED = Counter("messages_consumed_total", "Messages handled", ["type", "result"])
CONSUME_SECONDS = Histogram("message_handling_seconds", "Time to handle a message", ["type"])
EVENT_LAG_SECONDS = Histogram("event_lag_seconds", "From the event to its effect here", ["type"])
