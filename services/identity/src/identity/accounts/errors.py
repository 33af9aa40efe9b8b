"""Expected failures of the accounts slice."""

from shared.errors import Conflict


class EmailTaken(Conflict):
    code, title = "email_taken", "There is an account with this e-mail address already"


class UsernameTaken(Conflict):
    code, title = "username_taken", "This username belongs to somebody else"


class OwnAccount(Conflict):
    code, title = "own_account", "You can't take your own account or role away"


class LastAdmin(Conflict):
    code, title = "last_admin", "This is the last active admin"


class AccountAnonymised(Conflict):
    code, title = "account_anonymised", "This account was deleted and can't be changed any more"
