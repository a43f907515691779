"""What becomes of an order, by docs/conversions.md and rule 7 alone: written apart from what it judges."""

import datetime as dt
from collections.abc import Iterator
from decimal import ROUND_HALF_EVEN, Decimal
from typing import Final
from uuid import UUID

from tests.crediting.known import UNIX, KnownAccount, KnownClick, KnownConversion, KnownLink, KnownReport
from tests.crediting.standings import NO_LINK, Credit, Money
from tracking.conversions.kinds import Method, Proof, StandingReason, Trust

CLICKS_COME: Final = dt.timedelta(days=7)
SALES_COME: Final = dt.timedelta(days=30)
DIGITS: Final = {"EUR": 2, "JPY": 0}


def agree(said: tuple[Decimal, str], other: tuple[Decimal, str]) -> bool:
    """No currency means the same one."""
    return said[0] == other[0] and (said[1] == other[1] or not said[1] or not other[1])


class Oracle:
    def __init__(self, known: KnownAccount, now: dt.datetime) -> None:
        self.known, self.terms, self.now = known, known.terms, now
        self.looked_at: KnownConversion | None = None

    @property
    def earned_by(self) -> KnownClick | None:
        return self.looked_at.earned_by if self.looked_at else None

    # Which click

    def find_credit(self, conversion: KnownConversion) -> Credit:
        """A deleted click keeps what it earned, but is forgotten once that is another one's, or nobody's."""
        credit = self.match(conversion)
        if conversion.earned_by and credit.click is not conversion.earned_by:
            conversion.earned_by = None
            credit = self.match(conversion)
        return credit

    def match(self, conversion: KnownConversion) -> Credit:
        """By the surest method that finds a click; within it, by what was proven before what was not."""
        self.looked_at = conversion
        moment, reports = self.find_moment(conversion.reports), conversion.reports
        why_not: set[StandingReason] = set()
        for method in (Method.CLICK_ID, Method.COOKIE, Method.CONTACT):
            for is_proven in (True, False):
                leads = [
                    (click, report, self.find_fault(click, self.date(report, reports)))
                    for report in reports
                    if report.is_proven is is_proven
                    for click in self.list_candidates(method, report, reports)
                ]
                why_not |= {fault for _, _, fault in leads if fault}
                earning = [(click, report) for click, report, fault in leads if fault is None]
                if earning:
                    click = self.choose([click for click, _ in earning])
                    # Whatever else led there says as well when it was.
                    moment = min(
                        self.date(report, reports)
                        for each in (Method.CLICK_ID, Method.COOKIE, Method.CONTACT)
                        for report in reports
                        if click in self.list_clicks(each, report)
                        and self.find_fault(click, self.date(report, reports)) is None
                    )
                    offer_id = self.find_offer(reports) or click.link.offer_id
                    return Credit(method, is_proven, moment, click, click.link, offer_id)
        if self.is_any_missing(conversion):
            why_not.add(StandingReason.CLICK_NOT_FOUND)
        nobody = Credit(occurred_at=moment, why_not=frozenset(why_not or {StandingReason.NOTHING_TO_GO_BY}))
        return self.find_clickless(conversion, nobody)

    def find_clickless(self, conversion: KnownConversion, nobody: Credit) -> Credit:
        """What was proven decides over what was not. No bare link where a click is named that does not earn."""
        for is_proven in (True, False):
            reports = [each for each in conversion.reports if each.is_proven is is_proven]
            doubts = [each for each in conversion.reports if each.is_proven or not is_proven]
            is_led = any(self.leads_to_clicks(each, conversion.reports) for each in doubts)
            is_doubtful = is_led or any(by_proof or not is_proven for by_proof in conversion.remembered.values())
            found: list[Method] = []
            for report in reports:
                found += [Method.COUPON] * (report.event.coupon.lower() in self.terms.coupons)
                found += [Method.LINK] * (bool(report.event.link_id) and not is_doubtful)
                found += [Method.OFFER] * (bool(report.event.offer_id) and is_proven)
            if found:
                surest = min(found)
                return self.pick(surest, nobody, conversion, is_proven)
        return nobody

    def pick(self, method: Method, nobody: Credit, conversion: KnownConversion, is_proven: bool) -> Credit:
        """Of several links that were named alike, the oldest."""
        reports = [each for each in conversion.reports if each.is_proven is is_proven]
        link = NO_LINK if method is Method.OFFER else self.find_oldest(method, reports)
        offer_id = self.find_offer(conversion.reports) or link.offer_id
        return nobody._replace(method=method, link=link, offer_id=offer_id, is_proven=is_proven, why_not=frozenset())

    def find_oldest(self, method: Method, reports: list[KnownReport]) -> KnownLink:
        named = []
        for report in reports:
            link_id = report.event.link_id
            if method is Method.COUPON:
                link_id = self.terms.coupons.get(report.event.coupon.lower())
            if link_id:
                named.append((-report.event.proof, link_id))
        return self.terms.links[min(named)[1]]

    def leads_to_clicks(self, report: KnownReport, reports: list[KnownReport]) -> bool:
        """To any, whether they are there or not, or may yet come."""
        methods = (Method.COOKIE, Method.CONTACT)
        found = (click for method in methods for click in self.list_candidates(method, report, reports))
        return bool(report.event.click_ids) or any(True for _ in found)

    def list_candidates(self, method: Method, report: KnownReport, reports: list[KnownReport]) -> Iterator[KnownClick]:
        """What a visitor clicks afterwards says nothing, unless it is named."""
        moment = self.date(report, reports)
        found = self.list_clicks(method, report)
        return (each for each in found if method is Method.CLICK_ID or each.clicked_at <= moment)

    def find_offer(self, reports: list[KnownReport]) -> int | None:
        """Whoever proves nothing names no offer."""
        named = [(-each.event.proof, each.event.offer_id) for each in reports if each.event.offer_id and each.is_proven]
        return min(named)[1] if named else None

    def list_clicks(self, method: Method, report: KnownReport) -> Iterator[KnownClick]:
        event, link = report.event, self.terms.links.get(report.event.link_id or 0, NO_LINK)
        for click in self.known.clicks.values():
            is_of_contact = (link.contact_id, link.message_id) == (click.link.contact_id, click.link.message_id)
            is_own = click.account_id == self.known.account_id
            is_led_to = {
                Method.CLICK_ID: click.click_id.bytes in event.click_ids,
                Method.COOKIE: is_own
                and event.link_id == click.link.link_id
                and click.visitor_key in event.visitor_keys,
                Method.CONTACT: is_own and link.contact_id is not None and is_of_contact,
            }
            if (click.is_stored or self.is_remembered(click, method, report)) and is_led_to[method]:
                yield click

    def is_remembered(self, click: KnownClick, method: Method, report: KnownReport) -> bool:
        """What is reported after its deletion leads to it by its name alone."""
        known_then = self.looked_at.earned_from if self.looked_at else []
        return click is self.earned_by and (method is Method.CLICK_ID or any(report is each for each in known_then))

    def is_cookie_of(self, report: KnownReport, click: KnownClick) -> bool:
        """Nobody knows any more whose a deleted one was."""
        keys, is_of_link = report.event.visitor_keys, report.event.link_id == click.link.link_id
        return is_of_link and (click.visitor_key in keys or (click.is_gone and bool(keys)))

    def list_missing(self, report: KnownReport) -> list[KnownClick]:
        named = [self.known.clicks[UUID(bytes=each)] for each in report.event.click_ids]
        return [each for each in named if not each.is_stored and each is not self.earned_by]

    def is_click_awaited(self, conversion: KnownConversion) -> bool:
        """For seven days from when something was said last that leads to clicks."""
        reports = conversion.reports
        leading = [each.received_at for each in reports if self.is_lead(each)]
        return self.is_any_missing(conversion) and self.now - max(leading) < CLICKS_COME

    def list_leading(self, conversion: KnownConversion, click: KnownClick) -> list[KnownReport]:
        """To it as one of a visitor's or contact's; what is named is known by its name."""
        return [
            report
            for method in (Method.COOKIE, Method.CONTACT)
            for report in conversion.reports
            if click in self.list_candidates(method, report, conversion.reports)
        ]

    def is_any_missing(self, conversion: KnownConversion) -> bool:
        earned = conversion.earned_by and conversion.earned_by.click_id
        return bool(conversion.remembered.keys() - {earned}) or any(map(self.list_missing, conversion.reports))

    def is_lead(self, report: KnownReport) -> bool:
        """To clicks that are there or that may come."""
        link = self.terms.links.get(report.event.link_id or 0, NO_LINK)
        return bool(report.event.click_ids or report.event.visitor_keys or link.contact_id)

    def find_fault(self, click: KnownClick, occurred_at: dt.datetime) -> StandingReason | None:
        """What was earned when the click was deleted stays earned, by the window of then."""
        if click.account_id != self.known.account_id:
            return StandingReason.FOREIGN_CLICK
        if occurred_at < click.clicked_at:
            return StandingReason.CLICK_AFTER_CONVERSION
        if occurred_at - click.clicked_at > self.find_window(click):
            return StandingReason.OUTSIDE_WINDOW
        return None if click.is_counted or click is self.earned_by else StandingReason.CLICK_NOT_COUNTED

    def find_window(self, click: KnownClick) -> dt.timedelta:
        if self.looked_at and click is self.looked_at.earned_by:
            return self.looked_at.earned_within
        offer = self.terms.offers.get(click.link.offer_id or 0)
        if offer and offer.window:
            return offer.window
        return self.terms.windows_of_campaigns.get(click.link.campaign_id or 0, self.terms.window)

    def choose(self, clicks: list[KnownClick]) -> KnownClick:
        """By the model of their offer where they have one, else by the account's."""
        offers = [self.terms.offers.get(each.link.offer_id or 0) for each in clicks]
        models = {offer.model if offer and offer.model else self.terms.model for offer in offers}
        model = models.pop() if len(models) == 1 else self.terms.model
        return (min if model == "FIRST_CLICK" else max)(clicks, key=lambda each: each.click_id)

    # How sure, and how much

    def find_trust(self, reports: list[KnownReport], credit: Credit) -> Trust:
        """An order that is proven is not for that whose somebody says it is who proves nothing."""
        proof = max(each.event.proof for each in reports)
        trust = Trust.SIGNED if proof == Proof.SIGNATURE else Trust.TOKEN if proof else Trust.UNVERIFIED
        if credit.method in (Method.CLICK_ID, Method.COOKIE):
            return max(trust, Trust.TOKEN)
        return trust if credit.is_proven or credit.method is Method.NONE else Trust.UNVERIFIED

    def find_moment(self, reports: list[KnownReport]) -> dt.datetime:
        """When it happened: as the surest report says that proves itself; else when it was received."""
        proven = [each for each in reports if each.is_proven]
        dated = [(-each.event.proof, each.event.occurred_at_ms) for each in proven if each.event.occurred_at_ms]
        if dated:
            return UNIX + dt.timedelta(milliseconds=min(dated)[1] or 0)
        return min(each.received_at for each in proven or reports)

    def date(self, report: KnownReport, reports: list[KnownReport]) -> dt.datetime:
        """By what a report's own clicks are judged: its own moment, unless somebody proves when it happened."""
        is_dated = any(each.is_proven and each.event.occurred_at_ms for each in reports)
        return self.find_moment(reports) if is_dated else report.received_at

    def find_amounts(
        self, conversion: KnownConversion, credit: Credit
    ) -> tuple[tuple[Decimal, str] | None, frozenset[tuple[Decimal, str]]]:
        """The amount that holds, and one for each of those at odds with it."""

        def is_shown(report: KnownReport) -> bool:
            click = credit.click
            if click is None or conversion.ruling == "approved":
                return False
            is_by_cookie = credit.method is Method.COOKIE and self.is_cookie_of(report, click)
            return is_by_cookie or click.click_id.bytes in report.event.click_ids

        def rank(report: KnownReport) -> tuple[object, ...]:
            says = f"{report.event.revenue} {report.event.currency or None}"  # of the same millisecond
            return -report.ruled, -report.event.proof, not is_shown(report), report.received_at, says

        sure = [each for each in conversion.reports if each.ruled or each.is_proven or is_shown(each)]
        ranked = sorted(conversion.reports, key=rank)
        believed = [each.said for each in ranked if each.said and (each in sure or not sure)]
        holds = believed[0] if believed else None
        if holds and not holds[1]:
            holds = holds[0], next((each[1] for each in believed if each[0] == holds[0] and each[1]), "")
        others: list[tuple[Decimal, str]] = []
        for said in (each.said for each in ranked if each.said):
            if not any(agree(said, other) for other in ([holds] if holds else []) + others):
                others.append(said)
        return holds, frozenset(others)

    def value(
        self, conversion: KnownConversion, said: tuple[Decimal, str] | None, offer_id: int | None
    ) -> Money | None:
        """Raises ValueError for more digits than the currency has."""
        offer = self.terms.offers.get(offer_id or 0)
        if said is None:
            return offer.default_value.get(conversion.event.event) if offer else None
        currency = said[1] or (offer.currency if offer else None) or self.terms.currency
        minor = said[0] * 10 ** DIGITS[currency]
        if minor != int(minor) or -int(said[0].as_tuple().exponent) > DIGITS[currency]:
            raise ValueError
        return int(minor), currency

    def pay(self, event: str, value: Money | None, offer_id: int | None) -> Money | None:
        offer = self.terms.offers.get(offer_id or 0)
        if offer is None:
            return None
        points = offer.pays_basis_points.get(event)
        if points is None or value is None:
            return offer.pays_fixed.get(event)
        share = (Decimal(value[0]) * points / 10_000).quantize(Decimal(1), rounding=ROUND_HALF_EVEN)
        return int(share), value[1]
