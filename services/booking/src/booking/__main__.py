"""`python -m booking api | worker | migrate | dead-letters | resync | check-replicas | seed-demo | check-revenue |
rebuild-revenue`."""

from pathlib import Path

from booking.commands import check_revenue, rebuild_revenue, seed_demo
from booking.consumers import HANDLERS, REPLICAS
from booking.settings import Settings
from shared.cli import main

MIGRATIONS = Path(__file__).parents[2] / "migrations"

if __name__ == "__main__":
    main(
        Settings(),
        migrations=MIGRATIONS,
        consumes=HANDLERS,
        replicas=REPLICAS,
        commands={"seed-demo": seed_demo, "check-revenue": check_revenue, "rebuild-revenue": rebuild_revenue},
    )
