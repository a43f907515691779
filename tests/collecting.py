"""A collector of traces for tests: takes OTLP over HTTP as a real one does, and keeps the spans."""

from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Lock, Thread
from typing import NamedTuple

from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import (
    ExportTraceServiceRequest,
    ExportTraceServiceResponse,
)


class Collected(NamedTuple):
    """A span as it arrived, ids in hexadecimal; "" for no parent."""

    service: str
    name: str
    trace_id: str
    span_id: str
    parent_id: str
    linked_traces: tuple[str, ...]
    attributes: dict[str, str]
    began_ns: int
    ended_ns: int


class Collector:
    def __init__(self, port: int) -> None:
        self.endpoint = f"http://127.0.0.1:{port}"
        self._spans: list[Collected] = []
        self._lock = Lock()

    @property
    def spans(self) -> list[Collected]:
        with self._lock:
            return list(self._spans)

    def find_trace(self, trace_id: str) -> dict[str, Collected]:
        """Its spans by name."""
        return {span.name: span for span in self.spans if span.trace_id == trace_id}

    def take(self, body: bytes) -> None:
        with self._lock:
            self._spans += read_request(body)


def read_request(body: bytes) -> Iterator[Collected]:
    for sent in ExportTraceServiceRequest.FromString(body).resource_spans:
        service = next(each.value.string_value for each in sent.resource.attributes if each.key == "service.name")
        for span in (span for scope in sent.scope_spans for span in scope.spans):
            yield Collected(
                service,
                span.name,
                span.trace_id.hex(),
                span.span_id.hex(),
                span.parent_span_id.hex(),
                tuple(link.trace_id.hex() for link in span.links),
                {each.key: str(each.value).strip() for each in span.attributes},
                span.start_time_unix_nano,
                span.end_time_unix_nano,
            )


@contextmanager
def open_collector() -> Iterator[Collector]:
    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"]))
            if self.path == "/v1/traces":
                collector.take(body)
            answer = ExportTraceServiceResponse().SerializeToString()
            self.send_response(200)
            self.send_header("content-type", "application/x-protobuf")
            self.send_header("content-length", str(len(answer)))
            self.end_headers()
            self.wfile.write(answer)

        def log_message(self, *_arguments: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    collector = Collector(server.server_port)
    thread = Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield collector
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
