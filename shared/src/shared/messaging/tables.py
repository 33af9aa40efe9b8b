"""The tables that messaging needs in a service's schema; each service's migrations create them."""

from typing import Any

from alembic.operations import Operations


def create_messaging_tables(op: Operations | Any) -> None:
    """Outbox and inbox, in the migration's schema."""
    op.execute(
        """
        CREATE TABLE outbox (
            id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
            event_id uuid NOT NULL UNIQUE,
            aggregate_type text NOT NULL,
            aggregate_id uuid NOT NULL,
            aggregate_version bigint NOT NULL,
            type text NOT NULL,
            payload jsonb NOT NULL,
            headers jsonb NOT NULL DEFAULT '{}',
            occurred_at timestamptz NOT NULL DEFAULT clock_timestamp(),
            published_at timestamptz,
            UNIQUE (aggregate_type, aggregate_id, aggregate_version)
        );
        CREATE INDEX outbox_unpublished ON outbox (id) WHERE published_at IS NULL;
        CREATE INDEX outbox_published ON outbox (published_at) WHERE published_at IS NOT NULL;
        CREATE TABLE inbox (
            message_id uuid PRIMARY KEY,
            type text NOT NULL,
            received_at timestamptz NOT NULL DEFAULT clock_timestamp()
        );
        CREATE INDEX inbox_received ON inbox (received_at);
        """
    )
