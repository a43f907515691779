"""Report pages as whoever has their address opens them: what is told, to whom, and under which headers."""

import csv
import datetime as dt
import html
import io
import re
from typing import NamedTuple

import asyncpg
import httpx2
import pytest

from api.ids import encode_id
from api.report_pages.html_pages.rationing import READS_PER_MINUTE
from tests.brand import join, make_campaign, make_creator, make_link
from tests.clicking import BOT, make_event, store
from tests.graph import open_graph
from tests.integration.api.conftest import Tenant
from tests.outcomes import convert, know_conversions
from tests.statements import recorded_statements
from tracking.accounts.models import Account
from tracking.campaigns.models import Campaign, Stage
from tracking.clock import utc_now
from tracking.creators.models import Creator
from tracking.report_pages.rules import WantedPage
from tracking.report_pages.service import create_report_page, revoke_report_page
from tracking.reports.fold import fold_all
from tracking.settings import Settings

pytestmark = pytest.mark.feature("LO12", "CU12")

ATTACK = "=1+1<script>alert(1)</script>"


class Scene(NamedTuple):
    """A campaign of three, of whom `kim` has 2 unique clicks and one of a program, `lou` 1, `max` none."""

    account: Account
    campaign: Campaign
    creators: list[Creator]


@pytest.fixture
async def scene(acme: Tenant, pool: asyncpg.Pool) -> Scene:
    account = acme.account
    creators = [await make_creator(account, handle) for handle in ("kim", "lou", "max")]
    await Creator.filter(id=creators[1].id).update(name=ATTACK)
    campaign = await make_campaign(account)
    await join(account, campaign, creators, Stage.APPLIED)
    ids = {"campaign_id": campaign.id, "link_id": 900}
    await store(
        pool,
        *(make_event(account.id, visitor=each, creator_id=creators[0].id, **ids) for each in (1, 2)),
        make_event(account.id, visitor=3, creator_id=creators[0].id, user_agent=BOT, **ids),
        make_event(account.id, visitor=1, creator_id=creators[1].id, campaign_id=campaign.id, link_id=901),
    )
    await convert(pool, account.id, campaign_id=campaign.id, creator_id=creators[0].id)
    await know_conversions(pool, account.id, utc_now() - dt.timedelta(days=1))
    await fold_all(pool)
    return Scene(account, campaign, creators)


async def make_path(scene: Scene, *, creator: Creator | None = None, shows_money: bool = False) -> str:
    wanted = WantedPage(scene.campaign.id, creator.id if creator else None, shows_money=shows_money)
    made = await create_report_page(scene.account.id, wanted)
    return f"/r/{made.token}"


def read_rows(answer: httpx2.Response) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(answer.text)))


async def test_a_page_tells_the_figures_under_strict_headers(acme: Tenant, scene: Scene) -> None:
    answer = await acme.graph.client.get(await make_path(scene))

    assert answer.status_code == 200
    for text in ("Summer", "@kim", "Unique clicks", "All that was received until"):
        assert text in answer.text
    headers = answer.headers
    assert headers["referrer-policy"] == "no-referrer"
    assert headers["x-robots-tag"] == "noindex, nofollow"
    assert headers["cache-control"] == "private, no-store"
    assert "set-cookie" not in headers
    policy = headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert "http" not in policy
    assert "12.50" not in answer.text


async def test_money_is_told_where_it_is_meant_to_be(acme: Tenant, scene: Scene) -> None:
    answer = await acme.graph.client.get(await make_path(scene, shows_money=True))

    assert "12.50 EUR" in answer.text


async def test_names_are_text_and_no_formula_in_a_file(acme: Tenant, scene: Scene) -> None:
    path = await make_path(scene)

    page = await acme.graph.client.get(path)
    rows = read_rows(await acme.graph.client.get(f"{path}/creators.csv"))

    assert "<script>alert" not in page.text
    assert "=1+1&lt;script&gt;alert(1)&lt;/script&gt;" in page.text
    assert [(row["handle"], row["unique_clicks"], row["total_clicks"], row["bot_clicks"]) for row in rows] == [
        ("kim", "2", "3", "1"),
        ("lou", "1", "1", "0"),
        ("max", "0", "0", "0"),
    ]
    assert rows[1]["name"] == "'" + ATTACK
    assert "net_value" not in rows[0]


async def test_the_table_is_sorted_as_asked(acme: Tenant, scene: Scene) -> None:
    path = await make_path(scene)

    rows = read_rows(await acme.graph.client.get(f"{path}/creators.csv?sort=handle&direction=desc"))
    page = (await acme.graph.client.get(f"{path}?sort=handle&direction=desc")).text

    assert [row["handle"] for row in rows] == ["max", "lou", "kim"]
    assert page.index("@max") < page.index("@lou") < page.index("@kim")


async def test_the_series_adds_up_to_the_headline(acme: Tenant, scene: Scene) -> None:
    path = await make_path(scene)

    rows = read_rows(await acme.graph.client.get(f"{path}/series.csv?range=last_7_days"))

    assert len(rows) == 7
    assert sum(int(row["unique_clicks"]) for row in rows) == 3
    assert [row["conversions"] for row in rows][-1] == "1"


async def test_a_creators_page_shows_nobody_else(acme: Tenant, scene: Scene) -> None:
    path = await make_path(scene, creator=scene.creators[0])
    page = await acme.graph.client.get(path)

    assert page.status_code == 200
    assert "@kim" in page.text
    for foreign in ("@lou", "@max", "alert", "Bot rate", "Total clicks"):
        assert foreign not in page.text
    for file in ("creators.csv", "creators.svg"):
        assert (await acme.graph.client.get(f"{path}/{file}")).status_code == 404


@pytest.mark.parametrize("name", ["series.svg", "heat-map.svg", "creators.svg"])
async def test_charts_can_be_embedded(acme: Tenant, scene: Scene, *, name: str) -> None:
    answer = await acme.graph.client.get(f"{await make_path(scene)}/{name}")

    assert answer.status_code == 200
    assert answer.headers["content-type"] == "image/svg+xml"
    assert answer.headers["cache-control"] == "private, max-age=60"
    assert answer.headers["cross-origin-resource-policy"] == "cross-origin"
    assert answer.text.startswith("<svg")
    assert "<title id=" in answer.text
    assert "<script" not in answer.text


async def test_who_has_not_the_whole_address_learns_nothing(acme: Tenant, scene: Scene) -> None:
    path = await make_path(scene)
    wrong = path[:-1] + ("a" if path[-1] != "a" else "b")
    unknown = "/r/ct_page_aaaaaaaa_" + "a" * 40

    answers = [await acme.graph.client.get(each) for each in (wrong, unknown, "/r/x", f"{wrong}/series.csv")]

    assert [answer.status_code for answer in answers] == [404] * 4
    assert len({answer.text for answer in answers}) == 1
    assert "Acme" not in answers[0].text


async def test_what_was_revoked_or_has_expired_says_so(acme: Tenant, scene: Scene, pool: asyncpg.Pool) -> None:
    path, expired = await make_path(scene), await make_path(scene)
    [page_id, expired_id] = [row["id"] for row in await pool.fetch("SELECT id FROM report_page ORDER BY id")]
    await revoke_report_page(scene.account.id, page_id)
    await pool.execute("UPDATE report_page SET expires_at = now() WHERE id = $1", expired_id)

    for each, text in ((path, "This report was withdrawn"), (expired, "This report has expired")):
        for suffix in ("", "/creators.csv", "/series.svg"):
            answer = await acme.graph.client.get(each + suffix)
            assert (answer.status_code, text in answer.text, "Acme" in answer.text) == (410, True, True)
            assert "Summer" not in answer.text


async def test_that_somebody_looked_is_noted(acme: Tenant, scene: Scene, pool: asyncpg.Pool) -> None:
    path = await make_path(scene)
    assert await pool.fetchval("SELECT last_opened_at FROM report_page") is None

    await acme.graph.client.get(path)

    assert await pool.fetchval("SELECT last_opened_at FROM report_page") is not None


async def test_the_code_of_a_link_is_drawn_for_the_page_of_its_creator_alone(acme: Tenant, scene: Scene) -> None:
    kim, lou = scene.creators[:2]
    own, foreign = await make_link(scene.account, kim, slug="kims"), await make_link(scene.account, lou)
    path = f"/r/{(await create_report_page(scene.account.id, WantedPage(None, kim.id))).token}"

    page = await acme.graph.client.get(path)
    drawn = await acme.graph.client.get(f"{path}/qr/{encode_id('Link', own.id)}.svg")
    refused = await acme.graph.client.get(f"{path}/qr/{encode_id('Link', foreign.id)}.svg")

    assert 'value="http://acme.localhost/kims"' in page.text
    assert (drawn.status_code, drawn.headers["content-type"]) == (200, "image/svg+xml")
    assert refused.status_code == 404
    assert foreign.slug not in page.text


async def test_one_address_is_read_so_often_and_no_more(acme: Tenant, scene: Scene) -> None:
    path, other = await make_path(scene), await make_path(scene)
    many = 2 * READS_PER_MINUTE + 1  # a minute of the clock may begin meanwhile

    statuses = {(await acme.graph.client.get(f"{path}/qr/none.svg")).status_code for _ in range(many)}

    assert statuses == {404, 429}
    assert (await acme.graph.client.get(other)).status_code == 200


@pytest.mark.parametrize("sort", ["handle", "unique_clicks", "conversion_rate"])
async def test_the_pages_of_a_long_table_hold_everybody_once(acme: Tenant, scene: Scene, *, sort: str) -> None:
    more = [await make_creator(scene.account) for _ in range(60)]
    await join(scene.account, scene.campaign, more, Stage.APPLIED)
    path = await make_path(scene)

    first = (await acme.graph.client.get(f"{path}?sort={sort}")).text
    [query] = re.findall(r'href="(\?[^"#]+)#creators" rel="next"', first)
    second = (await acme.graph.client.get(path + html.unescape(query))).text

    pages = [re.findall(r'<th scope="row" dir="auto">@([\w.]+)', page) for page in (first, second)]
    assert [len(page) for page in pages] == [50, 13]
    assert set(pages[0]) | set(pages[1]) == {"kim", "lou", "max"} | {creator.handle for creator in more}


@pytest.mark.usefixtures("answered_once")
async def test_many_creators_cost_no_more_statements(
    scene: Scene, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = await make_path(scene)
    with recorded_statements(monkeypatch) as statements:
        async with open_graph(settings) as graph:
            await graph.client.get(path)  # notes that it was opened
            statements.clear()
            await graph.client.get(path)
            few = len(statements)
            more = [await make_creator(scene.account) for _ in range(60)]
            await join(scene.account, scene.campaign, more, Stage.APPLIED)
            statements.clear()
            page = await graph.client.get(path)

    assert 'rel="next"' in page.text
    assert len(statements) == few > 5
