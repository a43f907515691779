"""Makes links of every kind: rows with slugs of their own, the change log, history and events, in one transaction."""

import json
from collections.abc import Sequence
from enum import Enum
from itertools import islice
from typing import Any, Final, NamedTuple

from tortoise.backends.base.client import BaseDBAsyncClient

from tracking.changes.rules import ChangeKind, write_address
from tracking.changes.service import Change, record_changes
from tracking.errors import TakenError
from tracking.events.entities import append_entity_events
from tracking.events.outbox import EventKind
from tracking.history.service import Noted, record_history
from tracking.links.models import LinkKind, QueryPolicy, SystemLinkKind
from tracking.links.rules import ProposedSlug, propose_slugs

MAX_SLUG_TRIES: Final = 60

_INSERT: Final = """
    INSERT INTO link (account_id, domain_id, slug, is_readable, kind, system_kind, query_policy, is_test,
        is_honeypot, destination_url, is_destination_overridden, label, tags, campaign_id, creator_id, deliverable_id,
        message_id, slot, contact_id, offer_id, sharer_id, referring_contact_id, created_at)
    SELECT *, now()
    FROM jsonb_to_recordset($1::jsonb) AS wanted (account_id bigint, domain_id bigint, slug text, is_readable boolean,
        kind text, system_kind text, query_policy text, is_test boolean, is_honeypot boolean, destination_url text,
        is_destination_overridden boolean, label text, tags text[], campaign_id bigint, creator_id bigint,
        deliverable_id bigint, message_id bigint, slot smallint, contact_id bigint, offer_id bigint, sharer_id bigint,
        referring_contact_id bigint)
    ON CONFLICT DO NOTHING
    RETURNING id, domain_id, slug
"""
_TAKEN: Final = """
    SELECT domain_id, slug FROM link JOIN unnest($1::bigint[], $2::text[]) AS tried (domain_id, slug)
        USING (domain_id, slug)
"""
# Two calls that want the same readable slugs in different orders would wait for each other.
_LOCK_DOMAINS: Final = "SELECT FROM tracking_domain WHERE id = ANY ($1::bigint[]) ORDER BY id FOR NO KEY UPDATE"


class LinkFields(NamedTuple):
    """A link but for its slug. What is given here was checked before."""

    account_id: int
    domain_id: int
    host: str
    kind: LinkKind
    destination_url: str
    label: str = ""
    tags: Sequence[str] = ()
    campaign_id: int | None = None
    creator_id: int | None = None
    deliverable_id: int | None = None
    message_id: int | None = None
    slot: int | None = None
    contact_id: int | None = None
    offer_id: int | None = None
    sharer_id: int | None = None
    referring_contact_id: int | None = None
    system_kind: SystemLinkKind | None = None
    query_policy: QueryPolicy = QueryPolicy.IGNORE
    is_test: bool = False
    is_honeypot: bool = False
    is_destination_overridden: bool = False


class WantedLink(NamedTuple):
    """`readable_slug` gets a number when it is taken, unless it `is_exact`; without one the slug is random."""

    fields: LinkFields
    readable_slug: str | None = None
    is_exact: bool = False


class Unminted(Enum):
    """Why no link was made."""

    SLUG_TAKEN = "the slug that was asked for is, or was, another link's"
    EXISTS = "a unique key other than the slug says that the link is there"


async def mint_link(
    connection: BaseDBAsyncClient, fields: LinkFields, readable_slug: str | None = None, *, is_exact: bool = False
) -> int | None:
    """The id of the new link; None when it is there already. Raises TakenError for an exact slug in use."""
    wanted = WantedLink(fields, readable_slug, is_exact)
    [outcome] = await mint_links(connection, [wanted])
    if outcome is Unminted.SLUG_TAKEN:
        raise refuse_slug(wanted)
    return None if outcome is Unminted.EXISTS else outcome


def refuse_slug(wanted: WantedLink) -> TakenError:
    message = f"{wanted.readable_slug!r} is, or was, the slug of another link on {wanted.fields.host}"
    return TakenError(message, ("slug",))


async def mint_links(connection: BaseDBAsyncClient, wanted: Sequence[WantedLink]) -> list[int | Unminted]:
    """The ids of the new links, each in its place, in the caller's transaction: a few statements for any number.

    Callers that may meet each other at a unique key give their links in one order, so that they do not deadlock.
    """
    readable_on = sorted({each.fields.domain_id for each in wanted if each.readable_slug is not None})
    if readable_on:
        await connection.execute_query(_LOCK_DOMAINS, [readable_on])
    outcomes: dict[int, int | Unminted] = {}
    slugs: dict[int, str] = {}
    proposals = [_propose(each) for each in wanted]
    pending = list(range(len(wanted)))
    while pending:
        tried = {place: next(proposals[place], None) for place in pending}
        made, taken = await _insert(connection, [(wanted[place].fields, slug) for place, slug in tried.items() if slug])
        pending = []
        for place, slug in tried.items():
            if slug is None:
                outcomes[place] = Unminted.SLUG_TAKEN
            elif link_id := made.pop(address := (wanted[place].fields.domain_id, slug.slug), None):
                outcomes[place], slugs[place] = link_id, slug.slug
            elif address in taken:
                pending.append(place)
            else:
                outcomes[place] = Unminted.EXISTS
    await _tell(connection, [(wanted[place].fields, outcomes[place], slug) for place, slug in sorted(slugs.items())])
    return [outcomes[place] for place in range(len(wanted))]


def _propose(wanted: WantedLink) -> Any:
    if wanted.is_exact and wanted.readable_slug is not None:
        return iter([ProposedSlug(wanted.readable_slug, is_readable=True)])
    return islice(propose_slugs(wanted.readable_slug), MAX_SLUG_TRIES)


async def _insert(
    connection: BaseDBAsyncClient, tried: Sequence[tuple[LinkFields, ProposedSlug]]
) -> tuple[dict[tuple[int, str], int], set[tuple[int, str]]]:
    """The ids of those that were made, and the addresses that any link has, both by domain and slug."""
    rows = [{**fields._asdict(), **slug._asdict()} for fields, slug in tried]
    made = await connection.execute_query_dict(_INSERT, [json.dumps(rows)])
    ids = {(row["domain_id"], row["slug"]): row["id"] for row in made}
    if len(ids) == len(rows):
        return ids, set()
    addresses = [[row["domain_id"] for row in rows], [row["slug"] for row in rows]]
    taken = await connection.execute_query_dict(_TAKEN, addresses)
    return ids, {(row["domain_id"], row["slug"]) for row in taken}


async def _tell(connection: BaseDBAsyncClient, minted: Sequence[tuple[LinkFields, Any, str]]) -> None:
    """Redirectors, history and the event log. A recipient's link is told by its message."""
    told: dict[int, list[Noted]] = {}
    for fields, link_id, _ in minted:
        if fields.kind is not LinkKind.RECIPIENT:
            told.setdefault(fields.account_id, []).append(Noted("Link", link_id, "CREATED", after=_describe(fields)))
    for account_id, noted in sorted(told.items()):
        await record_history(connection, account_id, noted)
        ids = [each.subject_id for each in noted]
        await append_entity_events(connection, account_id, EventKind.LINK_CREATED, ids)
    changes = [Change(ChangeKind.LINK, link_id, write_address(fields.host, slug)) for fields, link_id, slug in minted]
    await record_changes(connection, changes)


def _describe(fields: LinkFields) -> dict[str, Any]:
    described = {"kind": fields.kind, "destinationUrl": fields.destination_url, "label": fields.label}
    return {**described, "tags": list(fields.tags)} if fields.tags else described
