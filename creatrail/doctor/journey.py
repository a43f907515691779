"""One test click, followed from the link to the reports. It counts as a test and as nothing else (rule 4)."""

import asyncio
import datetime as dt
import secrets
import time
from collections.abc import Awaitable, Callable
from http import HTTPStatus
from typing import Any, Final, NamedTuple
from urllib.parse import urlsplit

import asyncpg
import redis.asyncio
from redis.exceptions import RedisError

from creatrail.doctor.asking import Answer, NoAnswerError, ask
from creatrail.doctor.findings import BrokenError, Finding
from tracking.bots.verdicts import TrafficClass
from tracking.click_shards import ClickShards
from tracking.clicks.ids import lower_bound
from tracking.clicks.probes import PROBE_HEADER, sign_probe
from tracking.clock import now_ms, utc_now
from tracking.interstitials.queries import SHOWN_TEXTS
from tracking.links.rules import normalise_host
from tracking.reports.scopes import Grain, Scope
from tracking.settings import Settings
from tracking.streams import CLICK_GROUP, CLICK_STREAM
from worker.watch import read_backlog

_POLL_S: Final = 0.05
_CLOCK_SKEW: Final = dt.timedelta(minutes=5)
_SILENT_CONSUMER_MS: Final = 5_000  # a worker that lives reads at least every half second

_FIND_LINK: Final = f"""
    SELECT link.id AS link_id, link.account_id, link.slug, link.kind, link.archived_at, domain.host,
        coalesce(link.bot_mode, campaign.bot_mode, account.bot_mode) = 'CONFIRM' AS asks_to_confirm,
        {SHOWN_TEXTS} IS NOT NULL AS shows_interstitial
    FROM link JOIN tracking_domain AS domain ON domain.id = link.domain_id JOIN account ON account.id = link.account_id
        LEFT JOIN campaign ON campaign.id = link.campaign_id LEFT JOIN offer ON offer.id = link.offer_id
"""
# The links of recipients are no rows of reports: their few clicks are counted where they are stored.
_NEWEST: Final = "WHERE link.archived_at IS NULL AND link.kind <> 'RECIPIENT' ORDER BY link.id DESC LIMIT 1"
_NAMED: Final = "WHERE domain.host = $1 AND (link.slug = $2 OR link.is_readable AND link.slug = lower($2))"


class Target(NamedTuple):
    """The link that the test click follows."""

    link_id: int
    account_id: int
    host: str
    slug: str
    asks_to_confirm: bool  # of people; tests and programs are not asked
    shows_interstitial: bool  # to people

    @property
    def page_for_people(self) -> str:
        """What people get where the doctor, who says to be a program, is redirected."""
        if self.shows_interstitial:
            return "; people get the page of its offer first"
        return "; people get a page that asks to continue first" if self.asks_to_confirm else ""


async def find_target(pool: asyncpg.Pool, wanted: str | None) -> Target:
    """The link of this address, or the newest one that works. Raises BrokenError when there is none."""
    if wanted is None:
        row = await pool.fetchrow(f"{_FIND_LINK} {_NEWEST}")
        if row is None:
            raise BrokenError("there is none to follow", "create one, or run `creatrail seed`")
    else:
        parts = urlsplit(wanted if "://" in wanted else f"http://{wanted}")
        row = await pool.fetchrow(f"{_FIND_LINK} {_NAMED}", normalise_host(parts.netloc), parts.path.strip("/"))
        if row is None:
            raise BrokenError(f"no account has a link {wanted}", "check its host and its slug; slugs mind upper case")
        if row["archived_at"] is not None:
            raise BrokenError(
                f"{wanted} is archived since {row['archived_at']:%Y-%m-%d %H:%M} UTC and answers 410, as it should",
                "name another link, or leave it out",
            )
        if row["kind"] == "RECIPIENT":
            raise BrokenError(
                f"{wanted} is the link of one recipient, which no report has a row of",
                "name another link, or leave it out",
            )
    return Target(**{name: row[name] for name in Target._fields})


async def check_redirector(settings: Settings) -> Finding:
    address = (settings.redirector_ops_host, settings.redirector_ops_port)
    try:
        answer = await ask(address, "/healthz")
    except NoAnswerError as error:
        raise BrokenError(str(error), "start `creatrail redirector`, or correct REDIRECTOR_OPS_PORT") from error
    if answer.status != HTTPStatus.OK:
        raise BrokenError(f"says {answer.status}: {_first_line(answer)}", "read its log")
    return Finding(f"healthy at {settings.redirector_ops_host}:{settings.redirector_ops_port}")


class Journey:
    """Follows one click to `target`. The placement in its address is its own, so that its row can be told apart."""

    def __init__(self, settings: Settings, pool: asyncpg.Pool, target: Target, patience_s: float) -> None:
        self._settings = settings
        self._pool = pool
        self.target = target
        self._patience_s = patience_s
        self._placement = f"doctor-{secrets.token_hex(6)}"
        self._began_at = utc_now()
        self.tests_before = 0  # in the link's report, when the click was sent

    async def follow(self) -> Finding:
        """Ask the redirector for the link, straight at its port, with a proof that this is a test."""
        self.tests_before = await self._count_tests()
        address = (self._settings.redirector_host, self._settings.redirector_port)
        headers = {
            "Host": self.target.host,
            "User-Agent": "creatrail-doctor/1",
            PROBE_HEADER.decode(): sign_probe(self._settings.click_token_keys, now_ms()).decode(),
        }
        began = time.monotonic()
        try:
            answer = await ask(address, f"/{self.target.slug}~{self._placement}", headers=headers)
        except NoAnswerError as error:
            raise BrokenError(str(error), "start `creatrail redirector`, or correct REDIRECTOR_PORT") from error
        took_ms = (time.monotonic() - began) * 1000
        if answer.status != HTTPStatus.FOUND:
            raise BrokenError(
                f"{self.target.host}/{self.target.slug} answers {answer.status}: {_first_line(answer)}",
                "503 and 404 for a link that exists mean that the redirector reads another database, or none",
            )
        return Finding(f"302 after {took_ms:.0f} ms to {_read_location(answer)}{self.target.page_for_people}")

    async def await_stored(self, shards: ClickShards) -> Finding:
        """Wait for the row, and check that it is a test."""
        began = time.monotonic()
        row = await self._await(self._find_row)
        if row is None:
            raise await self._explain_missing_row(shards)
        if row["traffic_class"] != TrafficClass.TEST or row["is_counted"]:
            raise BrokenError(
                "the test click is stored, but not as a test",
                "redirector and doctor use different CLICK_TOKEN_KEYS: give both the same",
            )
        return Finding(f"stored as a test after {time.monotonic() - began:.1f} s")

    async def await_counted(self) -> Finding:
        """Wait until the link's report has one test more."""
        began = time.monotonic()
        if await self._await(self._is_counted) is None:
            waiting = await self._pool.fetchval("SELECT count(*) FROM rollup_delta")
            raise BrokenError(
                f"no report shows it after {self._patience_s:.0f} s; {waiting} counts wait to be folded",
                "`creatrail worker --ingest` folds: read its log; `creatrail audit` compares reports with clicks",
            )
        return Finding(f"in the link's testClicks after {time.monotonic() - began:.1f} s, in no other column")

    async def _await(self, look: Callable[[], Awaitable[Any]]) -> Any:
        """The first truthy answer, or None when patience ends."""
        give_up_at = time.monotonic() + self._patience_s
        while not (found := await look()):
            if time.monotonic() > give_up_at:
                return None
            await asyncio.sleep(_POLL_S)
        return found

    async def _find_row(self) -> asyncpg.Record | None:
        return await self._pool.fetchrow(
            "SELECT traffic_class, is_counted FROM click WHERE account_id = $1 AND id >= $2 AND placement = $3",
            self.target.account_id,
            lower_bound(self._began_at - _CLOCK_SKEW),
            self._placement,
        )

    async def _count_tests(self) -> int:
        found = await self._pool.fetchval(
            "SELECT test_clicks FROM rollup WHERE account_id = $1 AND scope = $2 AND first_key = $3 AND grain = $4",
            self.target.account_id,
            Scope.LINK,
            self.target.link_id,
            Grain.TOTAL,
        )
        return int(found or 0)

    async def _is_counted(self) -> bool:
        return await self._count_tests() > self.tests_before

    async def _explain_missing_row(self, shards: ClickShards) -> BrokenError:
        problem = f"the test click is not stored after {self._patience_s:.0f} s"
        try:
            backlog = await read_backlog(shards)
            waiting, dead = backlog.waiting, backlog.dead
            is_read = waiting and all([await _is_stream_read(shard) for shard in shards])
        except RedisError as error:
            return BrokenError(
                f"{problem}, and Redis does not answer: {error}", "start Redis; the spool holds the click"
            )
        if not waiting:
            return BrokenError(
                f"{problem} and is not in the stream; {dead} clicks are in the dead letter",
                "see `creatrail dead list`; if it is not there, the redirector wrote it to its spool: read its log",
            )
        if not is_read:
            return BrokenError(
                f"{problem}: no worker reads the stream, {waiting} clicks wait", "start `creatrail worker --ingest`"
            )
        return BrokenError(
            f"{problem}: {waiting} clicks wait in the stream", "read the log of `creatrail worker --ingest`"
        )


async def _is_stream_read(client: redis.asyncio.Redis) -> bool:
    if not await client.exists(CLICK_STREAM):
        return True  # nothing was written there yet
    groups: Any = await client.xinfo_groups(CLICK_STREAM)
    if not any(group["name"] == CLICK_GROUP.encode() for group in groups):
        return False
    consumers: Any = await client.xinfo_consumers(CLICK_STREAM, CLICK_GROUP)
    return any(consumer["idle"] < _SILENT_CONSUMER_MS for consumer in consumers)


def _first_line(answer: Answer) -> str:
    return answer.body.decode(errors="replace").strip().partition("\n")[0][:120] or "an empty answer"


def _read_location(answer: Answer) -> str:
    location = next((value for name, value in answer.headers.items() if name.lower() == "location"), "")
    return location.partition("?")[0]
