"""`python -m <service> api | worker | migrate | …`: the same commands for every service."""

import argparse
import asyncio
import sys
from collections.abc import Callable, Collection, Coroutine, Mapping
from functools import partial
from pathlib import Path
from typing import Any

import uvicorn

from shared import operators
from shared.contracts.base import Event
from shared.logging import configure_logging
from shared.migrations import migrate
from shared.replicas import Replica
from shared.settings import ServiceSettings

# A command takes the settings and the rest of the command line.
Command = Callable[[list[str]], Coroutine[Any, Any, None]]


def main(
    settings: ServiceSettings,
    *,
    migrations: Path,
    consumes: Collection[type[Event]] = (),
    replicas: Mapping[str, Replica] | None = None,
    commands: Mapping[str, Command] | None = None,
) -> None:
    """Run what the command line asks for. `consumes` are the event types the service's queue is bound to.

    `replicas` are what it keeps of others' rows, by name.
    """
    own = {**(commands or {})}
    if consumes:
        own["dead-letters"] = partial(operators.dead_letters, settings)
    if replicas:
        own["resync"] = partial(operators.resync, settings, replicas)
        own["check-replicas"] = partial(operators.check_replicas, settings, replicas)
    parser = argparse.ArgumentParser(prog=f"python -m {settings.service_name}")
    parser.add_argument("command", choices=["api", "worker", "migrate", *own])
    arguments, rest = parser.parse_known_args()
    configure_logging(
        settings.service_name,
        arguments.command,
        level=settings.log_level,
        style=settings.log_format,
        # What a command answers is on standard output, for scripts; what it logs stands beside it.
        stream=sys.stderr if arguments.command in own else None,
    )
    match arguments.command:
        case "api":
            serve(settings, f"{settings.service_name}.app:create")
        case "worker":
            serve(settings, f"{settings.service_name}.worker:create")
        case "migrate":
            asyncio.run(migrate(settings, migrations, [event.type for event in consumes]))
        case name:
            try:
                asyncio.run(own[name](rest))
            except KeyboardInterrupt:
                sys.exit(130)


def serve(settings: ServiceSettings, factory: str) -> None:
    """Serve until SIGTERM, then finish what is in hand."""
    uvicorn.run(
        factory,
        factory=True,
        host=settings.host,
        port=settings.port,
        reload=settings.reload,
        loop="uvloop",
        http="httptools",
        access_log=False,
        log_config=None,
        server_header=False,
        # Longer than the gateway keeps its connections, so that it never meets one that we are closing.
        timeout_keep_alive=75,
        timeout_graceful_shutdown=20,
    )
