#!/usr/bin/env python3
"""Render the broker's definitions: what AMQP clients cannot set themselves (vhost, users, permissions, policies).

    definitions.py [--output FILE]        FILE is replaced in one step; without it the JSON goes to standard output

Standard library only, so that any Python 3.9+ (a container's one-shot job included) can run it. From the environment:
RABBITMQ_VHOST (default `marketplace`), {IDENTITY,CATALOG,BOOKING}_RABBITMQ_PASSWORD (required), and
RABBITMQ_OPERATOR_PASSWORD (optional: adds the user `operator`, an administrator for people and tools).

Exchanges, queues and bindings are declared by the services' `migrate`, which knows them. Limits, retry delays and dead
letters are policies here, because a policy can be changed while a queue lives and a queue's arguments cannot.
"""

import argparse
import base64
import hashlib
import json
import os
import pathlib
import sys
import tempfile
from typing import Any

SERVICES = ("identity", "catalog", "booking")
CONSUMERS = ("catalog", "booking")
RETRY_DELAYS_MS = (1_000, 5_000, 30_000, 120_000)
DELIVERY_LIMIT = 20
# Looking at a dead letter is a delivery, and RabbitMQ 4 drops what was delivered 20 times where no limit is set.
DEAD_DELIVERY_LIMIT = 1_000_000_000
MAX_LENGTH = 1_000_000


def password_hash(user: str, password: str) -> str:
    """RabbitMQ's salted SHA-256 form. The salt follows from both, so that rendering again changes nothing."""
    salt = hashlib.sha256(f"marketplace:{user}:{password}".encode()).digest()[:4]
    return base64.b64encode(salt + hashlib.sha256(salt + password.encode()).digest()).decode()


def user(name: str, password: str, tags: list[str]) -> dict[str, Any]:
    return {
        "name": name,
        "password_hash": password_hash(name, password),
        "hashing_algorithm": "rabbit_password_hashing_sha256",
        "tags": tags,
    }


def permission(name: str, vhost: str, configure: str, write: str, read: str) -> dict[str, str]:
    return {"user": name, "vhost": vhost, "configure": configure, "write": write, "read": read}


def policies(service: str, vhost: str) -> list[dict[str, Any]]:
    """Bounds and dead letters of a consuming service's queue, and the delays of its retry queues (milliseconds).

    What lies in the dead letters stays there, however often somebody looks.

    at-least-once dead-lettering needs reject-publish: a full target then pushes back instead of dropping the oldest.
    """
    safely = {"dead-letter-strategy": "at-least-once", "overflow": "reject-publish"}

    def policy(name: str, pattern: str, definition: dict[str, Any]) -> dict[str, Any]:
        return {
            "vhost": vhost,
            "name": name,
            "pattern": pattern,
            "apply-to": "queues",
            "priority": 10,
            "definition": definition,
        }

    return [
        policy(
            f"{service}.events",
            rf"^{service}\.events$",
            {
                "delivery-limit": DELIVERY_LIMIT,
                "max-length": MAX_LENGTH,
                "dead-letter-exchange": f"{service}.dead",
                "dead-letter-routing-key": f"{service}.dead",
                **safely,
            },
        ),
        *(
            policy(
                f"{service}.retry.{number}",
                rf"^{service}\.retry\.{number}$",
                {
                    "message-ttl": delay,
                    "dead-letter-exchange": "",
                    "dead-letter-routing-key": f"{service}.events",
                    **safely,
                },
            )
            for number, delay in enumerate(RETRY_DELAYS_MS, start=1)
        ),
        policy(f"{service}.dead", rf"^{service}\.dead$", {"delivery-limit": DEAD_DELIVERY_LIMIT}),
    ]


def definitions(environ: dict[str, str]) -> dict[str, Any]:
    """Raises KeyError with the variable's name when a service's password is missing."""
    vhost = environ.get("RABBITMQ_VHOST") or "marketplace"
    users = [user(name, environ[f"{name.upper()}_RABBITMQ_PASSWORD"], []) for name in SERVICES]
    # Its own queues and exchanges, and the common exchange. Not the default exchange: it leads into every queue.
    own = {name: rf"^(events|{name}\..*)$" for name in SERVICES}
    permissions = [permission(name, vhost, own[name], own[name], own[name]) for name in SERVICES]
    # On the common exchange a service speaks in its own name only, and may listen to everybody.
    topic_permissions = [
        {"user": name, "vhost": vhost, "exchange": "events", "write": rf"^{name}\.", "read": ".*"} for name in SERVICES
    ]
    if environ.get("RABBITMQ_OPERATOR_PASSWORD"):
        users.append(user("operator", environ["RABBITMQ_OPERATOR_PASSWORD"], ["administrator"]))
        permissions.append(permission("operator", vhost, ".*", ".*", ".*"))
    return {
        "vhosts": [{"name": vhost}],
        "users": users,
        "permissions": permissions,
        "topic_permissions": topic_permissions,
        "policies": [policy for service in CONSUMERS for policy in policies(service, vhost)],
    }


def replace(target: pathlib.Path, text: str) -> None:
    """A broker that starts meanwhile sees the old file or the new one. Readable by all: it runs as another user."""
    target.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.NamedTemporaryFile("w", dir=target.parent, prefix=target.name, delete=False) as file:
        file.write(text)
    os.chmod(file.name, 0o644)
    os.replace(file.name, target)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--output", type=pathlib.Path)
    arguments = parser.parse_args()
    try:
        text = json.dumps(definitions(dict(os.environ)), indent=2) + "\n"
    except KeyError as missing:
        print(f"definitions.py: {missing.args[0]} is not set", file=sys.stderr)
        return 2
    if arguments.output:
        replace(arguments.output, text)
    else:
        sys.stdout.write(text)
    return 0


if __name__ == "__main__":
    sys.exit(main())
