"""What rows of clicks and conversions say of the things they belong to: their ids in the graph, and their names."""

from collections.abc import Iterator
from typing import Final

import asyncpg

from tracking.erasure.rules import name_nobody
from tracking.exports.layouts import Cell, Column
from tracking.graph_ids import write_known_id
from tracking.links.short_urls import write_short_url

JOINS: Final = """
    LEFT JOIN link ON link.id = page.link_id
    LEFT JOIN tracking_domain AS domain ON domain.id = link.domain_id
    LEFT JOIN campaign ON campaign.id = page.campaign_id
    LEFT JOIN creator ON creator.id = page.creator_id
    LEFT JOIN message ON message.id = page.message_id
    LEFT JOIN contact ON contact.id = page.contact_id
    LEFT JOIN offer ON offer.id = page.offer_id
    LEFT JOIN user_of_account AS sharer ON sharer.id = page.sharer_id
"""
NAMED: Final = """
    domain.host, domain.has_tls, link.slug, link.kind AS link_kind, link.label AS link_label,
    campaign.name AS campaign_name, campaign.external_id AS campaign_external_id, creator.handle AS creator_handle,
    creator.external_id AS creator_external_id, message.name AS message_name,
    contact.external_id AS contact_external_id, offer.name AS offer_name, sharer.name AS sharer_name
"""
COLUMNS_OF_NAMES: Final = (
    Column("link_id", str, "The link's id in the graph."),
    Column("short_url", str, "The link as people share it."),
    Column("slug", str, "What stands after the host in it."),
    Column("link_kind", str, "Such as CAMPAIGN, CREATOR, CUSTOM, SYSTEM or RECIPIENT."),
    Column("link_label", str, "The link's label now."),
    Column("campaign_id", str, "The campaign's id in the graph; empty for none, as in all that follow."),
    Column("campaign_name", str, "Its name now."),
    Column("campaign_external_id", str, "Your own id of it."),
    Column("creator_id", str, "The creator's id in the graph."),
    Column("creator_handle", str, "Their handle now."),
    Column("creator_external_id", str, "Your own id of them."),
    Column("message_id", str, "The id in the graph of the message that the link was made for."),
    Column("message_name", str, "Its name now."),
    Column("slot", int, "Which of the links in the message's text it is, from 1."),
    Column("contact_id", str, "The id in the graph of the contact that the link was made for."),
    Column("contact_external_id", str, "Your own id of the contact."),
    Column("offer_id", str, "The offer's id in the graph."),
    Column("offer_name", str, "Its name now."),
    Column("sharer_id", str, "The id in the graph of the user who is credited."),
    Column("sharer_name", str, "Their name now."),
)


def tell_names(row: asyncpg.Record, public_port: int | None) -> Iterator[Cell]:
    """The cells of `COLUMNS_OF_NAMES`."""
    yield _tell_id("Link", row["link_id"])
    has_link = row["host"] is not None
    yield (
        write_short_url(row["host"], row["slug"], has_tls=row["has_tls"], public_port=public_port) if has_link else None
    )
    yield row["slug"]
    yield row["link_kind"]
    yield row["link_label"]
    yield _tell_id("Campaign", row["campaign_id"])
    yield row["campaign_name"]
    yield row["campaign_external_id"]
    yield _tell_id("Creator", row["creator_id"])
    yield row["creator_handle"]
    yield row["creator_external_id"]
    yield _tell_id("Message", row["message_id"])
    yield row["message_name"]
    yield row["slot"]
    yield _tell_id("Contact", name_nobody(row["contact_id"]))
    yield row["contact_external_id"]
    yield _tell_id("Offer", row["offer_id"])
    yield row["offer_name"]
    yield _tell_id("User", row["sharer_id"])
    yield row["sharer_name"]


def _tell_id(type_name: str, key: int | None) -> str | None:
    return None if key is None else write_known_id(type_name, key)
