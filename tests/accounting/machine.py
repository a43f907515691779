"""Anything that can happen to the clicks of an account, in any order, against an oracle that counts them as a whole."""

import asyncio
import datetime as dt
import itertools
from collections.abc import Awaitable, Iterable, Iterator
from typing import Any, ClassVar
from uuid import UUID
from zoneinfo import ZoneInfo

import asyncpg
import msgspec
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, precondition, rule

from tests.accounting.known import KnownAccount, KnownClick, KnownCorrection, KnownVersion, count, elect, list_states
from tests.accounting.tables import (
    Follower,
    find_wrong_log_rows,
    read_changed_at,
    read_holders,
    read_link_days,
    read_rows,
)
from tests.chaos.recount import read_cells
from tests.clicking import BOT, HUMAN, make_account, make_event
from tracking.bots.policies.rules import BotMode, Overrides
from tracking.bots.verdicts import Reason, Verdict
from tracking.clicks import relabel, store
from tracking.clicks.event import ClickEvent, Fact, VisitorMethod
from tracking.clicks.relabel import Cause, Learned, relabel_clicks
from tracking.clicks.store import store_clicks
from tracking.clicks.user_agents import UserAgents
from tracking.reports.fold import fold_all, fold_once

ZONE = "Europe/Berlin"
START = dt.datetime(2026, 10, 24, 12, tzinfo=dt.UTC)  # clocks change within the next two days
SPAN_MS = 40 * 3_600_000

visits = st.fixed_dictionaries(
    {
        "age_ms": st.integers(0, SPAN_MS),
        "visitor": st.integers(1, 3),
        "link": st.integers(1, 4),
        "method": st.sampled_from([VisitorMethod.HASH, VisitorMethod.HASH, VisitorMethod.COOKIE, VisitorMethod.NONE]),
        "user_agent": st.sampled_from([HUMAN, HUMAN, HUMAN, HUMAN, BOT, b"", b"Slackbot-LinkExpanding 1.0"]),
        "facts": st.sampled_from(
            [Fact.ACCEPT_LANGUAGE, Fact.ACCEPT_LANGUAGE, Fact(0), Fact.CONFIRMATION_ASKED, Fact.PREFETCH, Fact.TEST]
        ),
    }
)
evidence = st.sampled_from(
    [Reason.HONEYPOT, Reason.VELOCITY, Reason.MANY_CLICKS, Reason.CONFIRMED, Reason.CONVERSION, Reason.BURST_ON_MESSAGE]
)
overrides = st.sampled_from(
    [
        Overrides(),
        Overrides(mode=BotMode.OFF),
        Overrides(mode=BotMode.CONFIRM),
        Overrides(counts_public_suspects=False),
        Overrides(counts_contact_suspects=True),
        Overrides(weights={"NO_ACCEPT_LANGUAGE": 60}),
        Overrides(suspect_score=100),
    ]
)
scopes = st.sampled_from([(None, None), (2, None), (None, 1), (None, 3)])
choices = st.lists(st.integers(0, 10_000), min_size=1, max_size=8)
crashes = st.sampled_from([None, None, None, "after_insert", "before_commit", "after_relabel", "before_relabel_commit"])


class CrashError(Exception):
    """The process dies here, and is started again."""


class Accounting(RuleBasedStateMachine):
    """Links 1 and 2 are public and of different creators; 3 and 4 are two slots of a contact's message."""

    loop: ClassVar[asyncio.Runner]
    pool: ClassVar[asyncpg.Pool]
    steps: ClassVar[int] = 0  # what was done to one click, and each policy, fold and crash
    _numbers: ClassVar[Iterator[int]] = itertools.count(1)

    @initialize()
    def begin(self) -> None:
        self.now = START
        self.known = KnownAccount(ZoneInfo(ZONE))
        self.sent: list[ClickEvent] = []
        self.follower = Follower()
        self.user_agents = UserAgents()
        self.crash_at: str | None = None
        self.account_id: int = self.run(make_account(self.pool, timezone=ZONE, slug=f"a{next(self._numbers)}"))

    def run(self, step: Awaitable[Any]) -> Any:
        async def wait() -> Any:
            return await step

        return self.loop.run(wait())

    def survive(self, make_step: Any, crash_at: str | None) -> Any:
        """Do it; after a crash, again, as whoever starts next does."""

        def maybe_crash(point: str) -> None:
            if point == crash_at:
                raise CrashError

        store.maybe_crash = relabel.maybe_crash = maybe_crash  # type: ignore[attr-defined] # rule 3 -- dies in place
        try:
            return self.run(make_step())
        except CrashError:
            Accounting.steps += 1
            self.check()
            return self.survive(make_step, None)

    def own(self, number: int) -> int:
        """Ids of links, campaigns and messages are of one account."""
        return self.account_id * 10 + number

    def choose(self, numbers: Iterable[int]) -> list[UUID]:
        known = sorted(self.known.clicks)
        return list(dict.fromkeys(known[number % len(known)] for number in numbers))

    @rule(
        given=st.lists(visits, min_size=1, max_size=8),
        again=st.lists(st.integers(0, 10_000), max_size=4),
        crash=crashes,
    )
    def ingest(self, given: list[dict[str, Any]], again: list[int], crash: str | None) -> None:
        """New clicks of any age, late ones too, and some that came before, in any order."""
        batch = self.make_batch(given, again)
        self.survive(lambda: store_clicks(self.pool, self.user_agents, batch, backfill=True), crash)
        self.learn_stored(batch)

    def make_batch(self, given: list[dict[str, Any]], again: list[int]) -> list[ClickEvent]:
        fresh = [self.make_visit(**visit) for visit in given]
        old = [self.sent[number % len(self.sent)] for number in again if self.sent]
        self.sent += fresh
        return fresh + old

    def make_visit(self, age_ms: int, visitor: int, link: int, method: VisitorMethod, **rest: Any) -> ClickEvent:
        labels: dict[str, Any] = {"creator_id": min(link, 2), "campaign_id": None if link == 1 else self.own(2)}
        labels["offer_id"] = None if link == 2 else self.own(3)
        labels["sharer_id"] = self.own(6) if link in (2, 3) else None
        if link > 2:
            labels |= {"contact_id": visitor, "message_id": self.own(9), "slot": link - 2}
            method = VisitorMethod.CONTACT
        at_ms = int(self.now.timestamp() * 1000) - age_ms
        return make_event(
            self.account_id,
            at_ms=at_ms,
            zone=ZONE,
            visitor=visitor,
            link_id=self.own(link),
            visitor_method=method,
            **labels,
            **rest,
        )

    def learn_stored(self, batch: list[ClickEvent]) -> None:
        Accounting.steps += len(batch)
        for event in batch:
            self.known.clicks.setdefault(UUID(bytes=event.click_id), KnownClick(event))

    @precondition(lambda self: self.known.clicks)
    @rule(numbers=choices, reason=evidence, crash=crashes)
    def learn_evidence(self, numbers: list[int], reason: Reason, crash: str | None) -> None:
        self.relabel(self.choose(numbers), Learned(evidence=int(reason)), Cause.BEHAVIOUR, crash)

    @precondition(lambda self: self.known.clicks)
    @rule(numbers=choices, ruleset=st.sampled_from([1, 2]), is_by_policy_of_today=st.booleans(), crash=crashes)
    def rescore(self, numbers: list[int], ruleset: int, is_by_policy_of_today: bool, crash: str | None) -> None:
        learned = Learned(ruleset=ruleset, policy_at=self.now if is_by_policy_of_today else None)
        self.relabel(self.choose(numbers), learned, Cause.RESCORE, crash)

    @precondition(lambda self: self.known.clicks)
    @rule(numbers=choices, verdict=st.sampled_from(Verdict), crash=crashes)
    def correct(self, numbers: list[int], verdict: Verdict, crash: str | None) -> None:
        click_ids = self.choose(numbers)
        correction = KnownCorrection(next(self._numbers), set(click_ids), verdict)
        self.known.corrections.append(correction)
        labels = [(click_id, correction.number, self.account_id, verdict.value) for click_id in click_ids]
        self.run(self.pool.executemany("INSERT INTO click_label VALUES ($1, $2, $3, $4)", labels))
        self.relabel(click_ids, Learned(labels_changed=True), Cause.RECLASSIFY, crash)

    @precondition(lambda self: any(not each.is_undone for each in self.known.corrections))
    @rule(number=st.integers(0, 10_000), crash=crashes)
    def undo(self, number: int, crash: str | None) -> None:
        standing = [each for each in self.known.corrections if not each.is_undone]
        undone = standing[number % len(standing)]
        undone.is_undone = True
        self.run(
            self.pool.execute(
                "INSERT INTO correction (account_id, kind, status, is_dry_run, wanted, note, actor_kind, undoes_id,"
                " until_click_id, examined_clicks, changing_clicks, applied_clicks, requested_at)"
                " VALUES ($1, 'UNDO', 'APPLIED', false, '{}', '', 'SYSTEM', $2, gen_random_uuid(), 0, 0, 0, now())",
                self.account_id,
                undone.number,
            )
        )
        self.relabel(sorted(undone.click_ids), Learned(labels_changed=True), Cause.UNDO, crash)

    def relabel(self, click_ids: list[UUID], learned: Learned, cause: Cause, crash: str | None) -> None:
        before = {row["id"]: row for row in self.known.list_rows()}
        news = dict.fromkeys(click_ids, learned)
        changed = self.survive(lambda: relabel_clicks(self.pool, self.account_id, news, cause), crash)
        self.learn_relabelled(click_ids, learned)
        judged = ("verdict", "traffic_class", "reasons", "score", "ruleset", "is_counted")
        otherwise = [
            row["id"] for row in self.known.list_rows() if any(row[name] != before[row["id"]][name] for name in judged)
        ]
        assert changed == otherwise

    def learn_relabelled(self, click_ids: list[UUID], learned: Learned) -> None:
        Accounting.steps += len(click_ids)
        for click_id in click_ids:
            click = self.known.clicks[click_id]
            click.evidence |= learned.evidence
            click.ruleset = learned.ruleset or click.ruleset
            click.policy_at = learned.policy_at or click.policy_at
            click.manual = self.known.find_manual(click_id) if learned.labels_changed else click.manual

    @rule(scope=scopes, wanted=overrides, later_ms=st.integers(1, 3_600_000))
    def change_policy(self, scope: tuple[int | None, int | None], wanted: Overrides, later_ms: int) -> None:
        """From a moment on that no click has reached; time goes on past it."""
        Accounting.steps += 1
        campaign_id, link_id = (None if number is None else self.own(number) for number in scope)
        effective_at = self.now + dt.timedelta(milliseconds=1)
        self.now = effective_at + dt.timedelta(milliseconds=later_ms)
        self.known.versions.append(KnownVersion(effective_at, campaign_id, link_id, wanted))
        self.run(
            self.pool.execute(
                "INSERT INTO bot_policy_version (account_id, campaign_id, link_id, overrides, effective_at, created_at)"
                " VALUES ($1, $2, $3, $4, $5, now())",
                self.account_id,
                campaign_id,
                link_id,
                msgspec.json.encode(wanted).decode(),
                effective_at,
            )
        )

    @precondition(lambda self: self.known.clicks)
    @rule(given=st.lists(visits, min_size=1, max_size=6), numbers=choices, other_numbers=choices, reason=evidence)
    def do_all_at_once(
        self, given: list[dict[str, Any]], numbers: list[int], other_numbers: list[int], reason: Reason
    ) -> None:
        batch, first, second = self.make_batch(given, []), self.choose(numbers), self.choose(other_numbers)
        ours, others = Learned(evidence=int(reason)), Learned(ruleset=1)

        async def gather() -> None:
            await asyncio.gather(
                store_clicks(self.pool, self.user_agents, batch, backfill=True),
                relabel_clicks(self.pool, self.account_id, dict.fromkeys(first, ours), Cause.BEHAVIOUR),
                relabel_clicks(self.pool, self.account_id, dict.fromkeys(second, others), Cause.RESCORE),
                fold_once(self.pool),
            )

        self.survive(gather, None)
        self.learn_stored(batch)
        self.learn_relabelled(first, ours)
        self.learn_relabelled(second, others)

    @rule()
    def fold(self) -> None:
        Accounting.steps += 1
        self.run(fold_once(self.pool))

    @rule()
    def check(self) -> None:
        """The tables are what a recount of everything makes of it; so is what the events tell, and the log."""
        self.run(self.compare())

    def teardown(self) -> None:
        self.check()

    async def compare(self) -> None:
        await fold_all(self.pool)
        rows = self.known.list_rows()
        holders = elect(rows, self.known.clicks)
        assert await read_rows(self.pool, self.account_id) == rows
        assert await read_holders(self.pool, self.account_id) == holders
        assert await read_cells(self.pool, self.account_id) == count(rows, holders.values(), self.known.zone)
        assert await find_wrong_log_rows(self.pool, self.account_id) == []
        await self.follower.follow(self.pool, self.account_id)
        assert self.follower.states == list_states(rows, holders.values())
        assert self.follower.count_links(self.known.zone) == await read_link_days(self.pool, self.account_id)
        assert self.follower.changed_at == await read_changed_at(self.pool, self.account_id)
