"""What a report proves: an offer's secret, or a signature. And whatever else of it PostgreSQL is asked."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import Any, Final, TypeVar

import asyncpg
import structlog

from redirector.conversions.nonces import Nonces
from redirector.conversions.requests import ReportRequest
from redirector.facts import Headers
from redirector.memory.hosts import Hosts, HostTerms
from redirector.memory.resolver import UnavailableError
from tracking.clock import now_ms
from tracking.conversions.event import ConversionEvent
from tracking.conversions.reading import RefusalCode, ReportError
from tracking.conversions.signing import Signature, is_signed_by, is_timely, read_signature
from tracking.database import TRANSIENT_ERRORS
from tracking.offers.credentials import find_offer_secret, find_signing_key
from tracking.sealing import SealError
from tracking.settings import SecretsKey

DEADLINE_S: Final = 1.0
MAX_QUERIES: Final = 2  # of the pool's few connections, which cold links need too

_Found = TypeVar("_Found")

log = structlog.get_logger()


class Proving:
    """PostgreSQL is asked for every secret, so that a revoked one is refused at once; without it, nothing is proven."""

    def __init__(self, pool: asyncpg.Pool, secrets_keys: Sequence[SecretsKey], nonces: Nonces) -> None:
        self._pool = pool
        self._secrets_keys = secrets_keys
        self._nonces = nonces
        self._queries = asyncio.Semaphore(MAX_QUERIES)

    async def check_secret(self, account_id: int, offer_id: int, secret: str) -> None:
        if await self._ask(lambda: find_offer_secret(self._pool, account_id, offer_id, secret)) is None:
            raise ReportError(RefusalCode.BAD_SECRET, "secret", "this is no live secret of this offer")

    async def check_signature(self, account_id: int, request: ReportRequest) -> Signature | None:
        """None for a report that is not signed. Whoever records it claims its nonce first."""
        if request.signature is None:
            return None
        signature = read_signature(request.signature)
        if signature is None:
            message = "the signature is not t=<Unix seconds>,kid=<key name>,nonce=<16 to 64 letters>,v1=<hex>"
            raise ReportError(RefusalCode.BAD_SIGNATURE, "X-Signature", message)
        if not is_timely(signature, now_ms() / 1_000):
            message = "the time of the signature is more than five minutes away: is the clock right?"
            raise ReportError(RefusalCode.BAD_TIME, "X-Signature", message)
        name = signature.key_name
        key = await self._ask(lambda: find_signing_key(self._pool, account_id, name, self._secrets_keys))
        if key is None or not is_signed_by(key, signature, request.list_signed_parts()):
            message = "the signature is not that of this request by a live key of this account"
            raise ReportError(RefusalCode.BAD_SIGNATURE, "X-Signature", message)
        return signature

    async def preview(self, event: ConversionEvent, conversion_id: bytes, *, is_proven: bool) -> dict[str, Any]:
        foresee = await asyncio.to_thread(_load_foresee)
        return await self._ask(lambda: foresee(self._pool, event, conversion_id, is_proven=is_proven))

    async def claim(self, account_id: int, signature: Signature) -> None:
        if not await self._nonces.claim(account_id, signature.nonce):
            message = "this nonce was used before: sign anew to send it again"
            raise ReportError(RefusalCode.REPLAYED, "X-Signature", message)

    async def release(self, account_id: int, signature: Signature) -> None:
        await self._nonces.release(account_id, signature.nonce)

    async def _ask(self, question: Callable[[], Awaitable[_Found]]) -> _Found:
        try:
            async with asyncio.timeout(DEADLINE_S), self._queries:
                return await question()
        except (*TRANSIENT_ERRORS, asyncpg.PostgresError) as error:
            raise make_unavailable() from error
        except SealError as error:
            log.error("a signing key cannot be opened", reason=str(error))  # noqa: TRY400 -- a setting, no fault of ours
            raise make_unavailable() from error


def _load_foresee() -> Callable[..., Awaitable[dict[str, Any]]]:
    """In a thread, as it takes a quarter of a second the first time."""
    from redirector.conversions.foreseeing import foresee  # noqa: PLC0415 -- few redirectors are ever asked

    return foresee


async def find_host_terms(hosts: Hosts, headers: Headers) -> HostTerms:
    """Raises ReportError."""
    try:
        terms = await hosts.find(headers.get(b"host", b""))
    except UnavailableError:
        raise make_unavailable() from None
    if terms is None:
        raise ReportError(RefusalCode.UNKNOWN_HOST, "", "this host is no tracking domain")
    return terms


def check_page(terms: HostTerms, request: ReportRequest) -> bool:
    """Whether it came with a publishable key. Raises ReportError for a wrong one, and for pages that may not report."""
    key = request.parameters.get("key", "")
    if key and key not in terms.snippet_keys:
        raise make_bad_key()
    if request.origin and terms.snippet_origins and request.origin not in terms.snippet_origins:
        message = "pages of this origin are not among those that the account lets report"
        raise ReportError(RefusalCode.ORIGIN_NOT_ALLOWED, "Origin", message)
    return bool(key)


def make_bad_key() -> ReportError:
    return ReportError(RefusalCode.BAD_KEY, "key", "this is no live publishable key of this host's account")


def make_unavailable() -> ReportError:
    return ReportError(RefusalCode.UNAVAILABLE, "", "nobody can tell right now: please send it again")
