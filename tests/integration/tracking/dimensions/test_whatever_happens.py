"""Whatever happens to clicks, in any order and with a crash anywhere, the rollup of traits is what a recount says."""

import asyncio
import contextlib
import datetime as dt
import itertools
from collections.abc import Awaitable, Callable, Iterator
from typing import Any, ClassVar
from uuid import UUID

import asyncpg
import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, precondition, rule, run_state_machine_as_test

from tests.clicking import BOT, HUMAN, make_account, make_event
from tests.traits import catch_up, count_cells, read_cells, relay_all
from tracking.bots.verdicts import Reason
from tracking.clicks.event import ClickEvent, VisitorMethod
from tracking.clicks.relabel import Cause, Learned, relabel_clicks
from tracking.clicks.store import store_clicks
from tracking.clicks.user_agents import UserAgents
from tracking.database import open_pool
from tracking.dimensions import counting, following, looking
from tracking.dimensions.following import follow_once
from tracking.dimensions.looking import look_at_account, rebuild_dimensions
from tracking.settings import Settings

ZONE = "Europe/Berlin"
START = dt.datetime(2026, 10, 26, 12, tzinfo=dt.UTC)  # clocks changed the day before
PHONE = b"Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15 Mobile/15E148 Instagram 350.0.0"
MANY = settings(
    max_examples=15, stateful_step_count=25, deadline=None, suppress_health_check=list(HealthCheck), print_blob=False
)

PLANTED = settings(MANY, phases=[Phase.generate], max_examples=200, derandomize=True, report_multiple_bugs=False)

visits = st.fixed_dictionaries(
    {
        "age_ms": st.integers(0, 60 * 3_600_000),
        "visitor": st.integers(1, 3),
        "link_id": st.integers(1, 3),
        "visitor_method": st.sampled_from([VisitorMethod.HASH, VisitorMethod.COOKIE, VisitorMethod.NONE]),
        "user_agent": st.sampled_from([HUMAN, PHONE, BOT, b""]),
        "referrer": st.sampled_from([b"", b"https://t.example/", b"https://(none)/"]),
        "placement": st.sampled_from(["", "story", "(none)"]),
        "offer_id": st.sampled_from([None, 4]),
    }
)
choices = st.lists(st.integers(0, 10_000), min_size=1, max_size=5)
crashes = st.sampled_from(
    [None, None, "after_dimensions", "before_dimensions_commit", "after_look", "after_forgetting_dimensions"]
)


class CrashError(Exception):
    """The process dies here."""


class Traits(RuleBasedStateMachine):
    """Links 1 and 2 are public, 3 is a contact's of a message. Links and messages are of one account."""

    loop: ClassVar[asyncio.Runner]
    pool: ClassVar[asyncpg.Pool]
    _numbers: ClassVar[Iterator[int]] = itertools.count(1)

    @initialize()
    def begin(self) -> None:
        self.sent: list[ClickEvent] = []
        self.account_id: int = self.run(make_account(self.pool, timezone=ZONE, slug=f"t{next(self._numbers)}"))

    def run(self, step: Awaitable[Any]) -> Any:
        async def wait() -> Any:
            return await step

        return self.loop.run(wait())

    def survive(self, step: Callable[[], Awaitable[Any]], crash_at: str | None) -> None:
        """It dies at that point, if it comes there; nobody does it again but who does it next."""

        def maybe_crash(point: str) -> None:
            if point == crash_at:
                raise CrashError

        following.maybe_crash = looking.maybe_crash = maybe_crash  # type: ignore[attr-defined] # rule 6 -- dies in place
        with contextlib.suppress(CrashError):
            self.run(step())

    @rule(given=st.lists(visits, min_size=1, max_size=6), again=st.lists(st.integers(0, 10_000), max_size=3))
    def store(self, given: list[dict[str, Any]], again: list[int]) -> None:
        """New clicks of any age, earlier ones that take uniques over too, and some that came before."""
        fresh = [self.make_visit(**visit) for visit in given]
        old = [self.sent[number % len(self.sent)] for number in again if self.sent]
        self.sent += fresh
        self.run(store_clicks(self.pool, UserAgents(), fresh + old, backfill=True))

    def make_visit(self, age_ms: int, link_id: int, **rest: Any) -> ClickEvent:
        if link_id == 3:
            own = {"message_id": self.account_id * 10, "visitor_method": VisitorMethod.CONTACT}
            rest |= own | {"contact_id": rest["visitor"]}
        rest |= {"campaign_id": None if link_id == 1 else 2, "creator_id": min(link_id, 2)}
        at_ms = int(START.timestamp() * 1000) - age_ms
        return make_event(self.account_id, at_ms=at_ms, zone=ZONE, link_id=self.account_id * 10 + link_id, **rest)

    @precondition(lambda self: self.sent)
    @rule(numbers=choices, is_gone=st.booleans())
    def judge_anew(self, numbers: list[int], is_gone: bool) -> None:
        bits = int(Reason.HONEYPOT)
        learned = Learned(evidence_gone=bits) if is_gone else Learned(evidence=bits)
        clicks = {UUID(bytes=self.sent[number % len(self.sent)].click_id): learned for number in numbers}
        self.run(relabel_clicks(self.pool, self.account_id, clicks, Cause.BEHAVIOUR))

    @rule(crash=crashes)
    def follow(self, crash: str | None) -> None:
        self.run(relay_all(self.pool))
        self.survive(lambda: follow_once(self.pool), crash)

    @rule(crash=crashes)
    def look(self, crash: str | None) -> None:
        self.survive(lambda: look_at_account(self.pool, self.account_id), crash)

    @rule(crash=crashes)
    def rebuild(self, crash: str | None) -> None:
        self.survive(lambda: rebuild_dimensions(self.pool, self.account_id), crash)
        if crash is not None:
            self.look(None)  # what is forgotten and not counted is for whoever rebuilt it

    @rule()
    def read_again(self) -> None:
        self.run(self.pool.execute("UPDATE dimension_state SET position = greatest(position - 2, 0)"))

    @rule()
    def lose_events(self) -> None:
        """And one that comes after them, by which the gap is seen."""
        self.run(relay_all(self.pool))
        self.run(self.pool.execute("DELETE FROM event_log"))
        told = "INSERT INTO event_outbox (account_id, kind, ids) VALUES ($1, 3, '{}')"
        self.run(self.pool.execute(told, self.account_id))

    @rule()
    def compare(self) -> None:
        self.survive(lambda: catch_up(self.pool), None)
        found = self.run(read_cells(self.pool, self.account_id))
        assert found == self.run(count_cells(self.pool, self.account_id))

    def teardown(self) -> None:
        if hasattr(self, "account_id"):
            self.compare()


@pytest.fixture
def machine(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Iterator[type[Traits]]:
    """With a loop of its own: the steps of a machine are plain functions."""
    for module in (following, looking):
        monkeypatch.setattr(module, "maybe_crash", module.maybe_crash)  # put back what the machine leaves
    with asyncio.Runner() as loop:
        Traits.loop, Traits.pool = loop, loop.run(open_pool(settings, max_size=4))
        yield Traits
        loop.run(Traits.pool.close())


@pytest.mark.feature("R6", "R12", "R13")
def test_any_steps_in_any_order_give_the_rollup_of_a_recount(machine: type[Traits]) -> None:
    run_state_machine_as_test(machine, settings=MANY)


@pytest.mark.feature("R6")
def test_a_mistake_in_what_counts_as_changed_is_found(machine: type[Traits], monkeypatch: pytest.MonkeyPatch) -> None:
    """The negative control: a click that is judged anew, or loses its unique, is taken for known."""
    blind = counting._FIND_CLICKS.replace("known.counted_as <> judged.counted_as", "false")
    assert blind != counting._FIND_CLICKS
    monkeypatch.setattr(counting, "_FIND_CLICKS", blind)

    with pytest.raises(AssertionError):
        run_state_machine_as_test(machine, settings=PLANTED)
