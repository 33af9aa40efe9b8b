from shared.errors import Conflict, Forbidden, NotFound


class SessionNotFound(NotFound):
    code, title = "session_not_found", "There's no such session, or it isn't public"


class NotYourSession(Forbidden):
    code, title = "not_your_session", "Only the session's creator and admins may do this"


class CompletedIsFinal(Conflict):
    code, title = "completed_is_final", "A completed session can't be opened again"
