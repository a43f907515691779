"""The ledger forgets whom it names, for a number that is nobody's, and changes in nothing else."""

import asyncpg
import pytest

from tests.clicking import make_account
from tests.converting import write_conversion
from tracking.erasure.rules import FIRST_STAND_IN, draw_stand_in

pytestmark = pytest.mark.feature("R7", "R10")

CHANGE = "UPDATE conversion_entry SET contact_id = $1"


@pytest.fixture
async def of_contact(pool: asyncpg.Pool) -> None:
    """An entry of contact 5."""
    await write_conversion(pool, await make_account(pool), contact_id=5)


@pytest.mark.usefixtures("of_contact")
async def test_a_contact_gives_way_to_nobody(pool: asyncpg.Pool) -> None:
    stand_in_id = draw_stand_in()

    await pool.execute(CHANGE, stand_in_id)

    assert await pool.fetchval("SELECT contact_id FROM conversion_entry") == stand_in_id


@pytest.mark.usefixtures("of_contact")
@pytest.mark.parametrize("contact_id", [6, None, FIRST_STAND_IN - 1])
async def test_a_contact_gives_way_to_no_other_one(pool: asyncpg.Pool, contact_id: int | None) -> None:
    with pytest.raises(asyncpg.IntegrityConstraintViolationError, match="is a ledger"):
        await pool.execute(CHANGE, contact_id)


@pytest.mark.parametrize("column", ["status", "value_minor", "click_id", "receipt"])
@pytest.mark.usefixtures("of_contact")
async def test_nothing_else_of_an_entry_changes(pool: asyncpg.Pool, column: str) -> None:
    with pytest.raises(asyncpg.IntegrityConstraintViolationError, match="is a ledger"):
        await pool.execute(f"UPDATE conversion_entry SET {column} = {column}")


async def test_an_entry_of_nobody_names_nobody_later(pool: asyncpg.Pool) -> None:
    await write_conversion(pool, await make_account(pool))

    with pytest.raises(asyncpg.IntegrityConstraintViolationError, match="is a ledger"):
        await pool.execute(CHANGE, draw_stand_in())
