"""What is stored of a click: whose it is, when, and of the visitor no more than what telling bots from people takes."""

import datetime as dt
from typing import Any

import asyncpg
import pytest

from tests.clicking import HUMAN, make_account, make_event, store
from tracking.clock import now_ms

READ = """
    SELECT click.occurred_at, click.message_id, click.slot, click.offer_id, click.contact_id, click.sharer_id,
        click.network, named.user_agent
    FROM click JOIN user_agent AS named ON named.id = click.user_agent_id
"""


@pytest.mark.feature("TR3", "TR22")
async def test_time_message_offer_contact_sharer_network_and_user_agent(pool: asyncpg.Pool) -> None:
    at_ms = now_ms() - 5_000
    sent: dict[str, Any] = {"message_id": 5, "slot": 2, "offer_id": 8, "contact_id": 77, "sharer_id": 9}
    await store(pool, make_event(await make_account(pool), at_ms=at_ms, client_ip="203.0.113.77", **sent))

    row = await pool.fetchrow(READ)

    assert row["occurred_at"] == dt.datetime.fromtimestamp(at_ms / 1000, dt.UTC)
    assert {name: row[name] for name in sent} == sent
    assert row["user_agent"] == HUMAN.decode()


@pytest.mark.feature("LO17", "R10", "TR22")
@pytest.mark.parametrize(
    ("client_ip", "network"), [("203.0.113.77", "cb0071"), ("2001:db8:1:2:3:4:5:6", "20010db80001")]
)
async def test_the_address_is_cut_to_its_network_before_it_is_stored(
    pool: asyncpg.Pool, client_ip: str, network: str
) -> None:
    await store(pool, make_event(await make_account(pool), client_ip=client_ip))

    assert bytes(await pool.fetchval("SELECT network FROM click")).hex() == network
