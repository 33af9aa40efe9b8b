"""Expected failures of the pictures slice."""

from shared.errors import InvalidInput, NotFound, TooLarge, Unavailable, UnsupportedMediaType


class PictureNotFound(NotFound):
    title = "There is no such picture"


class PictureTooLarge(TooLarge):
    title = "The picture is too large"
    advice = "Nothing was changed. Choose one of at most 10 MiB."


class NotAPicture(UnsupportedMediaType):
    code, title = "unsupported_picture", "This isn't a picture that we can use"
    advice = "Nothing was changed. Send one as JPEG, PNG, WebP or GIF, in a form (multipart/form-data)."


class UnreadablePicture(InvalidInput):
    code, title = "unreadable_picture", "This picture can't be used"


class TooManyPictures(Unavailable):
    title = "Too many pictures are being worked on right now"


class StorageAway(Unavailable):
    title = "The storage of pictures doesn't answer"
