"""Counts by what is known of a click: device, browser, referrer and the like, by day."""

from tortoise import migrations
from tortoise.migrations import operations as ops

DIMENSION_TABLES = [
    # Columns and key stand in an order that pads nothing: there are many rows, and they are short.
    """
    CREATE TABLE dimension_rollup (
        account_id bigint NOT NULL,
        first_key bigint NOT NULL,
        second_key bigint NOT NULL,
        day_at timestamptz NOT NULL,
        scope smallint NOT NULL,
        dimension smallint NOT NULL,
        human_clicks integer NOT NULL DEFAULT 0,
        suspect_clicks integer NOT NULL DEFAULT 0,
        bot_clicks integer NOT NULL DEFAULT 0,
        preview_fetches integer NOT NULL DEFAULT 0,
        prefetches integer NOT NULL DEFAULT 0,
        test_clicks integer NOT NULL DEFAULT 0,
        counted_clicks integer NOT NULL DEFAULT 0,
        unique_clicks integer NOT NULL DEFAULT 0,
        unique_by_contact integer NOT NULL DEFAULT 0,
        unique_by_cookie integer NOT NULL DEFAULT 0,
        unique_by_hash integer NOT NULL DEFAULT 0,
        value text COLLATE "C" NOT NULL,
        PRIMARY KEY (account_id, first_key, second_key, scope, dimension, day_at, value)
    )
    """,
    # What the rollup holds of each click, so that whoever looks at it again adds the difference and nothing twice.
    """
    CREATE TABLE dimension_click (
        click_id uuid PRIMARY KEY,
        user_agent_id bigint,
        counted_as smallint NOT NULL
    ) PARTITION BY RANGE (click_id)
    """,
    """
    CREATE TABLE dimension_state (
        is_only_row boolean PRIMARY KEY DEFAULT true CHECK (is_only_row),
        position bigint NOT NULL DEFAULT 0
    )
    """,
    "INSERT INTO dimension_state DEFAULT VALUES",
]


class Migration(migrations.Migration):
    dependencies = [("tracking", "0006_conversions")]

    operations = [
        ops.RunSQL(DIMENSION_TABLES, reverse_sql=["DROP TABLE dimension_state, dimension_click, dimension_rollup"])
    ]
