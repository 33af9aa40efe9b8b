"""`python -m identity api | worker | migrate | create-admin | seed-demo | rotate-keys | reset-second-factors`."""

from pathlib import Path

from identity import commands
from identity.settings import Settings
from shared.cli import main

if __name__ == "__main__":
    main(
        Settings(),
        migrations=Path(__file__).parents[2] / "migrations",
        commands={
            "create-admin": commands.create_admin,
            "seed-demo": commands.seed_demo,
            "rotate-keys": commands.rotate_keys,
            "reset-second-factors": commands.reset_second_factors,
        },
    )
