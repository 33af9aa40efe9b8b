"""Starting, changing and stopping the system: the order of things."""

import contextlib
import os
import signal
import subprocess
from collections.abc import Callable, Iterable

from stack import health, prepare, processes, render
from stack.errors import StackError
from stack.manager import Manager
from stack.parts import GATEWAY, INFRASTRUCTURE, Program, programs
from stack.ports import Ports
from stack.settings import Settings
from stack.state import State

Say = Callable[[str], None]
INFRASTRUCTURE_SECONDS = 120
SERVICE_SECONDS = 180  # a small machine that is busy with other things


class Stack:
    """One state folder's system."""

    def __init__(self, settings: Settings, say: Say) -> None:
        self.settings, self.say = settings, say
        self.state: State = settings.state
        self.ports = Ports(self.state)
        self.manager = Manager(self.state)
        self.wanted: list[Program] = []

    # --- up

    def up(self) -> None:
        """Everything that should run, runs, in its present version and configuration, and answers.

        Raises StackError; what was started until then goes on running, for a look at its logs.
        """
        fresh = self.manager.pid() is None
        if fresh:
            self._clear_leftovers()
            self.ports.renew_taken()
        if "frontend" in self.settings.parts:
            prepare.web_app(self.state)
        if self.settings.catches_mail:
            prepare.mail_catcher()
        if "gateway" in self.settings.parts:
            self._choose_gateway_port(fresh)
        definitions_changed = self._render()
        if "postgres" in self.settings.parts and prepare.data_folder(self.settings):
            self.say("Made a new database in " + str(self.state.path("postgres", "data")))
        if fresh:
            self.manager.start_daemon()
        added, changed, removed = self.manager.reread()
        broker_ran = self._runs("rabbitmq") and "rabbitmq" not in changed
        self._retire([name for name in removed if name not in INFRASTRUCTURE])
        self.manager.remove(name for name in removed if name in INFRASTRUCTURE)
        self.manager.remove(name for name in changed if name in INFRASTRUCTURE)
        self.manager.add(name for name in [*added, *changed] if name in INFRASTRUCTURE)
        self._start("PostgreSQL and RabbitMQ", self._select(INFRASTRUCTURE), INFRASTRUCTURE_SECONDS)
        if "postgres" in self.settings.parts:
            prepare.database(self.settings, self.ports)
        if definitions_changed and broker_ran:
            prepare.import_definitions(self.settings, self.ports)
        if self.settings.services:
            self.say("Bringing the databases up to date …")
            prepare.migrate(self.settings, self.ports)
        services = [program for program in self.wanted if program.replica]
        self._replace([program for program in services if program.name in changed])
        self.manager.add(program.name for program in services if program.name in added)
        self._start("the services and the web app", services, SERVICE_SECONDS)
        self._gateway(added, changed)
        others = [p for p in self.wanted if p.name not in (*INFRASTRUCTURE, *GATEWAY) and not p.replica]
        self.manager.remove(program.name for program in others if program.name in changed)
        self.manager.add(program.name for program in others if program.name in (*added, *changed))
        self.manager.start(program.name for program in others)
        self._start("the mail catcher", [program for program in others if program.port], SERVICE_SECONDS)

    def _choose_gateway_port(self, fresh: bool) -> None:
        wanted, now = self.settings.gateway_port, self.ports.gateway()
        if not fresh and now is not None and wanted in (None, 0, now):
            return
        _, notice = self.ports.choose_gateway(wanted)
        if notice:
            self.say(notice)

    def _render(self) -> bool:
        """Write all configuration. Returns whether the broker's definitions are other ones than before."""
        self.settings.save()
        changed = False
        if "postgres" in self.settings.parts:
            render.postgres(self.settings, self.ports)
        if "rabbitmq" in self.settings.parts:
            changed = render.broker(self.settings, self.ports)
        self.wanted = programs(self.settings, self.ports)
        if "gateway" in self.settings.parts:
            if not self.state.path("upstreams", "identity").exists():
                render.upstream_lists(self.state, self.wanted)
            render.gateway(self.settings, self.ports)
        render.supervisor(self.settings, self.wanted)
        return changed

    def _select(self, names: Iterable[str]) -> list[Program]:
        names = tuple(names)
        return [program for program in self.wanted if program.name in names]

    def _start(self, title: str, group: list[Program], seconds: float) -> None:
        if not group:
            return
        infos = self.manager.infos()
        if any(infos[program.name]["statename"] != "RUNNING" for program in group):
            self.say(f"Starting {title} …")
        self.manager.start(program.name for program in group)
        health.wait_ready(group, self.settings, self.ports, self.manager, seconds)

    def _replace(self, group: list[Program]) -> None:
        """Other code or settings: one replica after the other, and out of the gateway's list meanwhile."""
        for program in group:
            self.say(f"Restarting {program.name} …")
            siblings = [p for p in self.wanted if p.kind == program.kind and p is not program]
            spare = program.upstream is not None and bool(siblings) and self._gateway_runs()
            if spare:
                self._show_gateway([p for p in self.wanted if p.upstream and p is not program])
            self.manager.remove([program.name])
            self.manager.add([program.name])
            self.manager.start([program.name])
            health.wait_ready([program], self.settings, self.ports, self.manager, SERVICE_SECONDS)
            if spare:
                self._show_gateway(self.wanted)

    def _retire(self, names: list[str]) -> None:
        """Take replicas away: first from the gateway's list, then the processes, gracefully."""
        if names and self._gateway_runs():
            infos = self.manager.infos()
            self._show_gateway([p for p in self.wanted if p.upstream and p.name in infos])
        self.manager.remove(names)

    # --- gateway

    def _runs(self, name: str) -> bool:
        info = self.manager.infos().get(name)
        return info is not None and info["statename"] == "RUNNING"

    def _gateway_runs(self) -> bool:
        return self._runs("nginx")

    def _show_gateway(self, replicas: list[Program]) -> None:
        """Change the gateway's list of replicas and wait until nginx works with it."""
        render.upstream_lists(self.state, replicas)
        expected = sorted(f"127.0.0.1:{program.port}" for program in replicas if program.upstream)
        health.wait_upstreams(self.state, expected)

    def _gateway(self, added: list[str], changed: list[str]) -> None:
        group = self._select(GATEWAY)
        if not group:
            return
        nginx_ran = self._gateway_runs() and "nginx" not in changed
        self.manager.remove(program.name for program in group if program.name in changed)
        self.manager.add(program.name for program in group if program.name in (*added, *changed))
        # Only now, so that a new replica gets no request before it is ready.
        render.upstream_lists(self.state, self.wanted)
        self._start("the gateway", group, SERVICE_SECONDS)
        if nginx_ran:
            self._reload_nginx()
        expected = sorted(f"127.0.0.1:{p.port}" for p in self.wanted if p.upstream)
        health.wait_upstreams(self.state, expected)
        if set(self.settings.services) >= {"catalog"}:
            health.wait_http(self.state, self.ports["gateway"], "/api/sessions/", 30, "catalog-api-1")
            if "frontend" in self.settings.parts:
                health.wait_http(self.state, self.ports["gateway"], "/", 30, "frontend-1")

    def _reload_nginx(self) -> None:
        nginx = self._select(["nginx"])[0].environment["NGINX"]
        command = [nginx, "-t", "-q", "-e", "stderr", "-c", str(self.state.path("nginx", "nginx.conf"))]
        test = subprocess.run(command, capture_output=True, text=True, check=False)
        if test.returncode:
            raise StackError(f"the gateway's new configuration is refused:\n{test.stderr}")
        pid = self.manager.infos()["nginx"]["pid"]
        if pid:
            os.kill(pid, signal.SIGHUP)

    # --- other changes

    def restart_changed(self) -> list[str]:
        """For development: restart what runs on other code now. Returns the names."""
        self._render()
        _, changed, _ = self.manager.reread()
        self._replace([program for program in self.wanted if program.name in changed and program.replica])
        return changed

    def scale(self, kind: str, count: int) -> None:
        self.settings.replicas[kind] = count
        self._render()
        added, changed, removed = self.manager.reread()
        self._retire(removed)
        new = self._select(added)
        self.manager.add(added)
        self._replace([program for program in self.wanted if program.name in changed and program.replica])
        self._start(", ".join(added), new, SERVICE_SECONDS)
        if self._gateway_runs():
            self._show_gateway(self.wanted)

    def restart(self, name: str) -> None:
        """One replica, or all of a kind in turn: who has a sibling gets no request while it is away."""
        group = [program for program in self._named(name) if program.replica]
        if not group:
            raise StackError(f"{name} has no replicas; `stop` and `start` it")
        self._replace(group)

    def _named(self, name: str) -> list[Program]:
        """A process by its name, or all replicas of a kind."""
        self.wanted = programs(self.settings, self.ports)
        found = [program for program in self.wanted if name in (program.name, program.kind)]
        if not found:
            raise StackError(f"no such process: {name}; there are {', '.join(program.name for program in self.wanted)}")
        return found

    def stop_part(self, name: str) -> None:
        """Until it is started again: for maintenance, and to see what the others do without it."""
        self.manager.stop(program.name for program in self._named(name))

    def start_part(self, name: str) -> None:
        self._start(name, self._named(name), SERVICE_SECONDS)

    # --- down

    def _clear_leftovers(self) -> None:
        if processes.belonging(self.state):
            self.say("Stopping what an earlier, interrupted run left behind …")
            processes.stop_all(self.state)

    def down(self) -> int:
        """Stop everything of this state folder and nothing else. Returns how many processes there were."""
        count = len(processes.belonging(self.state))
        if self.manager.pid() is not None:
            with contextlib.suppress(StackError, OSError):
                self._stop_in_order()
        processes.stop_all(self.state)
        left = processes.belonging(self.state)
        if left:
            raise StackError(f"these can't be stopped: {', '.join(f'{p.program} ({p.pid})' for p in left)}")
        return count

    def _stop_in_order(self) -> None:
        names = list(self.manager.infos())
        infrastructure = [name for name in names if name in INFRASTRUCTURE]
        self.manager.stop(["nginx", "upstreams"])
        self.manager.stop(name for name in names if name not in (*infrastructure, *GATEWAY))
        self.manager.stop(name for name in infrastructure if name != "epmd")
        self.manager.shutdown()
