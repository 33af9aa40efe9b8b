"""Writes the configuration of postgres, the broker, the gateway and supervisord into the state folder."""

import hashlib
import json
import os
import shlex
import subprocess
from collections.abc import Iterable
from pathlib import Path

from stack.errors import StackError
from stack.parts import Program, service_environment
from stack.ports import Ports
from stack.settings import SERVICES, Settings
from stack.state import CHECKOUT, MARKER, State, is_root, write_file

UPSTREAMS = (*SERVICES, "frontend")
POSTGRESQL_CONF = """\
# Written by `make up`.
listen_addresses = '127.0.0.1'
port = {port}
unix_socket_directories = ''
max_connections = 100
password_encryption = scram-sha-256
hba_file = '{hba}'

shared_buffers = 128MB
max_wal_size = 1GB
checkpoint_timeout = 15min
random_page_cost = 1.1
jit = off  # costs more than it gains for short statements

# An acknowledged write survives a crash of the machine.
fsync = {durable}
full_page_writes = {durable}
synchronous_commit = on

idle_in_transaction_session_timeout = 5min
timezone = 'UTC'
log_timezone = 'UTC'
log_destination = 'stderr'
logging_collector = off
log_line_prefix = '%m [%p] %q%u@%d '
log_lock_waits = on
log_error_verbosity = terse  # details of a refused row are people's data
log_min_duration_statement = 2s
"""
PG_HBA_CONF = """\
# Written by `make up`: passwords for everybody, from this machine only.
host all all 127.0.0.1/32 scram-sha-256
"""


def postgres(settings: Settings, ports: Ports) -> None:
    state = settings.state
    hba = state.path("postgres", "pg_hba.conf")
    durable = "off" if settings.throwaway else "on"
    write_file(hba, PG_HBA_CONF, 0o644)
    text = POSTGRESQL_CONF.format(port=ports["postgres"], hba=str(hba).replace("'", "''"), durable=durable)
    write_file(state.path("postgres", "postgresql.conf"), text, 0o644)


def definitions(settings: Settings) -> str:
    """The broker's definitions as JSON text."""
    passwords = {name: value for name, value in settings.secrets.items() if "RABBITMQ" in name}
    environment = passwords | {"RABBITMQ_VHOST": settings.vhost, "PATH": os.environ.get("PATH", os.defpath)}
    script = CHECKOUT / "deploy/rabbitmq/definitions.py"
    python = CHECKOUT / ".venv/bin/python"
    return subprocess.run([python, script], env=environment, check=True, capture_output=True, text=True).stdout


def broker(settings: Settings, ports: Ports) -> bool:
    """Returns whether users, permissions or policies are other ones than before."""
    folder = settings.state.path("rabbitmq")
    common = (CHECKOUT / "deploy/rabbitmq/rabbitmq.conf").read_text()
    own = [f"listeners.tcp.1 = 127.0.0.1:{ports['rabbitmq']}", f"load_definitions = {folder / 'definitions.json'}"]
    if settings.management:
        own += ["management.tcp.ip = 127.0.0.1", f"management.tcp.port = {ports['rabbitmq_management']}"]
        own += ["management.disable_stats = false"]
    write_file(folder / "rabbitmq.conf", common + "\n# This node\n" + "\n".join(own) + "\n", 0o600)
    write_file(folder / "enabled_plugins", f"[{'rabbitmq_management' if settings.management else ''}].\n", 0o600)
    write_file(folder / "rabbitmq-env.conf", "# Kept empty, so that the system's own file is not read.\n", 0o600)
    return write_file(folder / "definitions.json", definitions(settings), 0o600)


def gateway(settings: Settings, ports: Ports) -> None:
    """nginx's configuration and the static files, made by the gateway's own scripts."""
    folder, operator = settings.state.path("nginx"), settings.operator
    passed = ("ALLOWED_HOSTS", "CORS_ALLOWED_ORIGINS", "RATE_LIMIT", "RATE_LIMIT_BURST", "TRUSTED_PROXIES")
    environment = {name: operator[name] for name in (*passed, "GATEWAY_HOST") if operator.get(name)} | {
        "PATH": os.environ.get("PATH", os.defpath),
        "HOME": os.environ.get("HOME", "/"),
        "GATEWAY_STATE_DIR": str(folder / "state"),
        "GATEWAY_STATIC_DIR": str(folder / "static"),
        "GATEWAY_PORT": str(ports["gateway"]),
        "GATEWAY_INTERNAL_PORT": str(ports["gateway_internal"]),
        "GATEWAY_ACCESS_LOG": "/dev/stdout",
        "GATEWAY_ERROR_LOG": "stderr",
        "GATEWAY_WORKERS": "2",
    }
    for part in UPSTREAMS:
        environment[f"{part.upper()}_UPSTREAM"] = f"@{settings.state.path('upstreams', part)}"
    environment |= {name: value for name, value in os.environ.items() if name.lower().startswith("npm_config_")}
    log = settings.state.log("gateway-build")
    upstreams = folder / "upstreams.conf"
    steps: list[list[Path | str]] = [
        [CHECKOUT / "gateway/docs/build.sh", folder / "static"],
        [CHECKOUT / "gateway/render.sh", folder],
        [CHECKOUT / "gateway/upstreams.sh", "once", upstreams],
    ]
    for command in steps:
        if "upstreams" in str(command[0]) and upstreams.exists():
            continue  # the watcher keeps it from the first start on
        with log.open("a") as file:
            result = subprocess.run(command, env=environment, stdout=file, stderr=subprocess.STDOUT, check=False)
        if result.returncode:
            raise StackError(f"{command[0]} failed", log)


def upstream_lists(state: State, replicas: Iterable[Program]) -> None:
    """The files that the gateway's watcher reads: which replicas get requests."""
    replicas = list(replicas)
    for part in UPSTREAMS:
        ports = [program.port for program in replicas if program.upstream == part]
        write_file(state.path("upstreams", part), " ".join(f"127.0.0.1:{port}" for port in ports) + "\n", 0o644)


def marked(state: State, environment: dict[str, str]) -> dict[str, str]:
    """A small environment of our own: what happens must not depend on the shell that started it."""
    keep = {name: os.environ[name] for name in ("LANG", "LC_ALL", "TZ", "TMPDIR", "USER") if name in os.environ}
    path = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
    return keep | {"PATH": path, "HOME": str(state.path("run"))} | environment | {MARKER: str(state.root)}


def command_environment(settings: Settings, ports: Ports, service: str, *, owner: bool = False) -> dict[str, str]:
    """For one-shot commands of a service; `migrate` alone runs as the schema's owner."""
    return marked(settings.state, service_environment(settings, ports, service, owner=owner))


def script(state: State, program: Program) -> str:
    lines = [f"export {name}={shlex.quote(value)}" for name, value in sorted(program.environment.items())]
    command = " ".join(shlex.quote(word) for word in program.command)
    return "\n".join(["#!/bin/sh", *lines, *filter(None, [program.before]), f"exec {command}", ""])


def _value(text: str) -> str:
    """For supervisor's file: % begins an expansion there."""
    return text.replace("%", "%%")


def supervisor(settings: Settings, wanted: list[Program]) -> None:
    """supervisord.conf and one script per program."""
    state = settings.state
    folder = state.path("supervisor")
    sections = [
        "; Written by `make up`.",
        "[supervisord]",
        f"logfile = {_value(str(state.log('supervisord')))}",
        "logfile_maxbytes = 5MB",
        "logfile_backups = 1",
        f"pidfile = {_value(str(folder / 'supervisord.pid'))}",
        f"directory = {_value(str(state.root))}",
        f"childlogdir = {_value(str(folder))}",
        "identifier = marketplace",
        "umask = 022",
        *(["user = root"] if is_root() else []),
        "",
        "[unix_http_server]",
        f"file = {_value(str(state.socket))}",
        "chmod = 0700",
        "",
        "[rpcinterface:supervisor]",
        "supervisor.rpcinterface_factory = supervisor.rpcinterface:make_main_rpcinterface",
        "",
    ]
    for program in wanted:
        path = state.path("programs", program.name)
        text = script(state, program)
        # Passwords stand in it; postgres' script has none and is run by postgres' user.
        write_file(path, text, 0o755 if program.user else 0o700)
        stamp = json.dumps([text, program.stamp])
        sections += [
            f"[program:{program.name}]",
            f"command = {_value(shlex.quote(str(path)))}",
            f"directory = {_value(str(state.path(program.directory)))}",
            *([f"user = {program.user}"] if program.user else []),
            # Started in order by the command line; restarted by supervisor for as long as they should run.
            "autostart = false",
            "autorestart = true",
            "startsecs = 1",
            "startretries = 1000",
            f"stopsignal = {program.stop_signal}",
            f"stopwaitsecs = {program.stop_seconds}",
            "killasgroup = true",
            "redirect_stderr = true",
            f"stdout_logfile = {_value(str(state.log(program.name)))}",
            "stdout_logfile_maxbytes = 10MB",
            "stdout_logfile_backups = 2",
            f'environment = STACK_STAMP="{hash_text(stamp)}"',
            "",
        ]
    write_file(folder / "supervisord.conf", "\n".join(sections), 0o600)


def hash_text(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:16]
