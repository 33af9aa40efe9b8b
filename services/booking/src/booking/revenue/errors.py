"""Expected failures of the revenue slice."""

from shared.errors import TooManyRequests, Unavailable


class TooManyStreams(TooManyRequests):
    code, title = "too_many_streams", "You have too many streams open"


class StreamsExhausted(Unavailable):
    code, title = "streams_exhausted", "No more streams can be opened right now"
