"""All that a page shows, read and put into words: of a campaign, or of a creator."""

from typing import Any, Final
from zoneinfo import ZoneInfo

from api.ids import encode_id
from api.report_pages.html_pages.asking import View
from api.report_pages.html_pages.views import (
    ROWS_SHOWN,
    describe_heat,
    describe_series,
    describe_systems,
    find_click_through,
    find_conversion_rate,
    list_cards,
    list_heads,
    list_presets,
    write_net,
    write_next,
    write_payout,
)
from api.report_pages.html_pages.words import write_interval, write_moment, write_range, write_share
from api.services import Services
from tracking.links.short_urls import write_short_url
from tracking.paging import Window
from tracking.report_pages.figures import Told, read_headline, read_heat, read_series
from tracking.report_pages.queries import OpenedPage
from tracking.report_pages.tables import (
    CreatorLine,
    LinkLine,
    list_campaign_lines,
    list_creator_lines,
    list_link_lines,
    list_systems,
)
from tracking.reports.queries import read_freshness

QR_FOLDER: Final = "qr"
_FILES: Final = {
    "series.csv": "Clicks over time (CSV)",
    "series.svg": "Clicks over time (SVG)",
    "heat-map.svg": "Hours of the week (SVG)",
}
_FILES_OF_CREATORS: Final = {"creators.csv": "Creators (CSV)", "creators.svg": "Most clicked creators (SVG)"}


async def read_contents(services: Services, page: OpenedPage, view: View, address: str) -> dict[str, Any]:
    """`address` is the path of the page, without a slash at its end. Freshness is read before what it is about."""
    pool, asked = services.pool, view.asked
    freshness = await read_freshness(pool, services.shards)
    headline = await read_headline(pool, page, asked)
    series = await read_series(pool, page, asked)
    heat = await read_heat(pool, page, asked)
    systems = await list_systems(pool, page, asked)
    is_of_creator = page.creator_id is not None
    return {
        **_describe_page(page, view, address),
        "cards": list_cards(headline, shows_money=page.shows_money, is_of_creator=is_of_creator),
        "series": describe_series(series, view),
        "heat": describe_heat(heat),
        "systems": describe_systems(systems),
        "as_of": write_moment(freshness.as_of, asked.zone),
        "backlog": freshness.backlog,
        **await (_read_creator if is_of_creator else _read_campaign)(services, page, view, address),
    }


def name_page(page: OpenedPage) -> str:
    """What its maker called it, else what it is about."""
    return page.name or page.campaign_name or f"@{page.creator_handle}"


def _describe_page(page: OpenedPage, view: View, address: str) -> dict[str, Any]:
    zone: ZoneInfo = view.asked.zone
    subjects = [f"@{page.creator_handle}" if page.creator_handle else None, page.creator_name, page.campaign_name]
    title = name_page(page)
    compared = view.asked.compared
    query = view.write_query()
    files = _FILES if page.creator_id is not None else {**_FILES, **_FILES_OF_CREATORS}
    return {
        "brand": page.account_name,
        "title": title,
        "subtitle": ", ".join(subject for subject in subjects if subject and subject != title),
        "range": write_range(view.asked.wanted, zone),
        "previous_range": write_range(compared.previous, zone) if compared else "",
        "zone": zone.key,
        "problem": view.problem,
        "presets": list_presets(view),
        "days": view.days,
        "downloads": [(name, f"{address}/{file}{query}") for file, name in files.items()],
        "expires": write_moment(page.expires_at, zone),
        "shows_money": page.shows_money,
    }


async def _read_campaign(services: Services, page: OpenedPage, view: View, _address: str) -> dict[str, Any]:
    lines = await list_creator_lines(services.pool, page, view.asked, view.sorting, Window(ROWS_SHOWN + 1, view.after))
    return {
        "template": "campaign.html",
        "heads": list_heads(view, shows_money=page.shows_money),
        "creators": [_describe_creator(line) for line in lines[:ROWS_SHOWN]],
        "next_query": write_next(lines, view),
        "is_continued": view.after is not None,
        "first_query": view.write_query() + "#creators",
    }


async def _read_creator(services: Services, page: OpenedPage, view: View, address: str) -> dict[str, Any]:
    links = await list_link_lines(services.pool, page, view.asked)
    campaigns = [] if page.campaign_id else await list_campaign_lines(services.pool, page, view.asked)
    public_port = services.settings.public_port
    return {
        "template": "creator.html",
        "links": [_describe_link(line, public_port, address) for line in links],
        "campaigns": [{"name": line.name, **_describe_told(line.told)} for line in campaigns],
    }


def _describe_creator(line: CreatorLine) -> dict[str, Any]:
    click_through = find_click_through(line)
    return {
        "handle": line.handle,
        "name": line.name,
        "followers": line.followers,
        "click_through": write_share(click_through.value if click_through else None),
        **_describe_told(line.told),
    }


def _describe_link(line: LinkLine, public_port: int | None, address: str) -> dict[str, Any]:
    link = line.link
    short_url = write_short_url(link.host, link.slug, has_tls=link.has_tls, public_port=public_port)
    return {
        "name": link.label or short_url.partition("//")[2],
        "short_url": short_url,
        "qr_code": f"{address}/{QR_FOLDER}/{encode_id('Link', link.id)}.svg",
        **_describe_told(line.told),
    }


def _describe_told(told: Told) -> dict[str, Any]:
    rate = find_conversion_rate(told)
    return {
        "unique_clicks": told.counts.unique_clicks,
        "counted_clicks": told.counts.counted_clicks,
        "total_clicks": told.total_clicks,
        "conversions": told.outcomes.conversions,
        "conversion_rate": write_share(rate.value if rate else None),
        "conversion_interval": write_interval(rate),
        "net_value": write_net(told),
        "payout": write_payout(told),
    }
