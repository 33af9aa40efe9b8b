"""The tables of operations in a service's schema; each service's migrations create them."""

from typing import Any

PRUNE = (
    # A worker that has been silent for so long isn't coming back.
    "DELETE FROM workers WHERE seen_at < now() - interval '1 hour'",
    "DELETE FROM jobs WHERE finished_at < now() - interval '90 days'",
)


def create_operations_tables(op: Any) -> None:
    """In the migration's schema: workers and their signs of life, and jobs."""
    op.execute(
        """
        CREATE TABLE workers (
            id uuid CONSTRAINT pk_workers PRIMARY KEY,
            version text NOT NULL,
            started_at timestamptz NOT NULL,
            seen_at timestamptz NOT NULL,
            leads boolean NOT NULL,
            consuming boolean,  -- null where there is no queue
            in_hand integer NOT NULL,
            failing integer NOT NULL,
            lag_seconds double precision
        );

        CREATE TABLE jobs (
            id uuid CONSTRAINT pk_jobs PRIMARY KEY,
            kind text NOT NULL,
            parameters jsonb NOT NULL,
            state text NOT NULL DEFAULT 'waiting'
                CONSTRAINT ck_jobs_state CHECK (state IN ('waiting', 'running', 'done', 'failed')),
            progress jsonb,
            result jsonb,
            error text,
            reason text NOT NULL,
            asked_by uuid NOT NULL,
            correlation_id text,
            attempts integer NOT NULL DEFAULT 0,
            -- Until when it is the worker's that took it; that one moves it on for as long as it lives.
            held_until timestamptz,
            created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
            started_at timestamptz,
            finished_at timestamptz
        );
        -- One of a kind at a time. It is also what workers look through.
        CREATE UNIQUE INDEX uq_jobs_unfinished ON jobs (kind) WHERE state IN ('waiting', 'running');
        """
    )
