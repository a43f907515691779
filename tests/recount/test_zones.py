"""The same recount where hours begin at odd minutes of UTC and clocks change within the range."""

import datetime as dt
from collections.abc import AsyncIterator
from typing import Final

import pytest

from tests.brand import make_brand
from tests.clicking import BOT, HUMAN, make_event, store
from tests.conftest import Stores
from tests.converting import make_report
from tests.exporting import make_link_of_creator
from tests.graph import open_graph
from tests.outcomes import know_conversions
from tests.recount.conftest import Kept, keep_books
from tests.recount.figures import Question, Span, widen
from tests.recount.test_recount import DATINGS, find_difference
from tests.settling import convert, take_out
from tracking.accounts.models import Account, Scope
from tracking.accounts.service import create_api_key
from tracking.clicks.ids import read_click_ms
from tracking.orm import open_orm
from tracking.reports.fold import fold_all

pytestmark = pytest.mark.feature("R12", "LO10", "LO16")

# By zone, a moment some hours before its clocks change, or would where they do.
STARTS: Final = {
    "Asia/Kathmandu": dt.datetime(2025, 3, 29, 12, tzinfo=dt.UTC),
    "America/St_Johns": dt.datetime(2025, 11, 1, 20, tzinfo=dt.UTC),
    "Europe/Berlin": dt.datetime(2025, 3, 29, 16, tzinfo=dt.UTC),
}
STEP_MS: Final = 17 * 60_000
CLICKS: Final = 90


@pytest.fixture(params=sorted(STARTS))
async def kept_there(stores: Stores, request: pytest.FixtureRequest) -> AsyncIterator[Kept]:
    """A click every 17 minutes for a day, of few visitors; now and then a sale, days later, and what came back."""
    zone: str = request.param
    async with open_orm(stores.settings), open_graph(stores.settings) as graph:
        account = await make_brand()
        await Account.filter(id=account.id).update(timezone=zone)
        await know_conversions(stores.pool, account.id, STARTS[zone] - dt.timedelta(days=7))
        link = await make_link_of_creator(account)
        labels = {"link_id": link.id, "campaign_id": link.campaign_id, "creator_id": link.creator_id}
        start_ms = round(STARTS[zone].timestamp() * 1_000)
        events = [
            make_event(
                account.id,
                at_ms=start_ms + place * STEP_MS,
                zone=zone,
                visitor=place % 7,
                user_agent=BOT if place % 5 == 0 else HUMAN,
                **labels,
            )
            for place in range(CLICKS)
        ]
        await store(stores.pool, *events, backfill=True)
        for place, clicked in enumerate(events[1::6]):
            sold_ms = read_click_ms(clicked.click_id) + place * 7_777_777
            sale = make_report(account.id, click_ids=[clicked.click_id], received_at_ms=sold_ms)
            refund = take_out(sale, "refund", f"R-{place}", "2.25", received_at_ms=sold_ms + 11_111_111)
            await convert(stores.pool, sale, *([refund] if place % 2 else []))
        await fold_all(stores.pool)
        key = (await create_api_key(account.id, "recount", [Scope.ADMIN])).token
        yield await keep_books(stores, graph, key)
    await stores.clean()


@pytest.mark.parametrize("dating", DATINGS)
async def test_hours_and_days_are_what_the_files_add_up_to(kept_there: Kept, dating: str) -> None:
    first, last = kept_there.books.execute("SELECT min(day), max(click_day) FROM conversions").fetchone()
    days = {"days": {"from": first, "to": last}}
    start_at = STARTS[kept_there.zone.key].astimezone(kept_there.zone) + dt.timedelta(minutes=13)
    end_at = start_at + dt.timedelta(hours=20)
    moments = {"instants": {"from": start_at.isoformat(), "to": end_at.isoformat()}}
    questions = [
        Question(days, Span(days=(first, last)), dating, ("HOUR", "DAY")),
        Question(moments, widen(start_at, end_at), dating, ("HOUR",)),
    ]

    for subject in kept_there.subjects:
        for question in questions:
            assert await find_difference(kept_there, subject, question) == {}, (subject, question)
