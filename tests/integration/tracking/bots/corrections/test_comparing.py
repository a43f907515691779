"""What a dry run says is what applying does, whatever the clicks and whatever was corrected before (rules 4 to 6)."""

import datetime as dt
import random
from typing import Any

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.clicking import BOT, DAY_MS, HUMAN, make_account, make_event, store
from tests.conftest import Stores
from tests.corrections import find_difference, read_changes, read_counts, read_everything, reclassify, rescore, undo
from tracking.bots.corrections import applying, comparing, electing, finding
from tracking.bots.corrections.models import Correction
from tracking.bots.policies.models import BotPolicyVersion
from tracking.bots.policies.rules import BotMode, Lists, Overrides
from tracking.bots.verdicts import Verdict
from tracking.clicks.event import ClickEvent, Fact, VisitorMethod
from tracking.clock import utc_now
from tracking.orm import open_orm
from tracking.reports.audit import audit

START_MS = int(dt.datetime(2026, 11, 2, tzinfo=dt.UTC).timestamp() * 1000)

UNUSUAL = [Fact.PREFETCH, Fact.TEST, Fact.USER_AGENT_MISSING, Fact.CONFIRMATION_ASKED]

clicks = st.fixed_dictionaries(
    {
        "at_ms": st.integers(START_MS, START_MS + 2 * DAY_MS),
        "visitor": st.integers(1, 3),
        "link": st.integers(1, 6),
        "visitor_method": st.sampled_from([VisitorMethod.HASH, VisitorMethod.COOKIE, VisitorMethod.NONE]),
        "user_agent": st.sampled_from([HUMAN, HUMAN, BOT]),
        "facts": st.sampled_from([Fact(0), Fact(0), *UNUSUAL]),
        "client_ip": st.sampled_from(["198.51.100.1", "203.0.113.7"]),
    }
)
wanted = st.one_of(
    st.fixed_dictionaries({"link_ids": st.lists(st.integers(1, 6), max_size=3)}),
    st.fixed_dictionaries({"verdicts": st.lists(st.sampled_from(Verdict), min_size=1)}),
    st.fixed_dictionaries({"is_counted": st.booleans(), "networks": st.just([bytes([198, 51, 100])])}),
    st.fixed_dictionaries({"message_ids": st.just([9])}),
)
policies = st.sampled_from(
    [
        Overrides(mode=BotMode.OFF),
        Overrides(counts_public_suspects=False, counts_contact_suspects=True),
        Overrides(suspect_score=1, bot_score=60),
        Overrides(deny=Lists(networks=("198.51.100.0/24",))),
    ]
)
steps = st.one_of(
    st.tuples(st.just("reclassify"), st.sampled_from(Verdict), wanted),
    st.tuples(st.just("rescore"), st.integers(1, 2), st.just({})),
    st.tuples(st.just("undo"), st.integers(0, 5), st.just({})),
    st.tuples(st.just("policy"), policies, st.just({})),
)


def make(account_id: int, click: dict[str, Any]) -> ClickEvent:
    """Links 1 and 2 are public, 3 and 4 are one recipient's of a message, for different creators; 5 is one contact's
    without a message, and 6 a message's without a contact.
    """
    link, rest = click["link"], {name: value for name, value in click.items() if name != "link"}
    of_contact = {"contact_id": 4, "message_id": 9, "visitor_method": VisitorMethod.CONTACT, "visitor": 4}
    labels: dict[int, dict[str, Any]] = {
        1: {"creator_id": 1, "campaign_id": None},
        2: {"creator_id": 2},
        3: {"creator_id": 1, "slot": 1, **of_contact},
        4: {"creator_id": 2, "slot": 2, **of_contact},
        5: {"creator_id": 2, **of_contact, "message_id": None},
        6: {"creator_id": 1, "message_id": 9, "slot": 3},
    }
    return make_event(account_id, link_id=link, **{**rest, **labels[link]})


@pytest.fixture
def in_small_steps(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(comparing, "COMPARED_AT_ONCE", 3)
    monkeypatch.setattr(electing, "KEYS_AT_ONCE", 2)
    monkeypatch.setattr(applying, "APPLIED_AT_ONCE", 3)
    monkeypatch.setattr(finding, "LOOKED_AT_ONCE", 4)


async def correct(stores: Stores, account_id: int, step: Any, done: list[Correction]) -> None:
    """Shown first where it can be, then done: both say the same, and the reports follow."""
    kind, how, given_filter = step
    if kind == "policy":  # holds for what is scored anew from now on
        # Each after the one before, within a millisecond too.
        earlier = await BotPolicyVersion.filter(account_id=account_id).count()
        long_past = utc_now() - dt.timedelta(days=1) + dt.timedelta(milliseconds=earlier)
        await BotPolicyVersion.create(
            account_id=account_id, overrides=msgspec.json.encode(how).decode(), effective_at=long_past
        )
        return
    pool, before = stores.pool, await read_counts(stores.pool, account_id)
    shown: dict[tuple[int, int], dict[str, list[int]]] | None = None
    if kind == "undo":
        if not done:
            return
        applied = await undo(pool, done.pop(how % len(done)))
    else:
        everything = await read_everything(pool)
        change: Any = reclassify if kind == "reclassify" else rescore
        given: Any = {"verdict": how, **given_filter} if kind == "reclassify" else {"ruleset": how}
        shown = await read_changes(await change(pool, account_id, is_dry_run=True, **given))
        assert await read_everything(pool) == everything
        applied = await change(pool, account_id, **given)
        if kind == "reclassify":
            done.append(applied)
    changes = await read_changes(applied)
    assert changes == find_difference(before, await read_counts(pool, account_id))
    assert shown in (None, changes)
    assert (await audit(pool)).differences == []


@pytest.mark.feature("R4", "R5", "R6", "TR27")
@pytest.mark.usefixtures("in_small_steps")
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(given_clicks=st.lists(clicks, min_size=1, max_size=14), given_steps=st.lists(steps, min_size=1, max_size=4))
async def test_what_is_shown_is_what_is_done(
    stores: Stores, given_clicks: list[dict[str, Any]], given_steps: list[Any]
) -> None:
    await stores.clean()
    account_id = await make_account(stores.pool)
    await store(stores.pool, *(make(account_id, click) for click in given_clicks), backfill=True)
    done: list[Correction] = []
    async with open_orm(stores.settings):
        for step in given_steps:
            await correct(stores, account_id, step, done)
    await stores.clean()


@pytest.mark.feature("R4", "R5", "R6")
@pytest.mark.usefixtures("in_small_steps")
@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    given_clicks=st.lists(clicks, min_size=1, max_size=14),
    given_steps=st.lists(st.tuples(st.sampled_from(Verdict), wanted), min_size=1, max_size=4),
    order=st.randoms(use_true_random=False),
)
async def test_all_of_it_undone_in_any_order_is_as_if_nothing_had_been(
    stores: Stores, given_clicks: list[dict[str, Any]], given_steps: list[Any], order: random.Random
) -> None:
    await stores.clean()
    account_id = await make_account(stores.pool)
    await store(stores.pool, *(make(account_id, click) for click in given_clicks), backfill=True)
    everything = await read_everything(stores.pool)
    async with open_orm(stores.settings):
        done = [await reclassify(stores.pool, account_id, verdict, **meant) for verdict, meant in given_steps]
        order.shuffle(done)
        for each in done:
            await undo(stores.pool, each)
    assert await read_everything(stores.pool) == everything
    await stores.clean()
