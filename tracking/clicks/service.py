"""The use case of clicks that a client asks for; all others come through the stream."""

import datetime as dt
from typing import Final, NamedTuple

from tortoise.backends.base.client import BaseDBAsyncClient

from tracking.clicks.own_clicks import MAX_TEST_SESSION_S, TEST_SESSION_PATH, OwnClickSession, sign_test_session
from tracking.clock import now_ms
from tracking.domains.models import TrackingDomain
from tracking.domains.queries import find_link_domain
from tracking.errors import InvalidInputError
from tracking.idempotency import run_once
from tracking.links.short_urls import write_short_url
from tracking.settings import Settings

_OPERATION: Final = "createTestSession"


class NewTestSession(NamedTuple):
    """On the account's default domain, unless another one is named."""

    domain_id: int | None = None
    ttl_s: int = MAX_TEST_SESSION_S


class OpenedTestSession(NamedTuple):
    url: str
    expires_at: dt.datetime


async def create_test_session(
    account_id: int, wanted: NewTestSession, settings: Settings, *, idempotency_key: str | None = None
) -> OpenedTestSession:
    """An address that makes whichever browser opens it a tester of this account's links on that domain.

    It is not stored: a repeat with the same idempotency key signs the same session again. Raises InvalidInputError,
    NotFoundError or ArchivedError.
    """
    if not 1 <= wanted.ttl_s <= MAX_TEST_SESSION_S:
        raise InvalidInputError(f"a test session lasts 1 to {MAX_TEST_SESSION_S} seconds", ("ttlS",))

    async def work(connection: BaseDBAsyncClient) -> list[int]:  # noqa: ARG001 -- Tortoise knows the transaction
        domain = await find_link_domain(account_id, wanted.domain_id)
        return [domain.id, now_ms() + wanted.ttl_s * 1_000]

    domain_id, until_ms = await run_once(account_id, _OPERATION, idempotency_key, wanted, work)
    domain = await TrackingDomain.get(id=domain_id)
    token = sign_test_session(settings.cookie_secret, OwnClickSession(account_id, until_ms))
    path = f"{TEST_SESSION_PATH}{token}".removeprefix("/")
    url = write_short_url(domain.host, path, has_tls=domain.has_tls, public_port=settings.public_port)
    return OpenedTestSession(url, dt.datetime.fromtimestamp(until_ms / 1_000, dt.UTC))
