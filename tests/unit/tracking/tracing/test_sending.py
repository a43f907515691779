"""A collector that takes spans and says nothing: whoever tells spans goes on, and ends."""

import gc
import logging
import socket
import threading
from collections.abc import Iterator

import pytest

from tests.waiting import DEADLINE_S
from tracking.tracing.sending import SendingTracer
from tracking.tracing.spans import Span, draw_ref

BATCHES = 4
SPANS = BATCHES * 512  # as many as the library sends at once; more it drops


class SilentCollector:
    def __init__(self, listening: socket.socket) -> None:
        self.asked: list[socket.socket] = []
        self._listening = listening
        threading.Thread(target=self._accept, daemon=True).start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._listening.getsockname()[1]}"

    def _accept(self) -> None:
        while True:
            try:
                self.asked.append(self._listening.accept()[0])
            except OSError:  # the test is over
                return


@pytest.fixture
def collector(caplog: pytest.LogCaptureFixture) -> Iterator[SilentCollector]:
    caplog.set_level(logging.CRITICAL + 1, "opentelemetry")  # its lines would hold connections until the next test
    before = {*threading.enumerate()}
    with socket.create_server(("127.0.0.1", 0)) as listening:
        silent = SilentCollector(listening)
        yield silent
        listening.shutdown(socket.SHUT_RDWR)
    for connection in silent.asked:
        connection.close()
    for thread in {*threading.enumerate()} - before:
        thread.join(DEADLINE_S)
    gc.collect()  # under this test's filter, and not in the midst of another


# requests leaves a connection on which it waited for too long to whoever collects garbage.
@pytest.mark.filterwarnings("ignore:unclosed:ResourceWarning")
@pytest.mark.feature("R1")
def test_a_collector_that_hangs_is_not_waited_for_batch_after_batch(collector: SilentCollector) -> None:
    tracer = SendingTracer(collector.url, 1.0, "redirector")
    for _ in range(SPANS):
        tracer.tell(Span("redirect", draw_ref(), 1, 2))

    tracer.close()

    assert len(collector.asked) < BATCHES  # nobody was asked for the last one, and yet it is over
