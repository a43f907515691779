"""Counts by what is known of a click: device, browser, referrer and the like, by day."""

from tortoise import migrations
from tortoise.migrations import operations as ops

DIMENSION_TABLES = [
    """
    CREATE TABLE dimension_rollup (
        account_id bigint NOT NULL,
        scope smallint NOT NULL,
        first_key bigint NOT NULL,
        second_key bigint NOT NULL,
        dimension smallint NOT NULL,
        day_at timestamptz NOT NULL,
        value text NOT NULL,
        human_clicks bigint NOT NULL DEFAULT 0,
        suspect_clicks bigint NOT NULL DEFAULT 0,
        bot_clicks bigint NOT NULL DEFAULT 0,
        preview_fetches bigint NOT NULL DEFAULT 0,
        prefetches bigint NOT NULL DEFAULT 0,
        test_clicks bigint NOT NULL DEFAULT 0,
        counted_clicks bigint NOT NULL DEFAULT 0,
        unique_clicks bigint NOT NULL DEFAULT 0,
        unique_by_contact bigint NOT NULL DEFAULT 0,
        unique_by_cookie bigint NOT NULL DEFAULT 0,
        unique_by_hash bigint NOT NULL DEFAULT 0,
        PRIMARY KEY (account_id, scope, first_key, second_key, dimension, day_at, value)
    )
    """,
    # What the rollup holds of each click, so that whoever looks at it again adds the difference and nothing twice.
    """
    CREATE TABLE dimension_click (
        click_id uuid PRIMARY KEY,
        counted_as smallint NOT NULL
    ) PARTITION BY RANGE (click_id)
    """,
    """
    CREATE TABLE dimension_state (
        is_only_row boolean PRIMARY KEY DEFAULT true CHECK (is_only_row),
        position bigint NOT NULL DEFAULT 0,
        counted_until timestamptz NOT NULL DEFAULT now()
    )
    """,
    "INSERT INTO dimension_state DEFAULT VALUES",
]


class Migration(migrations.Migration):
    dependencies = [("tracking", "0006_conversions")]

    operations = [
        ops.RunSQL(DIMENSION_TABLES, reverse_sql=["DROP TABLE dimension_state, dimension_click, dimension_rollup"])
    ]
