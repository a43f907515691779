"""Every column about a click has its purpose on docs/stored.md, and nothing else is stored of one (TR22)."""

import re
from pathlib import Path
from typing import Final

import asyncpg
import pytest

pytestmark = pytest.mark.feature("TR22")

PAGE: Final = Path(__file__).parents[4] / "docs" / "stored.md"
TABLES: Final = (
    "click",
    "user_agent",
    "conversion_report",
    "erased_visitor",
    "webhook_delivery",
    "webhook_attempt",
)  # and every table that names a click
PURPOSES: Final = (
    "association",
    "time",
    "people",
    "uniques",
    "counting",
    "reports",
    "corrections",
    "conversions",
    "telling",
)
COLUMNS: Final = """
    SELECT relname || '.' || attname AS name FROM pg_class
    JOIN pg_namespace ON pg_namespace.oid = relnamespace AND nspname = 'public'
    JOIN pg_attribute ON attrelid = pg_class.oid AND attnum > 0 AND NOT attisdropped
    WHERE relkind IN ('r', 'p') AND NOT relispartition AND (relname = ANY ($1) OR EXISTS (
        SELECT FROM pg_attribute AS names WHERE names.attrelid = pg_class.oid AND names.attname = 'click_id'
    ))
"""


def read_purposes(page: str) -> dict[str, str]:
    return dict(re.findall(r"^\| `(\w+\.\w+)` \| (.+?) \|", page, re.MULTILINE))


def find_gaps(columns: set[str], page: str) -> set[str]:
    """Columns without a purpose, and purposes of what is not there or that are none."""
    purposes = read_purposes(page)
    vague = {name for name, purpose in purposes.items() if not purpose.startswith(PURPOSES)}
    return (columns ^ set(purposes)) | vague


async def list_columns(pool: asyncpg.Pool) -> set[str]:
    return {row["name"] for row in await pool.fetch(COLUMNS, TABLES)}


async def test_every_column_about_a_click_has_a_purpose(pool: asyncpg.Pool) -> None:
    assert find_gaps(await list_columns(pool), PAGE.read_text()) == set()


async def test_a_new_column_a_new_table_and_a_purpose_without_one_are_found(pool: asyncpg.Pool) -> None:
    async with pool.acquire() as connection:
        transaction = connection.transaction()
        await transaction.start()
        await connection.execute(
            "ALTER TABLE click ADD COLUMN address inet; CREATE TABLE click_mood (click_id uuid, mood text)"
        )
        columns = {row["name"] for row in await connection.fetch(COLUMNS, TABLES)}
        await transaction.rollback()
    page = PAGE.read_text().replace("| `click.country` | people:", "| `click.country` | nothing:")
    page += "| `click.shoe_size` | people |  |\n"

    assert find_gaps(columns, page) == {
        "click.address",
        "click_mood.click_id",
        "click_mood.mood",
        "click.country",
        "click.shoe_size",
    }


@pytest.mark.feature("LO18", "R10")
async def test_no_column_about_a_click_can_hold_a_name_or_an_address(pool: asyncpg.Pool) -> None:
    """Of text there is what links and user agents say themselves, and of bytes keys and networks."""
    rows = await pool.fetch(
        "SELECT table_name || '.' || column_name AS name, data_type FROM information_schema.columns"
        " WHERE table_schema = 'public' AND table_name || '.' || column_name = ANY ($1)",
        list(await list_columns(pool)),
    )
    plain = {"bigint", "integer", "smallint", "boolean", "uuid", "date", "timestamp with time zone"}

    assert {row["name"] for row in rows if row["data_type"] not in plain} == {
        *(f"click.{name}" for name in ("visitor_key", "network", "placement", "referrer_host", "country")),
        *(f"user_agent.{name}" for name in ("digest", "user_agent", "browser", "os", "device", "in_app_browser")),
        "unique_click.visitor_key",
        "correction_click.visitor_key",
        *(f"erased_visitor.{name}" for name in ("visitor_key", "secret")),
        *(f"conversion.{name}" for name in ("order_key", "event", "part", "value_currency", "payout_currency")),
        *(f"conversion_report.{name}" for name in ("digest", "revenue", "currency", "click_ids", "visitor_keys")),
        *(f"conversion_report.{name}" for name in ("coupon", "page_host")),
        *(f"conversion_entry.{name}" for name in ("value_currency", "payout_currency", "receipt")),
        *(f"webhook_delivery.{name}" for name in ("webhook_id", "event_types", "event_ids", "body")),
        *(f"webhook_attempt.{name}" for name in ("problem", "answer")),
    }
