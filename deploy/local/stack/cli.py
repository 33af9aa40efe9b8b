"""The commands behind `make up` and its sisters, for native processes."""

import argparse
import contextlib
import os
import re
import signal
import sys
import time
from pathlib import Path

from stack import logs, prepare
from stack.errors import StackError
from stack.health import is_ready
from stack.lifecycle import Stack
from stack.parts import programs
from stack.ports import Ports
from stack.render import command_environment
from stack.settings import PARTS, Settings
from stack.state import CHECKOUT, State

DEMO = """
  {url}                the marketplace; its API's documentation: {url}/api/docs/
{mail}  Demo accounts        creator@test.com / test123 (creator), user@test.com / test123 (user)

  make status          what runs             make logs [SERVICE=booking]   what it says
  make down            stop, keep the data   make scale SERVICE=booking-api N=3
  make reset           delete the data       make test
"""
MAIL = "  http://localhost:{port}               every mail that the system sends; none leaves this machine\n"
RELOAD_SECONDS = 0.7


def say(text: str) -> None:
    print(text, flush=True)


def load(arguments: argparse.Namespace, *, create: bool = False) -> Settings:
    state = State(arguments.state)
    if create:
        state.create()
    elif not state.exists():
        raise StackError("nothing has been started here yet; `make up` does")
    settings = Settings.load(state, CHECKOUT / ".env")
    if getattr(arguments, "gateway_port", None) is not None:
        settings.operator["GATEWAY_PORT"] = str(arguments.gateway_port)
    return settings


def _up(arguments: argparse.Namespace) -> Stack:
    settings = load(arguments, create=True)
    if arguments.only:
        unknown = set(arguments.only.split(",")) - set(PARTS)
        if unknown:
            raise StackError(f"no such part: {', '.join(sorted(unknown))}; there are {', '.join(PARTS)}")
        settings.parts = tuple(part for part in PARTS if part in arguments.only.split(","))
    settings.management = settings.management or arguments.management
    settings.throwaway = settings.throwaway or arguments.throwaway
    settings.owner = arguments.until_pid
    stack = Stack(settings, say)
    stack.up()
    if arguments.seed and set(settings.services) == {"identity", "catalog", "booking"}:
        _seed_once(stack)
    return stack


def _seed_once(stack: Stack) -> None:
    marker = stack.state.path("seeded")
    if marker.exists():
        return
    if stack.settings.debug.lower() not in ("1", "true", "yes", "on"):
        say("No demo data: DEBUG is off.")
        return
    say("Entering the demo data …")
    prepare.seed(stack.settings, stack.ports)
    marker.touch()


def _announce(stack: Stack) -> None:
    url = f"http://localhost:{stack.ports.gateway()}"
    mail = MAIL.format(port=stack.ports["mail_web"]) if stack.settings.catches_mail else ""
    if "gateway" not in stack.settings.parts:
        say("\n".join(f"{p.name}: 127.0.0.1:{p.port}" for p in stack.wanted if p.port))
    elif stack.state.path("seeded").exists():
        say(DEMO.format(url=url, mail=mail))
    else:
        say(f"\n  {url}\n{mail}")


def up(arguments: argparse.Namespace) -> None:
    state = State(arguments.state)
    state.create()
    with state.locked():
        stack = _up(arguments)
    _announce(stack)


def down(arguments: argparse.Namespace) -> None:
    state = State(arguments.state)
    if not state.root.exists():
        say("Nothing runs here.")
        return
    with state.locked(patience=30):
        count = Stack(load_any(state), say).down()
    say(f"Stopped {count} processes; the data stays in {arguments.state}." if count else "Nothing runs here.")


def load_any(state: State) -> Settings:
    """Also for a folder whose first start was interrupted."""
    return Settings.load(state, CHECKOUT / ".env")


def status(arguments: argparse.Namespace) -> None:
    settings = load(arguments)
    stack = Stack(settings, say)
    if stack.manager.pid() is None:
        say("Not running. `make up` starts it.")
        sys.exit(3)
    infos, bad = stack.manager.infos(), 0
    for program in programs(settings, stack.ports):
        info = infos.get(program.name)
        text, where = "not started", f"127.0.0.1:{program.port}" if program.port else ""
        ready = False
        if info is not None:
            running = info["statename"] == "RUNNING"
            ready = running and is_ready(program, settings, stack.ports)
            text = "ready" if ready else ("running, not ready" if running else info["statename"].lower())
            text = f"{text:<20} {info['description']}"
        bad += not ready
        say(f"{program.name:<20} {where:<17} {text}")
    if "gateway" in settings.parts:
        say(f"\nhttp://localhost:{stack.ports['gateway']}")
    sys.exit(1 if bad else 0)


def show_logs(arguments: argparse.Namespace) -> None:
    settings = load(arguments)
    if arguments.service and not logs.files(settings.state, arguments.service):
        names = ", ".join(file.stem for file in logs.files(settings.state, None))
        raise StackError(f"no log begins with {arguments.service!r}; there are: {names}")
    with contextlib.suppress(KeyboardInterrupt):
        logs.follow(settings.state, arguments.service, not arguments.no_follow)


def scale(arguments: argparse.Namespace) -> None:
    settings = load(arguments)
    if not re.fullmatch(r"(identity|catalog|booking)-(api|worker)|frontend", arguments.service):
        raise StackError(
            f"SERVICE is frontend, or identity, catalog or booking with -api or -worker, not {arguments.service!r}"
        )
    if not 1 <= arguments.n <= 16:
        raise StackError("N is between 1 and 16")
    with settings.state.locked():
        stack = Stack(settings, say)
        if stack.manager.pid() is None:
            raise StackError("not running; `make up` first")
        stack.scale(arguments.service, arguments.n)
    say(f"{arguments.service}: {arguments.n}")


def one_part(arguments: argparse.Namespace) -> None:
    """`stop`, `start` and `restart`: a single process, or a kind's replicas."""
    settings = load(arguments)
    with settings.state.locked():
        stack = Stack(settings, say)
        if stack.manager.pid() is None:
            raise StackError("not running; `make up` first")
        if arguments.action == "stop":
            stack.stop_part(arguments.name)
        elif arguments.action == "restart":
            stack.restart(arguments.name)
        else:
            stack.start_part(arguments.name)


def seed(arguments: argparse.Namespace) -> None:
    settings = load(arguments)
    stack = Stack(settings, say)
    if stack.manager.pid() is None:
        raise StackError("not running; `make up` first")
    prepare.seed(settings, stack.ports)
    settings.state.path("seeded").touch()
    say("The demo data is in.")


def run_command(arguments: argparse.Namespace) -> None:
    """One of a service's own commands, with its environment, in place of this process."""
    settings = load(arguments)
    owner = arguments.arguments[:1] == ["migrate"]
    own = command_environment(settings, Ports(settings.state), arguments.service, owner=owner)
    environment = {**os.environ, **own}
    python = str(CHECKOUT / ".venv/bin/python")
    os.execve(python, [python, "-m", arguments.service, *arguments.arguments], environment)


def reset(arguments: argparse.Namespace) -> None:
    state = State(arguments.state)
    if not state.root.exists():
        say("There is nothing to delete.")
        return
    if not arguments.force:
        if not sys.stdin.isatty():
            raise StackError("this deletes all data; say FORCE=1 where nobody can be asked")
        answer = input(f"Stop everything and delete all data in {state.root}? [y/N] ")
        if answer.strip().lower() not in ("y", "yes"):
            say("Nothing was done.")
            return
    with state.locked(patience=30):
        Stack(load_any(state), say).down()
    state.delete()
    say("Everything is stopped and deleted.")


def dev(arguments: argparse.Namespace) -> None:
    """In the foreground: logs, and a restart of what runs on changed code, until Ctrl-C."""
    state = State(arguments.state)
    state.create()
    for number in (signal.SIGTERM, signal.SIGHUP):  # a closed terminal ends it like Ctrl-C
        signal.signal(number, lambda *_: os.kill(os.getpid(), signal.SIGINT))
    try:
        with state.locked():
            stack = _up(arguments)
        _announce(stack)
        say("Changed code is taken up as soon as it is saved. Ctrl-C stops everything.\n")
        _watch(stack, arguments.service)
        say("\nIt was stopped from elsewhere.")
    except KeyboardInterrupt:
        say("\nStopping …")
    finally:
        signal.signal(signal.SIGINT, signal.SIG_IGN)  # a second Ctrl-C must not leave half of it running
        with state.locked(patience=60):
            Stack(load_any(state), say).down()


def _watch(stack: Stack, service: str | None) -> None:
    """Until the system is stopped by another command."""
    state = stack.state
    follower = logs.Follower(lambda: logs.files(state, service))
    checked = time.monotonic()
    while True:
        for name, line in follower.lines():
            logs.show(name, line)
        if time.monotonic() - checked > RELOAD_SECONDS:
            if stack.manager.pid() is None:
                return
            _take_up_changes(stack)
            checked = time.monotonic()
        time.sleep(0.2)


def _take_up_changes(stack: Stack) -> None:
    fresh = {program.name: program.stamp for program in programs(stack.settings, stack.ports)}
    if fresh == {program.name: program.stamp for program in stack.wanted}:
        return
    try:
        with stack.state.locked(patience=60):
            stack.settings.replicas = dict(
                stack.state.read("settings.json").get("replicas", {})
            )  # `make scale` meanwhile
            stack.restart_changed()
    except StackError as error:
        say(f"{error}. Waiting for the next change.")
        if error.log:
            for line in logs.tail(error.log, 15):
                logs.show(error.log.stem, line)


def environment(arguments: argparse.Namespace) -> None:
    """Print what others need to reach the servers of this state folder, as shell assignments."""
    settings = load(arguments)
    ports = Ports(settings.state)
    secrets = settings.secrets
    if "postgres" in settings.parts:
        say(
            f"TEST_POSTGRES=postgresql://postgres:{secrets['POSTGRES_SUPERUSER_PASSWORD']}@127.0.0.1:{ports['postgres']}"
        )
    if "rabbitmq" in settings.parts:
        address = f"amqp://operator:{secrets['RABBITMQ_OPERATOR_PASSWORD']}@127.0.0.1:{ports['rabbitmq']}"
        say(f"TEST_RABBITMQ={address}" + (f"?management={ports['rabbitmq_management']}" if settings.management else ""))
    if settings.catches_mail:
        say(f"MAIL_URL=http://127.0.0.1:{ports['mail_web']}")
    if "gateway" in settings.parts:
        say(f"GATEWAY_URL=http://127.0.0.1:{ports['gateway']}")


def parser() -> argparse.ArgumentParser:
    top = argparse.ArgumentParser(prog="stack", description="The marketplace as native processes.")
    top.add_argument("--state", type=Path, default=CHECKOUT / ".local", help="state folder (default: .local)")
    commands = top.add_subparsers(required=True, metavar="COMMAND")

    def command(name: str, function: object, text: str) -> argparse.ArgumentParser:
        sub = commands.add_parser(name, help=text)
        sub.set_defaults(function=function)
        return sub

    def starting(sub: argparse.ArgumentParser) -> None:
        sub.add_argument("--only", help=f"parts, separated by commas: {', '.join(PARTS)}")
        sub.add_argument("--gateway-port", type=int, help="0: any free one")
        sub.add_argument("--seed", action=argparse.BooleanOptionalAction, default=True, help="demo data")
        sub.add_argument("--management", action="store_true", help="RabbitMQ's HTTP interface (for tests)")
        sub.add_argument(
            "--throwaway", action="store_true", help="a faster database, not safe in a power cut (for tests)"
        )
        sub.add_argument("--until-pid", type=int, help="stop everything when this process is gone (for tests)")

    starting(command("up", up, "start, or bring up to date, and wait until it answers"))
    sub = command("dev", dev, "the same in the foreground, with reload and logs")
    starting(sub)
    sub.add_argument("--service", help="only this one's logs")
    command("down", down, "stop everything, keep the data")
    command("status", status, "what runs")
    sub = command("logs", show_logs, "follow the logs")
    sub.add_argument("service", nargs="?", help="the beginning of a name: booking, booking-api, gateway, …")
    sub.add_argument("--no-follow", action="store_true")
    sub = command("scale", scale, "run N replicas")
    sub.add_argument("service")
    sub.add_argument("n", type=int)
    for action, text in (
        ("stop", "stop one process until it is started again"),
        ("start", "start it again"),
        ("restart", "restart replicas in turn; with two or more of a kind no request fails"),
    ):
        sub = command(action, one_part, text)
        sub.add_argument("name", help="postgres, rabbitmq, nginx, booking-worker, booking-api-2, …")
        sub.set_defaults(action=action)
    command("seed", seed, "enter the demo data again")
    sub = command("run", run_command, "a service's own command: run identity create-admin …")
    sub.add_argument("service", choices=("identity", "catalog", "booking"))
    sub.add_argument("arguments", nargs=argparse.REMAINDER)
    sub = command("reset", reset, "stop and delete everything")
    sub.add_argument("--force", action="store_true")
    command("env", environment, "addresses for tests")
    return top


def main() -> None:
    arguments = parser().parse_args()
    os.umask(0o022)
    try:
        arguments.function(arguments)
    except StackError as error:
        if error.log and (lines := logs.tail(error.log, 25)):
            print(f"\n--- the end of {error.log}", file=sys.stderr)
            print("\n".join(lines), file=sys.stderr)
        print(f"\nError: {error}", file=sys.stderr)
        sys.exit(1)
    except KeyboardInterrupt:
        sys.exit(130)
