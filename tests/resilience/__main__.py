"""`make chaos`, `make controls`, `make rolling`, `make outage`: the long forms of what `make test` tries in short."""

import argparse
import asyncio
import random
import sys
import tempfile
from collections.abc import Coroutine
from pathlib import Path
from typing import Any

from tests.resilience.controls import CONTROLS, run_control
from tests.resilience.outage import outage
from tests.resilience.rolling import rolling
from tests.resilience.runs import chaos
from tests.resilience.system import KINDS, ROOT, System, running


async def _chaos(system: System, arguments: argparse.Namespace) -> bool:
    report = await chaos(
        system, seed=arguments.seed, seconds=arguments.minutes * 60, kills=arguments.kills, rate=arguments.rate
    )
    report.write(arguments.json)
    print(report.table())
    return not report.failures


async def _controls(system: System, arguments: argparse.Namespace) -> bool:
    blind = []
    for control in CONTROLS.values():
        report = await run_control(
            system, control, seed=arguments.seed, seconds=15, rate=arguments.rate * control.share
        )
        print(report.table(), "\n")
        if not control.finds <= report.failures.keys():
            blind.append(control.name)
    print(f"NOT FOUND: {', '.join(blind)}" if blind else f"All {len(CONTROLS)} sabotages were found.")
    return not blind


async def _rolling(system: System, arguments: argparse.Namespace) -> bool:
    result = await rolling(system, rounds=arguments.rounds, rate=arguments.rate)
    print(result.table())
    return result.passed


async def _outage(system: System, arguments: argparse.Namespace) -> bool:
    result = await outage(
        system, arguments.part, seed=arguments.seed, seconds=arguments.minutes * 60, rate=arguments.rate
    )
    print(result.table())
    return not result.failures


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.resilience", description=__doc__)
    commands = parser.add_subparsers(required=True, metavar="COMMAND")

    def command(name: str, function: Any, text: str) -> argparse.ArgumentParser:
        sub = commands.add_parser(name, help=text)
        sub.set_defaults(function=function)
        sub.add_argument("--seed", type=int, default=random.randrange(2**32))
        sub.add_argument("--rate", type=float, default=100, help="requests per second")
        sub.add_argument("--folder", type=Path, help="where the system is made (default: a temporary folder)")
        return sub

    sub = command("chaos", _chaos, "kill, freeze and cut off every part under load")
    sub.add_argument("--minutes", type=float, default=30, help="at least; the plan is carried out to its end")
    sub.add_argument("--kills", type=int, default=50, help="of each kind of part")
    sub.add_argument("--json", type=Path, default=ROOT / ".local/chaos.json", help="the verdict for programs")
    command("controls", _controls, "take safeguards away and see that the judge finds it")
    sub = command("rolling", _rolling, "restart every replica in turn under load")
    sub.add_argument("--rounds", type=int, default=20)
    sub = command("outage", _outage, "take the broker or the database away for minutes under load")
    sub.add_argument("--part", choices=["rabbitmq", "postgres"], default="rabbitmq")
    sub.add_argument("--minutes", type=float, default=3)
    arguments = parser.parse_args()

    def run(make: Coroutine[Any, Any, bool]) -> int:
        return 0 if asyncio.run(make) else 1

    with tempfile.TemporaryDirectory(prefix="marketplace-chaos-") as temporary:
        folder = arguments.folder or Path(temporary)
        folder.chmod(0o711)  # postgres' own user must get through
        with running(folder, dict.fromkeys(KINDS, 2)) as system:
            return run(arguments.function(system, arguments))


if __name__ == "__main__":
    sys.exit(main())
