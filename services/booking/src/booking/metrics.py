"""What booking counts beside what every service does."""

from prometheus_client import Counter, Gauge, Histogram

STREAMS_OPEN = Gauge("stats_streams_open", "Streams of figures that are open")
STREAMS_ENDED = Counter("stats_streams_ended_total", "Streams of figures that ended", ["reason"])
STREAMS_REFUSED = Counter("stats_streams_refused_total", "Streams of figures that were refused", ["code"])
STREAM_EVENTS = Counter("stats_stream_events_total", "Figures sent to streams")
STREAM_POLL_SECONDS = Histogram("stats_stream_poll_seconds", "Time of one look at what has changed, for all streams")

# Of the worker that leads, as of its last check.
REVENUE_DRIFT = Gauge("revenue_drift", "Rows of the revenue projection that differ from the bookings")
REVENUE_PENDING = Gauge("revenue_pending_events", "Events of bookings that the projection hasn't had")
