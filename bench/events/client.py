"""All subscribers of the bench, in a process of their own: `python -m bench.events.client PLAN`, until SIGTERM."""

import asyncio
import hashlib
import signal
import sys
import time
from array import array
from collections import Counter
from pathlib import Path
from typing import Any, Final

import aiohttp
import msgspec
import uvloop

from bench.events.plan import DOCUMENT, PROTOCOL, Plan, Received, read_plan, write_received
from tracking.clock import utc_now
from tracking.readiness import announce_ready
from tracking.settings import load_settings

CONNECTING_AT_ONCE: Final = 20
LOOK_EVERY_S: Final = 0.01
QUIET_S: Final = 1.5
END_WITHIN_S: Final = 15.0
RECORDED: Final = "ClickRecorded"


class _Click(msgspec.Struct):
    id: str


class _Told(msgspec.Struct):
    kind: str = msgspec.field(name="__typename")
    click: _Click | None = None


class _Data(msgspec.Struct):
    clicks: _Told


class _Payload(msgspec.Struct):
    data: _Data | None = None
    errors: list[Any] | None = None


class _Message(msgspec.Struct):
    type: str
    payload: _Payload | None = None


class Subscribers:
    def __init__(self, plan: Plan) -> None:
        self._plan = plan
        self._read = msgspec.json.Decoder(_Message).decode
        self._times, self._subscribers, self._clicks = array("q"), array("i"), array("i")
        self._click_ids: dict[str, int] = {}
        self._told: Counter[str] = Counter()
        self._lost: list[str] = []
        self._lags_ms: list[float] = []
        first_whole = len(plan.link_ids)
        self._digests = {first_whole + number: hashlib.blake2b() for number in range(plan.whole)}
        self._last_us = 0
        self._ready = asyncio.Semaphore(0)

    async def run(self, stopping: asyncio.Event) -> Received:
        turn = asyncio.Semaphore(CONNECTING_AT_ONCE)
        async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0)) as session:
            tasks = [
                asyncio.create_task(self._subscribe(session, turn, number, wanted))
                for number, wanted in enumerate(self._plan.filters)
            ]
            for _ in tasks:
                await self._ready.acquire()
            announce_ready(load_settings())
            started_at, cpu_before = time.monotonic(), time.process_time()
            await self._watch(stopping)
            received = self._hand_back(time.process_time() - cpu_before, time.monotonic() - started_at)
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
        return received

    async def _subscribe(
        self, session: aiohttp.ClientSession, turn: asyncio.Semaphore, number: int, wanted: object
    ) -> None:
        payload = {"query": DOCUMENT, "variables": {"filter": wanted}}
        try:
            async with turn:
                socket = await session.ws_connect(self._plan.url, protocols=[PROTOCOL], max_msg_size=0)
                await socket.send_json(
                    {"type": "connection_init", "payload": {"Authorization": f"Bearer {self._plan.api_key}"}}
                )
                await socket.receive_json()
                await socket.send_json({"type": "subscribe", "id": "1", "payload": payload})
                self._take(number, await socket.receive_str(), _now_us())
            self._ready.release()
            async for message in socket:
                if self._take(number, message.data, _now_us()):
                    await socket.send_json({"type": "pong"})
            self._lost.append(f"{number}: closed with {socket.close_code}")
        except (aiohttp.ClientError, OSError, ValueError, TypeError) as error:
            self._lost.append(f"{number}: {type(error).__name__} {error}"[:300])
            self._ready.release()

    def _take(self, number: int, text: str, at_us: int) -> bool:
        """True when the server asks for a pong."""
        message = self._read(text)
        if message.type != "next" or message.payload is None or message.payload.data is None:
            if message.type != "ping":
                raise ValueError(text)
            return True
        told = message.payload.data.clicks
        self._told[told.kind] += 1
        self._last_us = at_us
        if told.click is not None:
            digest = self._digests.get(number)
            if digest is not None:
                digest.update(f"{told.kind} {told.click.id};".encode())
            if told.kind == RECORDED:
                self._times.append(at_us)
                self._subscribers.append(number)
                self._clicks.append(self._click_ids.setdefault(told.click.id, len(self._click_ids)))
        return False

    async def _watch(self, stopping: asyncio.Event) -> None:
        """How late this loop itself is; from when it shall stop, until nothing comes any more."""
        give_up_at = None
        while True:
            asked_at = time.perf_counter()
            await asyncio.sleep(LOOK_EVERY_S)
            self._lags_ms.append(max(time.perf_counter() - asked_at - LOOK_EVERY_S, 0) * 1000)
            if stopping.is_set():
                give_up_at = give_up_at or time.monotonic() + END_WITHIN_S
                if _now_us() - self._last_us > QUIET_S * 1e6 or time.monotonic() > give_up_at:
                    return

    def _hand_back(self, cpu_s: float, seconds: float) -> Received:
        return Received(
            times_us=self._times.tobytes(),
            subscribers=self._subscribers.tobytes(),
            clicks=self._clicks.tobytes(),
            click_ids=list(self._click_ids),
            digests=[digest.hexdigest() for digest in self._digests.values()],
            told=dict(self._told),
            lost=list(self._lost),
            cpu_s=cpu_s,
            seconds=seconds,
            lags_ms=self._lags_ms,
        )


def _now_us() -> int:
    return int(utc_now().timestamp() * 1e6)


async def main(plan: Plan) -> Received:
    stopping = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stopping.set)
    return await Subscribers(plan).run(stopping)


if __name__ == "__main__":
    wanted_plan = read_plan(Path(sys.argv[1]))
    write_received(uvloop.run(main(wanted_plan)), Path(wanted_plan.answer))
