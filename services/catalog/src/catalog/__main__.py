"""`python -m catalog api | worker | migrate | dead-letters | resync | check-replicas | seed-demo | rebuild-cards`."""

from pathlib import Path

from catalog.commands import rebuild_cards, seed_demo
from catalog.consumers import HANDLERS, REPLICAS
from catalog.settings import Settings
from shared.cli import main

MIGRATIONS = Path(__file__).parents[2] / "migrations"

if __name__ == "__main__":
    main(
        Settings(),
        migrations=MIGRATIONS,
        consumes=HANDLERS,
        replicas=REPLICAS,
        commands={"seed-demo": seed_demo, "rebuild-cards": rebuild_cards},
    )
