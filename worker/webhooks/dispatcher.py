"""Takes deliveries that are due, a few for each endpoint, sends them side by side, and writes what came of them.

However many endpoints are dead, others have room: what is held of one is bounded, and of all that are failing too.
"""

import asyncio
import random
import time
from collections import Counter, deque
from typing import Final

import asyncpg
import structlog

from tracking.clock import utc_now
from tracking.database import TRANSIENT_ERRORS
from tracking.faults import maybe_crash
from tracking.settings import Settings
from tracking.webhooks.deliveries import (
    PINGS_AT_ONCE,
    DeliveryStatus,
    Due,
    Origin,
    Result,
    claim_due,
    record_results,
    release,
)
from tracking.webhooks.health import note_health
from tracking.webhooks.schedule import FAILING_LIMIT_S, find_wait_s, is_success
from worker.patience import ReportSuccess, is_set_within
from worker.webhooks.lanes import HELD_PER_WIDTH, WIDEST, Held, Lane, Load, share_out
from worker.webhooks.sender import Answer, Sender
from worker.webhooks.signs import Landed, read_signs
from worker.webhooks.targets import Targets

HELD: Final = 400
HELD_OF_FAILING: Final = 100
HELD_OF_PINGS: Final = 60
LONGEST_QUICK_MS: Final = 1_000
LOOK_EVERY_S: Final = 0.5
# Results that come together are written together.
GATHER_S: Final = 0.03
LANE_RESTS_S: Final = 5.0
FINISH_S: Final = 8.0
_TO_RECORD_S: Final = 10.0

log = structlog.get_logger()


class Dispatcher:
    """`outcomes` counts attempts of this process by what came of them."""

    def __init__(self, pool: asyncpg.Pool, settings: Settings, sender: Sender | None = None) -> None:
        self.outcomes: Counter[str] = Counter()
        self._pool = pool
        self._factor = settings.webhook_schedule_factor
        self._timeout_s = settings.webhook_timeout_s
        # What is held waits for a few others, each as long as an answer may take.
        self._lease_s = (HELD_PER_WIDTH + 1) * self._timeout_s + _TO_RECORD_S
        self._quick_ms = min(LONGEST_QUICK_MS, 1_000 * self._timeout_s / 2)
        self._sender = sender or Sender(timeout_s=self._timeout_s, allows_private=settings.webhook_allow_private)
        self._targets = Targets(pool, settings.secrets_keys)
        self._lanes: dict[int, Lane] = {}
        self._load = Load(HELD)
        self._ready: deque[Lane] = deque()
        self._landed: list[Landed] = []
        self._unsent: list[Due] = []  # because of what its owner did meanwhile
        self._flights: set[asyncio.Task[None]] = set()
        self._slow: set[asyncio.Task[None]] = set()  # of these, those that take long
        self._landing = asyncio.Event()

    async def run(self, stopping: asyncio.Event, report_success: ReportSuccess = lambda: None) -> None:
        """Until stopping. What is being sent then is given some seconds, and what was not sent is given back."""
        while not stopping.is_set():
            await self.pass_once()
            report_success()
            await self._rest(stopping)
        await self._finish()

    async def pass_once(self) -> int:
        """Write what came of deliveries, take what is due, and start to send it. Answers with how many were taken."""
        await self._record()
        taken = await self._take()
        await self._forget_lanes()
        return taken

    async def settle(self) -> None:
        """Until what was taken has been sent and its results are written."""
        while self._flights:
            await asyncio.wait(self._flights)
        await self._record()

    async def aclose(self) -> None:
        for lane in self._lanes.values():
            await lane.caller.aclose()
        self._lanes.clear()

    async def _rest(self, stopping: asyncio.Event) -> None:
        """Until the first result, or until it is time to look again."""
        if self._flights or self._landed:
            await is_set_within(self._landing, LOOK_EVERY_S)
            began_at_s = time.monotonic()
            if not await is_set_within(stopping, GATHER_S):
                self._load.note_late(time.monotonic() - began_at_s - GATHER_S)
        else:
            await is_set_within(stopping, LOOK_EVERY_S)

    async def _take(self) -> int:
        held: Counter[int] = Counter()
        for lane in self._lanes.values():
            held[lane.account_id] += lane.held
        free = HELD - held.total()
        if free <= 0:
            return 0
        shares = share_out(free, held)
        rooms = {endpoint_id: lane.room for endpoint_id, lane in self._lanes.items()}
        failing = sum(lane.held for lane in self._lanes.values() if lane.is_failing)
        send_by_s = time.monotonic() + self._lease_s - self._timeout_s - _TO_RECORD_S / 2
        taken = await claim_due(
            self._pool,
            rooms,
            room_of_others=HELD_PER_WIDTH,
            most=max(1, free * 3 // 4),
            most_failing=max(0, HELD_OF_FAILING - failing),
            lease_s=self._lease_s,
            shares=shares._replace(
                pings=max(0, min(PINGS_AT_ONCE, HELD_OF_PINGS - sum(lane.pings for lane in self._lanes.values())))
            ),
        )
        self._hold(taken, send_by_s)
        return len(taken)

    def _hold(self, taken: list[Due], send_by_s: float) -> None:
        for due in taken:
            lane = self._lanes.get(due.endpoint_id)
            if lane is None:
                lane = self._lanes[due.endpoint_id] = Lane(self._sender.open_caller(WIDEST), due.account_id)
            lane.is_failing = due.is_failing
            lane.hold(Held(due, send_by_s))
            self._put_ready(lane)
        self._start()

    def _put_ready(self, lane: Lane) -> None:
        if lane.may_send and not lane.is_ready:
            lane.is_ready = True
            self._ready.append(lane)

    def _start(self) -> None:
        """What there is room for, one of each lane in its turn. To wait for an answer for long is no work."""
        while self._ready and len(self._flights) - len(self._slow) < self._load.limit:
            lane = self._ready.popleft()
            lane.is_ready = False
            if lane.may_send:
                flight = asyncio.create_task(self._fly(lane, lane.take_next()))
                self._flights.add(flight)
                asyncio.get_running_loop().call_later(LONGEST_QUICK_MS / 1_000, self._note_slow, flight)
                flight.add_done_callback(self._end)
                self._put_ready(lane)

    def _note_slow(self, flight: asyncio.Task[None]) -> None:
        if flight in self._flights:
            self._slow.add(flight)
            self._start()

    def _end(self, flight: asyncio.Task[None]) -> None:
        self._flights.discard(flight)
        self._slow.discard(flight)
        self._landing.set()
        self._start()

    async def _fly(self, lane: Lane, held: Held) -> None:
        try:
            if time.monotonic() < held.send_by_s:  # else it may be somebody else's
                await self._deliver(lane, held)
        finally:
            lane.land(held)
            self._put_ready(lane)

    async def _deliver(self, lane: Lane, held: Held) -> None:
        try:
            target = await self._targets.find(held.due.endpoint_id, self._lanes)
        except TRANSIENT_ERRORS:
            return  # until its lease ends
        if target is None:
            return  # deleted
        if not target.is_enabled and held.due.origin is not Origin.PING:
            self._unsent.append(held.due)
            return
        at, started_at_s = utc_now(), time.monotonic()
        answer = await self._sender.send(lane.caller, target, held.due)
        duration_ms = round((time.monotonic() - started_at_s) * 1000)
        maybe_crash("after_webhook_sent")
        lane.learn(is_answered=answer.problem is None, is_quick=duration_ms < self._quick_ms)
        result = self._judge(held.due, answer)._replace(at=at, duration_ms=duration_ms)
        self._landed.append(Landed(held.due, target.url, answer, result))

    def _judge(self, due: Due, answer: Answer) -> Result:
        status, wait_s = DeliveryStatus.DELIVERED, 0.0
        if not is_success(answer.status_code):
            chance = random.random()  # noqa: S311 -- chance, not a secret
            wait = None if due.origin is Origin.PING else find_wait_s(due.step, self._factor, chance)
            status = DeliveryStatus.GIVEN_UP if wait is None else DeliveryStatus.WAITING
            wait_s = max(wait or 0.0, answer.patience_s or 0.0)
        self.outcomes[status.name.lower() if status is not DeliveryStatus.WAITING else "failed"] += 1
        return Result(
            due.id, due.leased_until, status, wait_s, utc_now(), 0, answer.status_code, answer.problem, answer.text
        )

    async def _record(self) -> None:
        self._landing.clear()
        unsent = self._unsent[:]
        await release(self._pool, unsent)
        del self._unsent[: len(unsent)]
        landed = self._landed[:]
        if not landed:
            return
        await record_results(self._pool, [each.result for each in landed])
        maybe_crash("after_webhook_results")
        del self._landed[: len(landed)]
        limit_s = FAILING_LIMIT_S * self._factor
        for disabled in await note_health(self._pool, read_signs(landed), failing_limit_s=limit_s):
            log.warning(
                "webhook endpoint disabled",
                endpoint_id=disabled.endpoint_id,
                account_id=disabled.account_id,
                reason=disabled.reason.value,
            )

    async def _forget_lanes(self) -> None:
        """Those that nothing was sent in for a while: an endpoint may never be called again."""
        before_s = time.monotonic() - LANE_RESTS_S
        resting = [key for key, lane in self._lanes.items() if not lane.held and lane.used_at_s < before_s]
        for endpoint_id in resting:
            await self._lanes.pop(endpoint_id).caller.aclose()

    async def _finish(self) -> None:
        unsent = [held.due for lane in self._lanes.values() for held in lane.waiting]
        for lane in self._lanes.values():
            lane.waiting.clear()
        self._ready.clear()
        await release(self._pool, unsent)
        if self._flights:
            _, late = await asyncio.wait(self._flights, timeout=FINISH_S)
            for flight in late:
                flight.cancel()
            await asyncio.gather(*late, return_exceptions=True)
        await self._record()
        await self.aclose()
