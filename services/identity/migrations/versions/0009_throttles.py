"""What slows down who guesses."""

from alembic import op

revision = "0009"
down_revision = "0008"


def upgrade() -> None:
    op.execute(
        """
        -- Counts of tries, by a hash of whose they are. As a bucket: `free_at` says when it will be empty again. As a
        -- back-off: failures that are settled, tries under way, and when the next one may be made.
        CREATE TABLE throttles (
            key bytea CONSTRAINT pk_throttles PRIMARY KEY,
            failures int NOT NULL DEFAULT 0,
            pending int NOT NULL DEFAULT 0,
            free_at timestamptz NOT NULL,
            touched_at timestamptz NOT NULL
        ) WITH (fillfactor = 70);  -- every try updates its row, in place where nothing but the key is indexed
        """
    )
