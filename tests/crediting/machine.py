"""Anything that can happen to an account's orders, in any order, against an oracle that was written apart."""

import datetime as dt
from collections.abc import Sequence
from typing import Any
from uuid import UUID

from tests.clicking import make_event, store
from tests.crediting.comparing import Compared
from tests.crediting.drawn import LATELY
from tests.crediting.known import CORRECTIONS, UNIX, KnownClick, KnownConversion, KnownLink
from tests.crediting.oracle import Oracle
from tests.crediting.site import ZONE
from tests.crediting.tables import read_at_odds
from tracking.bots.verdicts import Reason, Verdict
from tracking.clicks.event import VisitorMethod
from tracking.clicks.ids import lower_bound
from tracking.clicks.relabel import Cause, Learned, relabel_clicks
from tracking.clicks.visitors import name_contact
from tracking.conversions.amounts import Said
from tracking.conversions.conflicts import find_conflict_id
from tracking.conversions.event import ConversionEvent
from tracking.conversions.kinds import EntryCause, Proof, Source
from tracking.conversions.rechecking import settle_again
from tracking.conversions.rulings import approve_conversions, reject_conversions
from tracking.conversions.store import store_conversions


class Crediting(Compared):
    """What is done here is done to the tables, and noted in what is known."""

    # Clicks

    async def click(self, given: list[dict[str, Any]]) -> None:
        """Some are stored only later, though their ids are known."""
        made = [self.make_click(**each) for each in given]
        await self.arrive([each for each, is_stored in made if is_stored])

    def make_click(
        self, *, age: int, visitor: int, link: int, is_stored: bool, is_foreign: bool, user_agent: bytes
    ) -> tuple[UUID, bool]:
        of = KnownLink(link + 1) if is_foreign else list(self.known.terms.links.values())[link]
        labels: dict[str, Any] = {name: value for name, value in of._asdict().items() if name != "link_id"}
        if of.contact_id is not None:
            labels |= {"slot": link - 2 - (link == 5) * 2, "visitor_method": VisitorMethod.CONTACT}
            labels["visitor_key"] = name_contact(of.contact_id)
        else:
            labels["visitor_method"] = VisitorMethod.COOKIE
        account_id = self.foreign_id if is_foreign else self.known.account_id
        at_ms, labels["link_id"], labels["user_agent"] = self.at_ms(age), of.link_id, user_agent
        clicked_at = UNIX + dt.timedelta(milliseconds=at_ms)
        click_id = self.name_click(clicked_at)
        event = make_event(account_id, at_ms=at_ms, zone=ZONE, visitor=visitor, click_id=click_id.bytes, **labels)
        self.events[click_id] = event
        self.known.clicks[click_id] = KnownClick(click_id, account_id, clicked_at, of, event.visitor_key)
        return click_id, is_stored

    def name_click(self, clicked_at: dt.datetime) -> UUID:
        """With drawn bits in the place of random ones: who clicked first in a millisecond is told by them."""
        return UUID(int=lower_bound(clicked_at).int | 7 << 76 | 2 << 62 | self.random.getrandbits(62))

    async def let_late_ones_come(self) -> None:
        known = self.known.clicks.values()
        await self.arrive([each.click_id for each in known if not each.is_stored and not each.is_gone])

    async def arrive(self, click_ids: list[UUID]) -> None:
        await store(self.pool, *(self.events[each] for each in click_ids), backfill=True)
        for each in click_ids:
            self.known.clicks[each].is_stored = True
        await self.compare()

    async def judge_anew(self, click_ids: list[UUID], evidence: Reason) -> None:
        await self.relabel({each: Learned(evidence=int(evidence)) for each in click_ids}, Cause.BEHAVIOUR)

    async def correct(self, click_id: UUID, verdict: Verdict) -> None:
        self.labels += 1
        label = (click_id, self.labels, self.known.account_id, verdict.value)
        await self.pool.execute("INSERT INTO click_label VALUES ($1, $2, $3, $4)", *label)
        await self.relabel({click_id: Learned(labels_changed=True)}, Cause.RECLASSIFY)

    async def relabel(self, news: dict[UUID, Learned], cause: Cause) -> None:
        await relabel_clicks(self.pool, self.known.account_id, news, cause)
        await self.compare()

    def list_stored(self) -> list[UUID]:
        own = self.known.account_id
        return [each.click_id for each in self.known.clicks.values() if each.is_stored and each.account_id == own]

    async def forget(self, click_id: UUID) -> None:
        """As if retention had deleted it."""
        gone = self.known.clicks[click_id]
        oracle = Oracle(self.known, self.now)
        for conversion_id, standing in self.decide().items():
            conversion = self.find(conversion_id)
            if conversion.is_correction:
                continue
            if standing.credit.click is gone:
                conversion.earned_by, conversion.earned_from = gone, list(conversion.reports)
                conversion.earned_within = oracle.find_window(gone)
            if leading := oracle.list_leading(conversion, gone):
                conversion.remembered[click_id] = any(each.is_proven for each in leading)
        await self.pool.execute("DELETE FROM click WHERE id = $1", gone.click_id)
        gone.is_stored, gone.is_gone = False, True
        await self.match_again()

    # Reports

    async def report(self, given: list[dict[str, Any]], *, again: bool = False) -> None:
        """Clicks come within a week of the report that names them: what was reported long ago names what was there."""
        events = [event for each in given if (event := self.make_report(**each)).order_key]
        for event in events:
            self.known.learn(event)
        await store_conversions(self.pool, events * (1 + again), backfill=True)
        await self.compare()

    def make_report(
        self,
        *,
        order: str,
        event: str,
        part: str = "",
        proof: Proof = Proof.NONE,
        age: int = 0,
        offset_ms: int | None = None,
        clicks: Sequence[int] = (),
        cookie: int | None = None,
        link: int | None = None,
        offer: int | None = None,
        **said: str,
    ) -> ConversionEvent:
        ids = [each.click_id for each in self.known.clicks.values() if age in LATELY or each.is_stored or each.is_gone]
        named = list(dict.fromkeys(ids[each % len(ids)] for each in clicks if ids))
        received_at_ms, occurred_at_ms = self.at_ms(age), None
        if named and offset_ms is not None and proof:
            clicked_at = self.known.clicks[named[0]].clicked_at
            occurred_at_ms = min(int(clicked_at.timestamp() * 1_000) + offset_ms, received_at_ms)
        is_correction = event in CORRECTIONS
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

    async def rule_by_hand(self, chosen: KnownConversion, *, is_approved: bool) -> None:
        change = approve_conversions if is_approved else reject_conversions
        await change(self.pool, self.known.account_id, [chosen.conversion_id])
        chosen.ruling = "approved" if is_approved else "rejected"
        await self.compare()

    async def approve_another_amount(self, number: int) -> None:
        """Of those that stand in the inbox."""
        at_odds = await read_at_odds(self.pool, self.known.account_id)
        rows = [row for conversion_id in sorted(at_odds) for row in at_odds[conversion_id] if row["value_currency"]]
        if rows:
            chosen = rows[number % len(rows)]
            await approve_conversions(self.pool, self.known.account_id, [chosen["id"]])
            self.known.rulings += 1
            self.learn_amount(self.find(chosen["conflicts_with"]), chosen["id"])
            await self.compare()

    def learn_amount(self, conversion: KnownConversion, conflict_id: UUID) -> None:
        for report in conversion.reports:
            amount = report.said and Said(report.said[0], report.said[1] or None)
            if amount and find_conflict_id(conversion.conversion_id, amount) == conflict_id:
                report.ruled = self.known.rulings

    def find(self, conversion_id: UUID) -> KnownConversion:
        return next(each for each in self.known.list_conversions() if each.conversion_id == conversion_id)

    async def change_terms(
        self, model: str, window_days: int, *, approves_unverified: bool, counts_sales: bool, cap: int
    ) -> None:
        """And match everything again, as what exists stands by the terms of its day."""
        terms = self.known.terms
        terms.model, terms.window = model, dt.timedelta(days=window_days)
        terms.approves_unverified = approves_unverified
        terms.counted = frozenset({"lead", "demo"} | ({"sale"} if counts_sales else set()))
        await self.pool.execute(
            "UPDATE account SET attribution_model = $2, attribution_window_s = $3, approves_unverified = $4,"
            " counted_kinds = $5, cap_per_link_hour = $6 WHERE id = $1",
            self.known.account_id,
            model,
            window_days * 86_400,
            approves_unverified,
            ["LEAD", "CUSTOM", *(["SALE"] if counts_sales else [])],
            cap,
        )
        await self.match_again()

    async def match_again(self) -> None:
        keys = [(self.known.account_id, order_key) for order_key in self.known.orders]
        await settle_again(self.pool, keys, EntryCause.REMATCHED)
        await self.compare()
