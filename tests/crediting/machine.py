"""Anything that can happen to an account's orders, in any order, against an oracle that was written apart."""

import datetime as dt
import itertools
from collections.abc import Iterator
from typing import Any, ClassVar
from uuid import UUID

from hypothesis import strategies as st
from hypothesis.stateful import initialize, precondition, rule

from tests.clicking import make_account, make_event, store
from tests.crediting.comparing import Compared
from tests.crediting.drawn import HALF_A_DAY, numbers, told, visits
from tests.crediting.known import UNIX, KnownClick, KnownConversion, KnownLink
from tests.crediting.oracle import Oracle
from tests.crediting.site import ZONE, make_site
from tests.crediting.tables import (
    read_at_odds,
)
from tracking.bots.verdicts import Reason, Verdict
from tracking.clicks.event import ClickEvent, VisitorMethod
from tracking.clicks.relabel import Cause, Learned, relabel_clicks
from tracking.clicks.visitors import name_contact
from tracking.clock import utc_now
from tracking.conversions.amounts import Said
from tracking.conversions.conflicts import find_conflict_id
from tracking.conversions.event import ConversionEvent
from tracking.conversions.kinds import EntryCause, Proof, Source
from tracking.conversions.rechecking import settle_again
from tracking.conversions.rulings import approve_conversions, reject_conversions
from tracking.conversions.store import store_conversions


class Crediting(Compared):
    _slugs: ClassVar[Iterator[int]] = itertools.count(1)

    @initialize(old=st.lists(visits, min_size=4, max_size=8), ages=st.lists(st.integers(0, 90), min_size=8, max_size=8))
    def begin(self, old: list[dict[str, Any]], ages: list[int]) -> None:
        self.run(self.prepare())
        self.click([each | {"age": age, "is_stored": True} for each, age in zip(old, ages, strict=False)])

    async def prepare(self) -> None:
        number = next(self._slugs)
        self.known = await make_site(self.pool, f"c{number}")
        self.foreign_id = await make_account(self.pool, slug=f"f{number}")
        self.now = utc_now().replace(microsecond=0)
        self.events: dict[UUID, ClickEvent] = {}

    def at_ms(self, age: int) -> int:
        return int((self.now - age * HALF_A_DAY).timestamp() * 1_000)

    # Clicks

    @rule(given=st.lists(visits, min_size=2, max_size=6))
    def click(self, given: list[dict[str, Any]]) -> None:
        """Some are stored only later, though their ids are known."""
        made = [self.make_click(**each) for each in given]
        self.arrive([each for each, is_stored in made if is_stored])

    def make_click(
        self, *, age: int, visitor: int, link: int, is_stored: bool, is_foreign: bool, user_agent: bytes
    ) -> tuple[UUID, bool]:
        of = KnownLink(link + 1) if is_foreign else list(self.known.terms.links.values())[link]
        labels = {name: value for name, value in of._asdict().items() if name != "link_id"}
        if of.contact_id is not None:
            labels |= {"slot": link - 2 - (link == 5) * 2, "visitor_method": VisitorMethod.CONTACT}
            labels["visitor_key"] = name_contact(of.contact_id)
        else:
            labels["visitor_method"] = VisitorMethod.COOKIE
        account_id = self.foreign_id if is_foreign else self.known.account_id
        event = make_event(
            account_id,
            at_ms=self.at_ms(age),
            zone=ZONE,
            visitor=visitor,
            link_id=of.link_id,
            user_agent=user_agent,
            **labels,
        )
        click_id = UUID(bytes=event.click_id)
        clicked_at = UNIX + dt.timedelta(milliseconds=self.at_ms(age))
        self.events[click_id] = event
        self.known.clicks[click_id] = KnownClick(click_id, account_id, clicked_at, of, event.visitor_key)
        return click_id, is_stored

    @precondition(lambda self: self.list_late())
    @rule()
    def let_late_ones_come(self) -> None:
        self.arrive(self.list_late())

    def list_late(self) -> list[UUID]:
        return [each.click_id for each in self.known.clicks.values() if not each.is_stored and not each.is_gone]

    def arrive(self, click_ids: list[UUID]) -> None:
        Compared.steps += len(click_ids)
        self.run(store(self.pool, *(self.events[each] for each in click_ids), backfill=True))
        for each in click_ids:
            self.known.clicks[each].is_stored = True
        self.check()

    @precondition(lambda self: self.list_stored())
    @rule(number=numbers, other=numbers, evidence=st.sampled_from([Reason.HONEYPOT, Reason.MANY_CLICKS]))
    def judge_anew(self, number: int, other: int, evidence: Reason) -> None:
        stored = self.list_stored()
        news = {stored[each % len(stored)]: Learned(evidence=int(evidence)) for each in (number, other)}
        self.relabel(news, Cause.BEHAVIOUR)

    @precondition(lambda self: self.list_stored())
    @rule(number=numbers, verdict=st.sampled_from([Verdict.HUMAN, Verdict.BOT]))
    def correct(self, number: int, verdict: Verdict) -> None:
        stored = self.list_stored()
        click_id = stored[number % len(stored)]
        label = (click_id, next(self._slugs), self.known.account_id, verdict.value)
        self.run(self.pool.execute("INSERT INTO click_label VALUES ($1, $2, $3, $4)", *label))
        self.relabel({click_id: Learned(labels_changed=True)}, Cause.RECLASSIFY)

    def relabel(self, news: dict[UUID, Learned], cause: Cause) -> None:
        Compared.steps += len(news)
        self.run(relabel_clicks(self.pool, self.known.account_id, news, cause))
        self.check()

    def list_stored(self) -> list[UUID]:
        own = self.known.account_id
        return [each.click_id for each in self.known.clicks.values() if each.is_stored and each.account_id == own]

    @precondition(lambda self: self.list_stored())
    @rule(number=numbers)
    def forget(self, number: int) -> None:
        """As if retention had deleted it."""
        stored = self.list_stored()
        gone = self.known.clicks[stored[number % len(stored)]]
        oracle = Oracle(self.known, self.now)
        for conversion_id, standing in self.decide().items():
            conversion = self.find(conversion_id)
            if conversion.is_correction:
                continue
            if standing.credit.click is gone:
                conversion.earned_by = gone
            if oracle.is_looked_at(conversion, gone):
                conversion.remembered.append(gone)
        self.run(self.pool.execute("DELETE FROM click WHERE id = $1", gone.click_id))
        gone.is_stored, gone.is_gone = False, True
        self.match_again()

    # Reports

    @rule(given=st.lists(told, min_size=3, max_size=12), again=st.booleans())
    def report(self, given: list[dict[str, Any]], again: bool) -> None:
        events = [event for each in given if (event := self.make_report(**each)).order_key]
        for event in events:
            self.known.learn(event)
        Compared.steps += len(events)
        self.run(store_conversions(self.pool, events * (1 + again), backfill=True))
        self.check()

    def make_report(
        self,
        *,
        order: str,
        event: str,
        part: str,
        proof: Proof,
        age: int,
        offset_ms: int | None,
        clicks: list[int],
        cookie: int | None,
        link: int | None,
        offer: int | None,
        **said: str,
    ) -> ConversionEvent:
        ids = list(self.known.clicks)
        named = list(dict.fromkeys(ids[each % len(ids)] for each in clicks if ids))
        received_at_ms, occurred_at_ms = self.at_ms(age), None
        if named and offset_ms is not None and proof:
            clicked_at = self.known.clicks[named[0]].clicked_at
            occurred_at_ms = min(int(clicked_at.timestamp() * 1_000) + offset_ms, received_at_ms)
        is_correction = event in ("refund", "chargeback", "void")
        return ConversionEvent(
            received_at_ms=received_at_ms,
            account_id=self.known.account_id,
            source=Source.SIGNED_POSTBACK if proof is Proof.SIGNATURE else Source.POSTBACK,
            proof=proof,
            event=event,
            txn_id=order or ("T1" if is_correction else ""),
            part=part if event in ("refund", "chargeback") else "",
            occurred_at_ms=occurred_at_ms,
            click_ids=[] if is_correction else [each.bytes for each in named],
            visitor_keys=[cookie.to_bytes(16, "big")] if cookie and link is not None else [],
            link_id=None if link is None else list(self.known.terms.links)[link],
            offer_id=None if offer is None else list(self.known.terms.offers)[offer],
            **said,
        )

    # People

    @precondition(lambda self: self.known.orders)
    @rule(number=numbers, is_approved=st.booleans())
    def rule_by_hand(self, number: int, is_approved: bool) -> None:
        conversions = self.known.list_conversions()
        chosen = conversions[number % len(conversions)]
        change = approve_conversions if is_approved else reject_conversions
        self.run(change(self.pool, self.known.account_id, [chosen.conversion_id]))
        chosen.ruling = "approved" if is_approved else "rejected"
        Compared.steps += 1
        self.check()

    @precondition(lambda self: any(len(each.reports) > 1 for each in self.known.list_conversions()))
    @rule(number=numbers)
    def approve_another_amount(self, number: int) -> None:
        at_odds = self.run(read_at_odds(self.pool, self.known.account_id))
        rows = [row for conversion_id in sorted(at_odds) for row in at_odds[conversion_id]]
        rows = [row for row in rows if row["value_currency"]]
        if rows:
            chosen = rows[number % len(rows)]
            self.run(approve_conversions(self.pool, self.known.account_id, [chosen["id"]]))
            self.known.rulings += 1
            self.learn_amount(self.find(chosen["conflicts_with"]), chosen["id"])
            Compared.steps += 1
            self.check()

    def learn_amount(self, conversion: KnownConversion, conflict_id: UUID) -> None:
        for report in conversion.reports:
            amount = report.said and Said(report.said[0], report.said[1] or None)
            if amount and find_conflict_id(conversion.conversion_id, amount) == conflict_id:
                report.ruled = self.known.rulings

    def find(self, conversion_id: UUID) -> KnownConversion:
        return next(each for each in self.known.list_conversions() if each.conversion_id == conversion_id)

    @rule(
        model=st.sampled_from(["FIRST_CLICK", "LAST_CLICK"]),
        window_days=st.sampled_from([7, 28]),
        approves_unverified=st.sampled_from([False, False, True]),
        counts_sales=st.booleans(),
        cap=st.sampled_from([10_000, 1]),
    )
    def change_terms(
        self, model: str, window_days: int, *, approves_unverified: bool, counts_sales: bool, cap: int
    ) -> None:
        """And match everything again, as what exists stands by the terms of its day."""
        terms = self.known.terms
        terms.model, terms.window = model, dt.timedelta(days=window_days)
        terms.approves_unverified = approves_unverified
        terms.counted = frozenset({"lead", "demo"} | ({"sale"} if counts_sales else set()))
        kinds = ["LEAD", "CUSTOM", *(["SALE"] if counts_sales else [])]
        self.run(
            self.pool.execute(
                "UPDATE account SET attribution_model = $2, attribution_window_s = $3, approves_unverified = $4,"
                " counted_kinds = $5, cap_per_link_hour = $6 WHERE id = $1",
                self.known.account_id,
                model,
                window_days * 86_400,
                approves_unverified,
                kinds,
                cap,
            )
        )
        self.match_again()

    def match_again(self) -> None:
        keys = [(self.known.account_id, order_key) for order_key in self.known.orders]
        self.run(settle_again(self.pool, keys, EntryCause.REMATCHED))
        Compared.steps += 1
        self.check()
