"""The addresses that take reports: `/conv`, `/conv/offer`, and `/pixel/<link_id>.gif`, which always is a picture."""

from collections.abc import Callable
from typing import Any, Final

import structlog

from redirector.conversions.answers import PREFLIGHT, make_accepted, make_refusal
from redirector.conversions.intake import Intake
from redirector.conversions.requests import RequestReader
from redirector.counters import Counters
from redirector.pages import PIXEL, Page, send_page
from tracking.conversions.kinds import Source
from tracking.conversions.reading import RefusalCode, ReportError

REPORT_PATH: Final = "/conv"
OFFER_REPORT_PATH: Final = "/conv/offer"
PIXEL_PATH: Final = "/pixel/{slug}.gif"

FindIntake = Callable[[], Intake]
"""What takes reports once the redirector is open."""

log = structlog.get_logger()


class ReportApp:
    def __init__(self, find_intake: FindIntake, source: Source, reader: RequestReader, counters: Counters) -> None:
        self._find_intake = find_intake
        self._source = source
        self._reader = reader
        self._counters = counters

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        if scope["method"] == "OPTIONS":
            await send_page(send, PREFLIGHT, is_head=False)
            return
        await send_page(send, await self._take(scope, receive), is_head=scope["method"] == "HEAD")

    async def _take(self, scope: Any, receive: Any) -> Page:
        try:
            intake = self._find_intake()
            reported = await intake.read(await self._reader.read(scope, receive), self._source)
            conversion_id = await intake.take(reported)
        except ReportError as error:
            count_refusal(self._counters, error)
            return make_refusal(error)
        self._counters.reports_accepted += 1
        return make_accepted(conversion_id)


class PixelApp:
    """The page that asks must not look broken, whatever is wrong with the report."""

    def __init__(self, find_intake: FindIntake, reader: RequestReader, counters: Counters) -> None:
        self._find_intake = find_intake
        self._reader = reader
        self._counters = counters

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        try:
            intake = self._find_intake()
            request = await self._reader.read(scope, receive)
            await intake.take(await intake.read(request, Source.PIXEL, scope["path_params"]["slug"]))
        except ReportError as error:
            count_refusal(self._counters, error)
        except Exception:
            log.exception("pixel not recorded")
        else:
            self._counters.reports_accepted += 1
        await send_page(send, PIXEL, is_head=scope["method"] == "HEAD")


def count_refusal(counters: Counters, error: ReportError) -> None:
    if error.code is RefusalCode.NOT_DURABLE:
        counters.reports_not_durable += 1
    else:
        counters.reports_refused += 1
