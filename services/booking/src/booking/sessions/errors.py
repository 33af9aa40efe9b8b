"""Expected failures around sessions."""

from shared.errors import NotFound


class SessionNotFound(NotFound):
    title = "There is no such session"
