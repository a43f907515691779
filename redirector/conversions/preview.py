"""`/conv/test`: what would become of a report, and why. Nothing is recorded."""

from typing import Any, Final

from redirector.conversions.answers import PREFLIGHT, make_refusal, make_shown
from redirector.conversions.apps import FindIntake, count_refusal
from redirector.conversions.intake import Reported
from redirector.conversions.requests import RequestReader
from redirector.counters import Counters
from redirector.memory.unknown import MissBudget
from redirector.pages import Page, send_page
from redirector.visitor import ClientAddresses
from tracking.conversions.kinds import CORRECTIONS, Source, find_kind
from tracking.conversions.reading import RefusalCode, ReportError

PREVIEW_PATH: Final = "/conv/test"
PER_MINUTE: Final = 60  # of a client


class PreviewApp:
    def __init__(
        self, find_intake: FindIntake, reader: RequestReader, addresses: ClientAddresses, counters: Counters
    ) -> None:
        self._find_intake = find_intake
        self._reader = reader
        self._addresses = addresses
        self._counters = counters
        self._budget = MissBudget(PER_MINUTE)

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        page = PREFLIGHT if scope["method"] == "OPTIONS" else await self._answer(scope, receive)
        await send_page(send, page, is_head=scope["method"] == "HEAD")

    async def _answer(self, scope: Any, receive: Any) -> Page:
        try:
            self._spend(self._addresses.find(scope, dict(scope["headers"])))
            intake = self._find_intake()
            reported = await intake.read(await self._reader.read(scope, receive), Source.POSTBACK)
            _check(reported)
            shown = await intake.preview(reported)
        except ReportError as error:
            count_refusal(self._counters, error)
            return make_refusal(error)
        return make_shown(shown)

    def _spend(self, client: str) -> None:
        if self._budget.is_spent(client):
            self._counters.rationed += 1
            raise ReportError(RefusalCode.RATIONED, "", f"at most {PER_MINUTE} tests a minute")
        self._budget.spend(client)


def _check(reported: Reported) -> None:
    event = reported.event
    if not (reported.is_proven or event.source == Source.SNIPPET or event.click_ids):
        message = "a test needs a proof, the publishable key or a click id"
        raise ReportError(RefusalCode.NOT_ALLOWED, "", message)
    if find_kind(event.event) in CORRECTIONS:
        message = f"a {event.event} belongs to whatever it takes back: test that"
        raise ReportError(RefusalCode.INVALID, "event", message)
