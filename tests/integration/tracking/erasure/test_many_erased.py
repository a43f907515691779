"""An account that had thousands forgotten takes the loop from nobody when it asks for one of them again."""

import asyncio
from collections import Counter
from uuid import UUID

import asyncpg
import pytest

from tests.clicking import make_account, make_event, store
from tracking.erasure import visitor_service
from tracking.erasure.rules import NOBODY_BEGINS, draw_nobody
from tracking.erasure.visitor_service import Shown, erase_visitor
from tracking.errors import InvalidInputError

MANY = 5_000
AT_ONCE = 1_000
_ADD = """
    INSERT INTO erased_visitor (account_id, visitor_key, erasure_id, secret)
    SELECT $1, decode(lpad(to_hex(number), 32, '0'), 'hex'), $2, decode(repeat('ab', 32), 'hex')
    FROM generate_series(2, $3::int) AS number
"""


@pytest.mark.usefixtures("orm")
@pytest.mark.feature("R10")
async def test_a_click_of_nobody_is_looked_for_a_little_at_a_time(
    pool: asyncpg.Pool, monkeypatch: pytest.MonkeyPatch
) -> None:
    account_id = await make_account(pool)
    event = make_event(account_id, visitor_key=NOBODY_BEGINS * 2)
    await store(pool, event)
    first = await erase_visitor(account_id, Shown(frozenset({bytes(16)})))
    await pool.execute(_ADD, account_id, first.id, MANY)
    compared, turn, draw = Counter[int](), 0, draw_nobody

    async def count_turns() -> None:
        nonlocal turn
        while True:
            turn += 1
            await asyncio.sleep(0)

    def compare(secret: bytes, visitor_key: bytes, link_id: int) -> bytes:
        compared[turn] += 1
        return draw(secret, visitor_key, link_id)

    monkeypatch.setattr(visitor_service, "draw_nobody", compare)
    counting = asyncio.create_task(count_turns())
    with pytest.raises(InvalidInputError, match="nobody's already"):
        await erase_visitor(account_id, Shown(clicks=((UUID(bytes=event.click_id), ("clickIds", "0")),)))
    counting.cancel()

    assert compared.total() == MANY
    assert max(compared.values()) == AT_ONCE
