"""Reports by GET on hosts in memory, past uvicorn's tasks and Starlette's routes, which cost more than the rest."""

from functools import partial
from typing import Any, Final

import structlog

from redirector.conversions.answers import make_accepted, make_refusal, write_accepted
from redirector.conversions.intake import Intake, make_not_durable, name_conversion
from redirector.conversions.requests import RequestReader
from redirector.counters import Counters
from redirector.facts import Headers
from redirector.pages import Page, send_page
from redirector.quick_answer import AnswerStart, Cycle, QuickProtocol, write_whole
from redirector.recording.recorder import Recorder
from tracking.conversions.event import ConversionEvent, mark_conversion
from tracking.conversions.reading import ReportError

_HEADERS: Final = make_accepted(bytes(16)).start["headers"]  # the same for every id, as all are equally long
_LINES: Final = b"".join(b"%b: %b\r\n" % header for header in _HEADERS) + b"\r\n"

log = structlog.get_logger()


class QuickReports:
    """What it does not take comes to the same end in ASGI's way, so that nothing here says how to refuse."""

    def __init__(self, reader: RequestReader, intake: Intake, recorder: Recorder, counters: Counters) -> None:
        self._reader = reader
        self._intake = intake
        self._recorder = recorder
        self._counters = counters
        self._write_start = AnswerStart(b"HTTP/1.1 202 Accepted\r\n", _LINES).write

    def take(self, protocol: QuickProtocol, cycle: Cycle, headers: Headers) -> bool:
        """Called from within uvicorn's parser. False, with nothing done, for whatever is unusual or wrong."""
        scope: Any = cycle.scope
        is_usual = scope["method"] == "GET" and b"host" in headers and len(headers) == len(scope["headers"])
        if not is_usual or b"content-length" in headers or b"transfer-encoding" in headers:
            return False
        try:
            event = self._intake.read_at_once(self._reader.read_query(scope, headers))
        except ReportError:
            return False
        except Exception:  # uvicorn would say that the request is invalid
            log.exception("report not read at once")
            return False
        if event is None:
            return False
        conversion_id = name_conversion(event)
        self._recorder.record_then(mark_conversion(event), partial(self._answer, protocol, cycle, event, conversion_id))
        return True

    def _answer(
        self, protocol: QuickProtocol, cycle: Cycle, _event: ConversionEvent, conversion_id: bytes, is_durable: bool
    ) -> None:
        if is_durable:
            self._counters.reports_accepted += 1
            if write_whole(cycle, self._write_start(cycle.default_headers) + write_accepted(conversion_id)):
                return
            page = make_accepted(conversion_id)
        else:
            self._counters.reports_not_durable += 1
            page = make_refusal(make_not_durable())
        protocol.start_task(cycle, partial(_send, page))


async def _send(page: Page, _scope: Any, _receive: Any, send: Any) -> None:
    await send_page(send, page, is_head=False)
