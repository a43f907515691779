"""Tortoise: its configuration and the one way in. For the api, jobs and the command line, never for the redirector."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

from tortoise import Tortoise
from tortoise.context import TortoiseContext

from tracking.database import CONNECTION_LIMITS
from tracking.settings import Settings

MODELS = [
    "tracking.accounts.models",
    "tracking.domains.models",
    "tracking.creators.models",
    "tracking.campaigns.models",
    "tracking.links.models",
    "tracking.history.models",
    "tracking.offers.models",
    "tracking.coupons.models",
    "tracking.snippets.models",
    "tracking.contacts.models",
    "tracking.creatives.models",
    "tracking.messages.models",
    "tracking.imports.models",
    "tracking.bots.policies.models",
    "tracking.bots.hosting.models",
    "tracking.bots.corrections.models",
    "tracking.exports.models",
    "tracking.statements.models",
    "tracking.report_pages.models",
    "tracking.segments.models",
    "tracking.webhooks.models",
    "tracking.erasure.models",
]
APPS = {"tracking": {"models": MODELS, "migrations": "tracking.migrations", "default_connection": "default"}}


def describe_orm(
    database_url: str, pool_size: int = 10, limits: Mapping[str, Any] = CONNECTION_LIMITS
) -> dict[str, Any]:
    return {
        "connections": {
            "default": {
                "engine": "tortoise.backends.asyncpg",
                "credentials": _credentials(database_url, pool_size, limits),
            }
        },
        "apps": APPS,
        "use_tz": True,
        "timezone": "UTC",
    }


@asynccontextmanager
async def open_orm(settings: Settings) -> AsyncIterator[TortoiseContext]:
    """Open Tortoise for every task of this process, and close it here only: arq's shutdown hook sees no context."""
    config = describe_orm(settings.database_url, settings.database_pool_size)
    context = await Tortoise.init(config=config, _enable_global_fallback=True)
    try:
        yield context
    finally:
        await context.close_connections()


def _credentials(database_url: str, pool_size: int, limits: Mapping[str, Any]) -> dict[str, Any]:
    parts = urlsplit(database_url)
    query = dict(parse_qsl(parts.query))
    return {
        "host": query.pop("host", None) or parts.hostname,
        "port": int(query.pop("port", None) or parts.port or 5432),
        "user": unquote(parts.username or "postgres"),
        "password": unquote(parts.password or ""),
        "database": unquote(parts.path.lstrip("/")) or "postgres",
        "minsize": 1,
        "maxsize": pool_size,
        **limits,
        **query,
    }


# Read by `tortoise makemigrations`, which compares models with migrations and needs no server.
TORTOISE_ORM = describe_orm("postgresql://creatrail@localhost/creatrail")
