"""A nameserver for tests: answers over UDP on loopback what a test has put into it."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

import dns.flags
import dns.message
import dns.name
import dns.rcode
import dns.rdatatype
import dns.rrset

from tracking.settings import DnsResolver

Answer = Callable[[dns.message.Message], bytes | None]


class Nameserver:
    """`records` are texts as a zone file has them. `answer` may be replaced, to misbehave; None answers nothing."""

    def __init__(self) -> None:
        self.records: dict[tuple[str, str], list[str]] = {}
        self.asked: list[tuple[str, str]] = []
        self.answer: Answer = self.answer_truly
        self.port = 0

    @property
    def setting(self) -> DnsResolver:
        return DnsResolver("127.0.0.1", self.port)

    def put(self, name: str, kind: str, *values: str) -> None:
        self.records[name, kind] = list(values)

    def forget(self, name: str, kind: str) -> None:
        del self.records[name, kind]

    def answer_truly(self, query: dns.message.Message) -> bytes:
        """A name without any record does not exist; aliases are followed, as a resolver does."""
        response = dns.message.make_response(query)
        response.flags |= dns.flags.RA
        question = query.question[0]
        name, kind = question.name.to_text(omit_final_dot=True), dns.rdatatype.to_text(question.rdtype)
        while (name, "CNAME") in self.records:
            [target] = self.records[name, "CNAME"]
            response.answer.append(dns.rrset.from_text(f"{name}.", 60, "IN", "CNAME", f"{target}."))
            name = target
        if values := self.records.get((name, kind)):
            response.answer.append(dns.rrset.from_text(f"{name}.", 60, "IN", kind, *values))
        elif not response.answer and not any(known == name for known, _ in self.records):
            response.set_rcode(dns.rcode.NXDOMAIN)
        return response.to_wire(max_size=65_535)

    def refuse(self, rcode: dns.rcode.Rcode) -> Answer:
        def answer(query: dns.message.Message) -> bytes:
            response = dns.message.make_response(query)
            response.set_rcode(rcode)
            return response.to_wire()

        return answer

    def reply(self, payload: bytes) -> bytes | None:
        query = dns.message.from_wire(payload)
        question = query.question[0]
        self.asked.append((question.name.to_text(omit_final_dot=True), dns.rdatatype.to_text(question.rdtype)))
        return self.answer(query)


class _Datagrams(asyncio.DatagramProtocol):
    def __init__(self, nameserver: Nameserver) -> None:
        self._nameserver = nameserver

    def connection_made(self, transport: Any) -> None:
        self._transport = transport

    def datagram_received(self, payload: bytes, address: Any) -> None:
        answer = self._nameserver.reply(payload)
        if answer is not None:
            self._transport.sendto(answer, address)


@asynccontextmanager
async def serve_names() -> AsyncIterator[Nameserver]:
    nameserver = Nameserver()
    loop = asyncio.get_running_loop()
    transport, _ = await loop.create_datagram_endpoint(lambda: _Datagrams(nameserver), ("127.0.0.1", 0))
    nameserver.port = transport.get_extra_info("sockname")[1]
    try:
        yield nameserver
    finally:
        transport.close()
