"""Takes reports of conversions: who sent it and what it proves, then what it says, then the record."""

from typing import Any, Final, NamedTuple

import structlog

from redirector.conversions.parameters import Parameters
from redirector.conversions.proving import Proving, check_page, find_host_terms, make_unavailable
from redirector.conversions.requests import ReportRequest
from redirector.memory.entries import LinkEntry
from redirector.memory.hosts import Hosts, HostTerms
from redirector.memory.offers import Offers, OfferTerms
from redirector.memory.resolver import FindLink, UnavailableError
from redirector.pages import Page
from redirector.recording.recorder import Record
from tracking.clicks.tokens import ClickTokens
from tracking.clicks.visitors import read_cookie
from tracking.clock import now_ms
from tracking.conversions.event import ConversionEvent, find_conversion_id, mark_conversion
from tracking.conversions.kinds import Proof, Source
from tracking.conversions.reading import GivenReport, KnownReport, RefusalCode, ReportError, read_report
from tracking.conversions.signing import Signature
from tracking.links.rules import split_placement
from tracking.settings import Settings

_ASKED_ABOUT: Final = frozenset({"secret", "offer_id", "link_id"})
_NOT_REVENUE: Final = ("value", "amount", "total", "price")
_PROVING: Final = frozenset({b"authorization", b"x-signature"})
_REFUSED_LINKS: Final = {
    400: (RefusalCode.BAD_REQUEST, "a request names exactly one host"),
    404: (RefusalCode.UNKNOWN_LINK, "there is no such link on this host"),
    429: (RefusalCode.RATIONED, "too many links that do not exist"),
}

log = structlog.get_logger()


class Reported(NamedTuple):
    """Ready to be recorded; with a signature, once its nonce is claimed."""

    event: ConversionEvent
    signature: Signature | None

    @property
    def is_proven(self) -> bool:
        return self.event.proof > Proof.NONE


class _Sender(NamedTuple):
    source: Source
    proof: Proof
    signature: Signature | None
    offer: OfferTerms | None


_PAGE: Final = _Sender(Source.SNIPPET, Proof.NONE, None, None)
_ANYBODY: Final = _Sender(Source.POSTBACK, Proof.NONE, None, None)
_FORGIVEN: Final = frozenset({Source.SNIPPET, Source.PIXEL})


def name_conversion(event: ConversionEvent) -> bytes:
    return find_conversion_id(event.account_id, event.order_key, event.event, event.part)


def make_not_durable() -> ReportError:
    return ReportError(RefusalCode.NOT_DURABLE, "", "nothing could keep this right now: please send it again")


class Intake:
    def __init__(
        self,
        settings: Settings,
        hosts: Hosts,
        offers: Offers,
        proving: Proving,
        *,
        find_link: FindLink,
        record: Record,
    ) -> None:
        self._cookie_secret = settings.cookie_secret
        self._read_click_id = ClickTokens(settings.click_token_keys).verify
        self._hosts = hosts
        self._offers = offers
        self._proving = proving
        self._find_link = find_link
        self._record = record

    async def read(self, request: ReportRequest, source: Source, slug: str = "") -> Reported:
        """Everything but the record. Raises ReportError."""
        terms = await find_host_terms(self._hosts, request.headers)
        sender = await self._find_sender(terms, request, source)
        entry = await self._find_entry(request, slug or request.parameters.get("link_id", ""))
        return Reported(self._read(terms, request, sender, entry), sender.signature)

    def read_at_once(self, request: ReportRequest) -> ConversionEvent | None:
        """The report at /conv for which nobody has to be asked; None for any other. Raises ReportError."""
        terms = self._hosts.recall(request.headers[b"host"])
        is_asked_about = not _ASKED_ABOUT.isdisjoint(request.parameters) or not _PROVING.isdisjoint(request.headers)
        if terms is None or is_asked_about:
            return None
        return self._read(terms, request, _PAGE if check_page(terms, request) else _ANYBODY, None)

    async def take(self, reported: Reported) -> bytes:
        """The id of its conversion, once it is durable. Raises ReportError."""
        event, signature = reported
        if signature is not None:
            await self._proving.claim(event.account_id, signature)
        is_durable = False
        try:
            is_durable = await self._record(mark_conversion(event))
        except Exception:
            log.exception("report not recorded")
        finally:
            if not is_durable and signature is not None:
                await self._proving.release(event.account_id, signature)
        if not is_durable:
            raise make_not_durable()
        return name_conversion(event)

    def _read(
        self, terms: HostTerms, request: ReportRequest, sender: _Sender, entry: LinkEntry | None
    ) -> ConversionEvent:
        named = request.parameters.get
        revenue = named("revenue", "")
        if not revenue:
            _refuse_other_names(request.parameters)
        click_ids = (named("click_id", ""), named("ct", ""), named("first_click_id", ""))
        given = GivenReport(
            named("event", ""),
            named("txn_id", ""),
            named("refund_id", ""),
            revenue,
            named("currency", ""),
            named("occurred_at", ""),
            named("coupon", ""),
            click_ids,
        )
        return read_report(given, self._describe(terms, request, sender, entry))

    async def preview(self, reported: Reported) -> dict[str, Any]:
        """What would become of it. Raises ReportError."""
        event = reported.event
        return await self._proving.preview(event, name_conversion(event), is_proven=reported.is_proven)

    async def _find_sender(self, terms: HostTerms, request: ReportRequest, source: Source) -> _Sender:
        signature = await self._proving.check_signature(terms.account_id, request)
        secret = request.secret
        offer = await self._find_offer(terms, request, is_needed=bool(secret) or source is Source.OFFER_POSTBACK)
        if signature is not None:
            return _Sender(Source.SIGNED_POSTBACK, Proof.SIGNATURE, signature, offer)
        if offer is not None and (secret or source is Source.OFFER_POSTBACK):
            await self._proving.check_secret(terms.account_id, offer.offer_id, secret)
            return _Sender(source, Proof.OFFER_SECRET, None, offer)
        has_key = check_page(terms, request)
        return _Sender(Source.SNIPPET if has_key and source is Source.POSTBACK else source, Proof.NONE, None, offer)

    async def _find_offer(self, terms: HostTerms, request: ReportRequest, *, is_needed: bool) -> OfferTerms | None:
        reference = request.parameters.get("offer_id", "").strip()
        if not reference:
            if is_needed:
                raise ReportError(RefusalCode.MISSING, "offer_id", "say which offer this secret is of")
            return None
        try:
            offer = await self._offers.find(terms.account_id, reference)
        except UnavailableError:
            raise make_unavailable() from None
        if offer is None:
            raise ReportError(RefusalCode.UNKNOWN_OFFER, "offer_id", "the account has no such offer")
        return offer

    async def _find_entry(self, request: ReportRequest, slug: str) -> LinkEntry | None:
        if not slug:
            return None
        found = await self._find_link(request.scope, request.headers, split_placement(slug.strip())[0])
        if not isinstance(found, Page):
            return found
        refusal = _REFUSED_LINKS.get(found.start["status"])
        if refusal is None:
            raise make_unavailable()
        raise ReportError(refusal[0], "link_id", refusal[1])

    def _describe(
        self, terms: HostTerms, request: ReportRequest, sender: _Sender, entry: LinkEntry | None
    ) -> KnownReport:
        is_proven = sender.proof > Proof.NONE
        return KnownReport(
            account_id=terms.account_id,
            received_at_ms=now_ms(),
            source=sender.source,
            proof=sender.proof,
            read_click_id=self._read_click_id,
            currency=sender.offer.currency if sender.offer else "",
            link_id=entry.link_id if entry else None,
            offer_id=sender.offer.offer_id if sender.offer else None,
            visitor_keys=self._find_visitor_keys(request, entry) if entry and not is_proven else (),
            page_host="" if is_proven else request.page_host,
            ignores_bad_click_ids=is_proven or sender.source in _FORGIVEN,
        )

    def _find_visitor_keys(self, request: ReportRequest, entry: LinkEntry) -> tuple[bytes, ...]:
        """What the visitor's clicks on the link were recorded with, on the day of the cookie and later."""
        if request.is_private or not entry.account.uses_visitor_cookie:
            return ()
        cookie = read_cookie(request.headers.get(b"cookie", b""), self._cookie_secret)
        return () if cookie is None else (cookie.visitor_id, cookie.day_hash)


def _refuse_other_names(parameters: Parameters) -> None:
    """An amount that is read past would leave the order with its offer's default value, or with none."""
    for name in _NOT_REVENUE:
        if parameters.get(name):
            message = f"{name} is called revenue here: a decimal number in major units, such as 12.50"
            raise ReportError(RefusalCode.INVALID, name, message)
