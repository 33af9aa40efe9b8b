"""The processes of the system: command, environment, readiness and how each is stopped."""

import hashlib
import json
import shlex
import shutil
import sys
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

from stack.errors import StackError
from stack.ports import Ports
from stack.settings import CATCHER, LIMITS, MAIL, MAIL_SERVER, MEDIA, OAUTH, PASSED_ON, Settings
from stack.state import CHECKOUT, database_user, is_root

INFRASTRUCTURE = ("postgres", "epmd", "rabbitmq")
GATEWAY = ("nginx", "upstreams")
RABBITMQ_SERVER = Path("/usr/lib/rabbitmq/bin/rabbitmq-server")
# As the checkout says when the process starts, unless it was set. A new commit alone restarts nothing.
WHICH_BUILD = (
    f"export VERSION=${{VERSION:-$(GIT_OPTIONAL_LOCKS=0 git -C {shlex.quote(str(CHECKOUT))}"
    " describe --tags --always --dirty 2>/dev/null)}"
)
RABBITMQCTL = Path("/usr/lib/rabbitmq/bin/rabbitmqctl")


@dataclass(frozen=True)
class Program:
    """One supervised process. `port` answers when it is ready; `kind` groups replicas (booking-api-2: booking-api)."""

    name: str
    kind: str
    command: tuple[str, ...]
    environment: dict[str, str] = field(default_factory=dict)
    port: int | None = None
    stop_signal: str = "TERM"
    stop_seconds: int = 40
    user: str | None = None
    directory: str = "run"
    before: str = ""  # shell lines that run first
    stamp: str = ""  # another one means: restart

    @property
    def service(self) -> str | None:
        name, _, role = self.kind.rpartition("-")
        return name if role in ("api", "worker") else None

    @property
    def replica(self) -> bool:
        """Whether there may be several, each of which can be replaced while the others work."""
        return self.service is not None or self.kind == "frontend"

    @property
    def upstream(self) -> str | None:
        """The list of the gateway's in which this one stands, if it gets requests."""
        if self.kind == "frontend":
            return self.kind
        return self.service if self.kind.endswith("-api") else None


def postgres_bin(settings: Settings) -> Path:
    """The folder of the newest installed server, or of the one that made the data, which must not change."""
    version_file = settings.state.path("postgres", "data", "PG_VERSION")
    installed = {int(p.parents[1].name): p.parent for p in Path("/usr/lib/postgresql").glob("[0-9]*/bin/postgres")}
    if not installed:
        found = shutil.which("postgres")
        if not found:
            raise StackError("no PostgreSQL server is installed")
        return Path(found).resolve().parent
    if settings.state.path("postgres", "data").exists():
        try:
            version = int(version_file.read_text())
        except OSError:
            return installed[max(installed)]
        if version not in installed:
            raise StackError(f"the data in {version_file.parent} needs PostgreSQL {version}, which is not installed")
        return installed[version]
    return installed[max(installed)]


def postgres(settings: Settings, ports: Ports) -> Program:
    state = settings.state
    configuration = state.path("postgres", "postgresql.conf")
    return Program(
        "postgres",
        "postgres",
        (
            str(postgres_bin(settings) / "postgres"),
            "-D",
            str(state.path("postgres", "data")),
            "-c",
            f"config_file={configuration}",
        ),
        port=ports["postgres"],
        stop_signal="INT",  # a fast shutdown: ends sessions, writes a checkpoint
        stop_seconds=60,
        user=database_user(),
        directory="postgres",
        stamp=digest([configuration]),
    )


def rabbitmq_environment(settings: Settings, ports: Ports) -> dict[str, str]:
    """Keeps node, epmd and tools off every folder and port of a system-wide broker."""
    folder = settings.state.path("rabbitmq")
    return {
        "HOME": str(folder),
        "ERL_EPMD_PORT": str(ports["epmd"]),
        "ERL_EPMD_ADDRESS": "127.0.0.1",
        "RABBITMQ_NODENAME": "marketplace@localhost",
        "RABBITMQ_DIST_PORT": str(ports["rabbitmq_dist"]),
        "RABBITMQ_CTL_DIST_PORT_MIN": str(ports["rabbitmq_ctl"]),
        "RABBITMQ_CTL_DIST_PORT_MAX": str(ports["rabbitmq_ctl"]),
        "RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS": "-kernel inet_dist_use_interface {127,0,0,1}",
        "RABBITMQ_CONF_ENV_FILE": str(folder / "rabbitmq-env.conf"),
        "RABBITMQ_CONFIG_FILE": str(folder / "rabbitmq.conf"),
        "RABBITMQ_ADVANCED_CONFIG_FILE": str(folder / "advanced.config"),
        "RABBITMQ_ENABLED_PLUGINS_FILE": str(folder / "enabled_plugins"),
        "RABBITMQ_MNESIA_BASE": str(folder / "data"),
        "RABBITMQ_LOG_BASE": str(folder / "log"),
        "RABBITMQ_PID_FILE": str(folder / "rabbitmq.pid"),
        "RABBITMQ_GENERATED_CONFIG_DIR": str(folder / "generated"),
        "RABBITMQ_SCHEMA_DIR": str(folder / "schema"),
        # The server then replaces the shell that starts it, so that signals reach it directly.
        "RUNNING_UNDER_SYSTEMD": "1",
        "RABBITMQ_LOG": "-color",
        "LANG": "C.UTF-8",
    }


def broker(settings: Settings, ports: Ports) -> list[Program]:
    environment = rabbitmq_environment(settings, ports)
    epmd = shutil.which("epmd")
    if not epmd or not RABBITMQ_SERVER.exists():
        raise StackError("no RabbitMQ server is installed")
    folder = settings.state.path("rabbitmq")
    # Without this wait Erlang would start an epmd of its own, outside supervision.
    wait = f"""i=0
until {sys.executable} -c 'import socket; socket.create_connection(("127.0.0.1", {ports["epmd"]}), 1)' 2>/dev/null; do
  i=$((i + 1)); [ $i -lt 100 ] || exit 1; sleep 0.1
done"""
    return [
        Program("epmd", "epmd", (epmd, "-port", str(ports["epmd"]), "-address", "127.0.0.1"), {}, ports["epmd"]),
        Program(
            "rabbitmq",
            "rabbitmq",
            (str(RABBITMQ_SERVER),),
            environment,
            ports["rabbitmq"],
            stop_seconds=60,
            directory="rabbitmq",
            before=wait,
            stamp=digest([folder / "rabbitmq.conf", folder / "enabled_plugins"]),
        ),
    ]


def service_environment(settings: Settings, ports: Ports, service: str, *, owner: bool = False) -> dict[str, str]:
    """What a process of a service is given; the owner's password only for `migrate`."""
    prefix, secrets = service.upper(), settings.secrets
    # Booking asks catalog while it serves: of any replica, where there is a gateway that knows them.
    catalog = "gateway_internal" if "gateway" in settings.parts else "catalog-api-1"
    values = {
        "HOST": "127.0.0.1",
        "DEBUG": settings.debug,
        "LOG_FORMAT": settings.operator.get("LOG_FORMAT") or "console",
        "POSTGRES_HOST": "127.0.0.1",
        "POSTGRES_PORT": str(ports["postgres"]),
        "POSTGRES_DB": settings.database,
        "RABBITMQ_HOST": "127.0.0.1",
        "RABBITMQ_PORT": str(ports["rabbitmq"]),
        "RABBITMQ_VHOST": settings.vhost,
        "IDENTITY_URL": f"http://127.0.0.1:{ports['identity-api-1']}",
        "CATALOG_URL": f"http://127.0.0.1:{ports[catalog]}",
        "BOOKING_URL": f"http://127.0.0.1:{ports['booking-api-1']}",
        "DB_PASSWORD": secrets[f"{prefix}_DB_PASSWORD"],
        "RABBITMQ_PASSWORD": secrets[f"{prefix}_RABBITMQ_PASSWORD"],
        "PYTHONUNBUFFERED": "1",
        "NO_COLOR": "1",  # it goes to files
    }
    if owner:
        values["DB_OWNER_PASSWORD"] = secrets[f"{prefix}_DB_OWNER_PASSWORD"]
    passed: tuple[str, ...] = PASSED_ON
    if service == "identity":
        values["SECRET_KEY"] = secrets["SECRET_KEY"]
        values["SITE_URL"] = site_url(settings, ports)
        values["MEDIA_FOLDER"] = str(settings.state.path("media"))
        passed += LIMITS + OAUTH + MAIL + MEDIA
        if settings.catches_mail:
            values |= {"SMTP_HOST": "127.0.0.1", "SMTP_PORT": str(ports["mail"]), "SMTP_TLS": "none"}
        elif settings.operator.get("SMTP_HOST") != CATCHER:
            passed += MAIL_SERVER
    return values | {name: settings.operator[name] for name in passed if settings.operator.get(name)}


def replica(settings: Settings, ports: Ports, service: str, role: str, number: int) -> Program:
    kind = f"{service}-{role}"
    name = f"{kind}-{number}"
    port = ports[name]
    return Program(
        name,
        kind,
        (str(CHECKOUT / ".venv/bin/python"), "-m", service, role),
        service_environment(settings, ports, service) | {"PORT": str(port)},
        port,
        before=WHICH_BUILD,
        stamp=code_stamp(service),
    )


def site_url(settings: Settings, ports: Ports) -> str:
    """The address under which people know the site."""
    return settings.operator.get("SITE_URL") or f"http://localhost:{ports['gateway']}"


def node_program(settings: Settings) -> str:
    found = shutil.which("node", path=f"/usr/local/bin:/usr/bin:/bin:{settings.operator.get('PATH', '')}")
    if not found:
        raise StackError("no Node.js is installed")
    return found


def mail_catcher(settings: Settings, ports: Ports) -> Program:
    """Takes every mail that the system sends and shows it; ready when its web page answers."""
    script = CHECKOUT / "deploy/mail/server.mjs"
    return Program(
        "mail",
        "mail",
        (node_program(settings), "--max-old-space-size=96", str(script)),
        {
            "HOST": "127.0.0.1",
            "SMTP_PORT": str(ports["mail"]),
            "WEB_PORT": str(ports["mail_web"]),
            "MAIL_FOLDER": str(settings.state.path("run", "mails")),
        },
        ports["mail_web"],
        stop_seconds=10,
        stamp=digest([script, script.parent / "package-lock.json"]),
    )


def web(settings: Settings, ports: Ports, number: int) -> Program:
    """A server of the web app's pages. It runs from the folder of its build, which later builds leave alone."""
    name = f"frontend-{number}"
    port = ports[name]
    release = str(settings.state.read("release.json").get("folder", ""))
    return Program(
        name,
        "frontend",
        (node_program(settings), f"{release}/server.js"),
        {
            "HOSTNAME": "127.0.0.1",
            "PORT": str(port),
            "API_URL": f"http://127.0.0.1:{ports['gateway_internal']}",
            "SITE_URL": site_url(settings, ports),
            "KEEP_ALIVE_TIMEOUT": "75000",  # ms; longer than nginx's
            "NEXT_TELEMETRY_DISABLED": "1",
        },
        port,
    )


def gateway(settings: Settings, ports: Ports) -> list[Program]:
    state = settings.state
    configuration = state.path("nginx", "nginx.conf")
    nginx = shutil.which("nginx", path="/usr/sbin:/usr/local/sbin:/usr/bin:/usr/local/bin:/sbin:/bin")
    if not nginx:
        raise StackError("no nginx is installed")
    parts = (*settings.services, "frontend")
    lists = {f"{part.upper()}_UPSTREAM": f"@{state.path('upstreams', part)}" for part in parts}
    watcher = CHECKOUT / "gateway/upstreams.sh"
    return [
        Program(
            "nginx",
            "nginx",
            (str(CHECKOUT / "gateway/serve.sh"), str(configuration)),
            {"NGINX": nginx},
            port=ports["gateway"],
            stop_signal="QUIT",  # finishes what is in hand
            stop_seconds=30,
            directory="nginx",
        ),
        Program(
            "upstreams",
            "upstreams",
            (
                str(watcher),
                "watch",
                str(state.path("nginx", "upstreams.conf")),
                str(configuration),
                str(state.path("nginx", "state", "nginx.pid")),
            ),
            lists | {"NGINX": nginx, "UPSTREAMS_INTERVAL": "1"},
            stamp=digest([watcher]),
        ),
    ]


def programs(settings: Settings, ports: Ports) -> list[Program]:
    """Everything that should run, in the order in which it is started."""
    found: list[Program] = []
    if "postgres" in settings.parts:
        found.append(postgres(settings, ports))
    if "rabbitmq" in settings.parts:
        found += broker(settings, ports)
    for service in settings.services:
        for role in ("api", "worker"):
            count = settings.count(f"{service}-{role}")
            found += [replica(settings, ports, service, role, number) for number in range(1, count + 1)]
    if settings.catches_mail:
        found.append(mail_catcher(settings, ports))
    if "frontend" in settings.parts:
        found += [web(settings, ports, number) for number in range(1, settings.count("frontend") + 1)]
    if "gateway" in settings.parts:
        found += gateway(settings, ports)
    if settings.owner:
        found.append(owner_watch(settings.owner))
    return found


def owner_watch(process: int) -> Program:
    """Ends supervisord, and with it everything, when the process that asked for all this is gone."""
    command = f"while kill -0 {process} 2>/dev/null; do sleep 2; done; kill -TERM $PPID; exec sleep 60"
    return Program("owner", "owner", ("/bin/sh", "-c", command), stop_seconds=5)


def code_stamp(service: str) -> str:
    """Another one when the code that a service runs has changed: its own, the shared library's, or the packages'."""
    folders = (CHECKOUT / "shared/src", CHECKOUT / "services" / service / "src")
    files = (file for folder in folders for file in folder.rglob("*.py"))
    return digest([*files, CHECKOUT / ".venv/.stamp"], contents=False)


def digest(files: Iterable[Path], *, contents: bool = True) -> str:
    """A short hash over the files' contents, or over their times and sizes. Missing ones count as missing."""
    entries: list[list[str | int]] = []
    for file in sorted(files):
        if not file.exists():
            continue
        if contents:
            entries.append([str(file), hashlib.sha256(file.read_bytes()).hexdigest()])
        else:
            status = file.stat()
            entries.append([str(file), status.st_mtime_ns, status.st_size])
    return hashlib.sha256(json.dumps([entries, is_root()]).encode()).hexdigest()[:16]
