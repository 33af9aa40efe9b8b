"""Expected failures of booking and cancelling."""

from shared.errors import Conflict, Forbidden, NotFound


class BookingNotFound(NotFound):
    title = "There is no such booking"


class OwnSession(Forbidden):
    code, title = "own_session", "You can't book your own session"


class NotBookable(Conflict):
    code, title = "not_bookable", "This session can't be booked at the moment"


class PriceChanged(Conflict):
    code, title = "price_changed", "The price has changed"


class AlreadyBooked(Conflict):
    code, title = "already_booked", "You have a seat at this time already"


class CreatorBusy(Conflict):
    code, title = "creator_busy", "The creator is busy at this time"


class SoldOut(Conflict):
    code, title = "sold_out", "All seats at this time are taken"


class AlreadyCancelled(Conflict):
    code, title = "already_cancelled", "This booking was cancelled already"


class AlreadyStarted(Conflict):
    code, title = "already_started", "This session has started"
