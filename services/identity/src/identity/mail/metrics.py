"""What the mail slice counts."""

from prometheus_client import Counter, Gauge

MAIL_SENT = Counter("mail_sent_total", "Mails that a server has taken", ["kind"])
MAIL_FAILED = Counter("mail_failed_total", "Mails set aside: refused for good, or not sent within their time", ["kind"])
MAIL_BACKLOG = Gauge("mail_backlog", "Mails that wait to be sent, as the worker that sends sees them")
