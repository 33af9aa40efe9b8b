"""What the booking api counts beside what every service does."""

from prometheus_client import Counter, Gauge, Histogram

STREAMS_OPEN = Gauge("stats_streams_open", "Streams of figures that are open")
STREAMS_ENDED = Counter("stats_streams_ended_total", "Streams of figures that ended", ["reason"])
STREAMS_REFUSED = Counter("stats_streams_refused_total", "Streams of figures that were refused", ["code"])
STREAM_EVENTS = Counter("stats_stream_events_total", "Figures sent to streams")
STREAM_POLL_SECONDS = Histogram("stats_stream_poll_seconds", "Time of one look at what has changed, for all streams")
