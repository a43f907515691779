"""Reports of conversions for tests of the doors that take them: what shops send, and what is on the stream."""

import json
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

import asyncpg
import redis.asyncio

from tests.audience import CLIENT, HOST, Answer, Audience
from tests.signing import write_signature
from tracking.clock import now_ms
from tracking.conversions.event import ConversionEvent, decode_conversion
from tracking.conversions.signing import SignedParts
from tracking.offers.credentials import POSTBACK_START, SIGNING_START, describe_signing_key
from tracking.sealing import seal
from tracking.secret_tokens import make_token, split_token
from tracking.settings import Settings
from tracking.streams import CLICK_STREAM, VERSIONS, Mark

SERVER = (("user-agent", "shop/1.0"), ("accept", "*/*"))


async def report(
    audience: Audience,
    parameters: Mapping[str, str],
    *headers: tuple[str, str],
    path: str = "/conv",
    method: str = "GET",
    host: str = HOST,
    client: str = CLIENT,
) -> Answer:
    """As a server of the brand sends it, in the query."""
    named = [("host", host), *SERVER, *headers]
    return await audience.send(method, path, urlencode(parameters), named, client=client)


async def post(
    audience: Audience, body: bytes, *headers: tuple[str, str], path: str = "/conv", query: str = "", host: str = HOST
) -> Answer:
    named = [("host", host), *SERVER, ("content-length", str(len(body))), *headers]
    return await audience.send("POST", path, query, named, body=body)


def sign(key: str, body: bytes, nonce: str, *, age_s: int = 0, query: str = "", host: str = HOST) -> tuple[str, str]:
    """The header of a POST to /conv. `key` is the whole signing key."""
    parts = split_token(SIGNING_START, key)
    assert parts is not None
    target = b"/conv" + (b"?" + query.encode() if query else b"")
    signed = SignedParts("POST", host, target, body)
    return "x-signature", write_signature(key.encode(), parts.prefix, nonce, now_ms() // 1_000 - age_s, signed)


def read_refusal(answer: Answer) -> tuple[int, str, str | None]:
    """Status, code and field."""
    error: dict[str, Any] = json.loads(answer.body)["error"]
    assert error["message"]
    return answer.status, error["code"], error["field"]


async def read_reports(client: redis.asyncio.Redis) -> list[ConversionEvent]:
    """Every report in the stream, as the worker will read it."""
    version = VERSIONS[Mark.CONVERSION]
    return [decode_conversion(fields[version]) for _, fields in await client.xrange(CLICK_STREAM) if version in fields]


async def make_offer(
    pool: asyncpg.Pool,
    account_id: int,
    *,
    external_id: str | None = None,
    currency: str | None = None,
    attribution_window_s: int | None = None,
    attribution_model: str | None = None,
) -> int:
    offer_id: int = await pool.fetchval(
        "INSERT INTO offer (account_id, name, external_id, destination_url, currency, attribution_window_s,"
        " attribution_model, created_at)"
        " VALUES ($1, 'Rain week', $2, 'https://brand.example/rain', $3, $4, $5, now()) RETURNING id",
        account_id,
        external_id,
        currency,
        attribution_window_s,
        attribution_model,
    )
    return offer_id


async def make_secret(pool: asyncpg.Pool, account_id: int, offer_id: int) -> str:
    """As its owner sees it."""
    token = make_token(POSTBACK_START)
    parts = split_token(POSTBACK_START, token)
    assert parts is not None
    await pool.execute(
        "INSERT INTO postback_secret (account_id, offer_id, place, prefix, secret_sha256, created_at)"
        " VALUES ($1, $2, 1, $3, $4, now())",
        account_id,
        offer_id,
        parts.prefix,
        parts.secret_sha256,
    )
    return token


async def make_signing_key(pool: asyncpg.Pool, settings: Settings, account_id: int) -> str:
    """As its owner sees it."""
    token = make_token(SIGNING_START)
    parts = split_token(SIGNING_START, token)
    assert parts is not None
    sealed = seal(settings.secrets_keys, token.encode(), describe_signing_key(account_id, parts.prefix))
    await pool.execute(
        "INSERT INTO signing_key (account_id, place, key_name, sealed_key, created_at) VALUES ($1, 1, $2, $3, now())",
        account_id,
        parts.prefix,
        sealed,
    )
    return token


async def make_snippet_key(pool: asyncpg.Pool, account_id: int, key: str) -> str:
    await pool.execute(
        "INSERT INTO snippet_key (account_id, place, key, created_at) VALUES ($1, 1, $2, now())", account_id, key
    )
    return key
