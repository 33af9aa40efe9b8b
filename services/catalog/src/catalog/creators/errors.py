from shared.errors import NotFound


class CreatorNotFound(NotFound):
    code, title = "creator_not_found", "There's no such creator, or they no longer offer sessions"
