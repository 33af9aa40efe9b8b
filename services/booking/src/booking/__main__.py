"""`python -m booking api | worker | migrate | seed-demo | check-revenue`."""

from pathlib import Path

from booking.consumers import HANDLERS
from booking.settings import Settings
from shared.cli import main

MIGRATIONS = Path(__file__).parents[2] / "migrations"

if __name__ == "__main__":
    main(Settings(), migrations=MIGRATIONS, consumes=HANDLERS)
