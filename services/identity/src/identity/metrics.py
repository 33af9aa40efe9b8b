"""What identity counts beside what every service does."""

from prometheus_client import Counter

ATTEMPTS = Counter("login_attempts_total", "Tries to prove who one is", ["secret", "result"])
