"""What is sent to webhook endpoints, and each attempt at it."""

from tortoise import migrations
from tortoise.migrations import operations as ops

WEBHOOK_TABLES = [
    "CREATE INDEX webhook_endpoint_account_idx ON webhook_endpoint (account_id, id)",
    "CREATE INDEX webhook_secret_endpoint_idx ON webhook_secret (endpoint_id)",
    "CREATE INDEX webhook_replay_endpoint_idx ON webhook_replay (endpoint_id, id)",
    "CREATE INDEX webhook_replay_running_idx ON webhook_replay (id) WHERE status = 'RUNNING'",
    # position: the last event that is queued as a whole. told: how many ids of the one after it are queued.
    """
    CREATE TABLE webhook_state (
        is_only_row boolean PRIMARY KEY DEFAULT true CHECK (is_only_row),
        position bigint NOT NULL DEFAULT 0,
        told integer NOT NULL DEFAULT 0
    )
    """,
    "INSERT INTO webhook_state DEFAULT VALUES",
    # origin: 0 the event log, 1 a replay, 2 a ping. status: 0 waiting, 1 delivered, 2 given up, 3 cancelled.
    # next_at: when it is due, or when whoever is sending it is given up on; null once it ended.
    # body: one event as JSON; of a batch one in each line, in the order of the log.
    # open_until: of a batch that may still grow while it has never been due, which is when next_at says the same.
    """
    CREATE TABLE webhook_delivery (
        id uuid PRIMARY KEY,
        account_id bigint NOT NULL,
        endpoint_id bigint NOT NULL REFERENCES webhook_endpoint (id) ON DELETE CASCADE,
        origin smallint NOT NULL,
        replay_id bigint NOT NULL DEFAULT 0,
        first_position bigint NOT NULL,
        first_ordinal integer NOT NULL,
        webhook_id text NOT NULL,
        event_types text[] NOT NULL,
        event_ids text[] NOT NULL,
        is_batch boolean NOT NULL,
        body bytea NOT NULL,
        status smallint NOT NULL DEFAULT 0,
        attempts integer NOT NULL DEFAULT 0,
        step smallint NOT NULL DEFAULT 0,
        next_at timestamptz,
        open_until timestamptz,
        created_at timestamptz NOT NULL DEFAULT now(),
        ended_at timestamptz
    )
    """,
    # Once each. An event's id tells its place in the log and its moment: places begin again after a restore.
    """
    CREATE UNIQUE INDEX webhook_delivery_once_idx
    ON webhook_delivery (endpoint_id, origin, replay_id, (event_ids[1] COLLATE "C"))
    """,
    "CREATE INDEX webhook_delivery_due_idx ON webhook_delivery (endpoint_id, next_at) WHERE next_at IS NOT NULL",
    "CREATE INDEX webhook_delivery_open_idx ON webhook_delivery (endpoint_id, open_until) WHERE open_until IS NOT NULL",
    """
    CREATE INDEX webhook_delivery_ping_idx ON webhook_delivery (endpoint_id, id)
    WHERE next_at IS NOT NULL AND origin = 2
    """,
    "CREATE INDEX webhook_delivery_endpoint_idx ON webhook_delivery (endpoint_id, id)",
    "CREATE INDEX webhook_delivery_given_up_idx ON webhook_delivery (endpoint_id, id) WHERE status = 2",
    "CREATE INDEX webhook_delivery_ended_idx ON webhook_delivery (ended_at) WHERE ended_at IS NOT NULL",
    """
    CREATE TABLE webhook_attempt (
        delivery_id uuid NOT NULL REFERENCES webhook_delivery (id) ON DELETE CASCADE,
        number integer NOT NULL,
        at timestamptz NOT NULL,
        duration_ms integer NOT NULL,
        status_code smallint,
        problem text,
        answer text,
        PRIMARY KEY (delivery_id, number)
    )
    """,
]

WITHOUT_WEBHOOK_TABLES = [
    "DROP TABLE webhook_attempt, webhook_delivery, webhook_state",
    "DROP INDEX webhook_endpoint_account_idx, webhook_secret_endpoint_idx, webhook_replay_endpoint_idx,"
    " webhook_replay_running_idx",
]


class Migration(migrations.Migration):
    dependencies = [("tracking", "0010_report_pages")]

    operations = [ops.RunSQL(WEBHOOK_TABLES, reverse_sql=WITHOUT_WEBHOOK_TABLES)]
