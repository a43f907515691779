"""Where links lead nowhere, the domain's account speaks (TR12): by host alone, with the status that it always had."""

import asyncpg
import pytest

from tests.audience import Answer, Audience, LinkSite, make_link, make_link_site, open_redirector
from tests.integration.redirector.test_changes import archive, wait_for_status
from tests.templates import own_migrated_postgres
from tests.waiting import eventually
from tracking.interstitials.rules import Branding, write_texts
from tracking.interstitials.service import update_account_pages
from tracking.settings import Settings

pytestmark = pytest.mark.feature("TR12")

BRAND = Branding("Acme", None, "Nothing here", "No longer here")
WHATEVER = ["/guess", "/a/b/c", "/.env", "/guess/qr.svg", "/guess/continue/abc", "/", "/GUESS~story"]


@pytest.fixture
async def branded(pool: asyncpg.Pool, site: LinkSite) -> LinkSite:
    await pool.execute("UPDATE account SET branding = $1 WHERE id = $2", write_texts(BRAND), site.account_id)
    return site


def is_branded(answer: Answer, text: str) -> bool:
    is_html = answer.headers["content-type"] == "text/html; charset=utf-8"
    return is_html and f'<p dir="auto">{text}</p>' in answer.body


class TestNotFound:
    @pytest.mark.usefixtures("branded")
    async def test_whatever_is_wrong_is_answered_the_same(self, audience: Audience) -> None:
        answers = [await audience.get(path) for path in WHATEVER]
        assert {answer.status for answer in answers} == {404}
        assert len({answer.body for answer in answers}) == 1
        assert is_branded(answers[0], "Nothing here")

    async def test_hosts_of_others_have_pages_of_their_own(
        self, audience: Audience, pool: asyncpg.Pool, branded: LinkSite
    ) -> None:
        other = await make_link_site(pool, slug="other")
        await make_link(pool, branded, "abc23XY")
        ours = await audience.get("/abc23XY", host=branded.host)
        theirs = await audience.get("/abc23XY", host=other.host)
        nobodys = await audience.get("/abc23XY", host="nobody.localhost")
        assert ours.status == 302
        assert (theirs.status, theirs.body) == (404, "There is no link at this address.\n")
        assert (nobodys.status, nobodys.body, nobodys.headers) == (404, theirs.body, theirs.headers)

    async def test_a_domain_that_is_not_verified_is_nobodys(
        self, audience: Audience, pool: asyncpg.Pool, branded: LinkSite
    ) -> None:
        await pool.execute("UPDATE tracking_domain SET verified_at = NULL WHERE id = $1", branded.domain_id)
        answer = await audience.get("/guess", host=branded.host)
        assert (answer.status, answer.body) == (404, "There is no link at this address.\n")

    @pytest.mark.usefixtures("branded")
    async def test_head_has_the_headers_alone(self, audience: Audience) -> None:
        get, head = await audience.get("/guess"), await audience.get("/guess", method="HEAD")
        assert (head.status, head.body, head.headers) == (404, "", get.headers)

    @pytest.mark.usefixtures("orm")
    async def test_new_words_are_said_within_a_second(self, audience: Audience, site: LinkSite) -> None:
        assert (await audience.get("/guess")).body == "There is no link at this address.\n"
        await update_account_pages(site.account_id, {"branding": BRAND})

        async def read() -> bool:
            return is_branded(await audience.get("/guess"), "Nothing here")

        await eventually(read)


class TestWithoutPostgres:
    async def test_who_is_known_is_answered_in_their_words_and_others_in_ours(self, settings: Settings) -> None:
        async with own_migrated_postgres(settings) as (postgres, own):
            async with asyncpg.create_pool(own.database_url) as pool:
                site = await make_link_site(pool)
                await pool.execute("UPDATE account SET branding = $1", write_texts(BRAND))
                link_id = await make_link(pool, site, "abc23XY")
                await pool.execute("UPDATE link SET archived_at = now() WHERE id = $1", link_id)
            async with open_redirector(own) as audience:
                known = [await audience.get("/.env"), await audience.get("/abc23XY")]
                postgres.crash()
                assert [await audience.get("/.env"), await audience.get("/abc23XY")] == known
                nobodys = await audience.get("/.env", host="other.localhost")
        assert is_branded(known[0], "Nothing here")
        assert is_branded(known[1], "No longer here")
        assert (nobodys.status, nobodys.body) == (404, "There is no link at this address.\n")


class TestGone:
    async def test_an_archived_link_says_so_in_the_accounts_words(
        self, audience: Audience, pool: asyncpg.Pool, branded: LinkSite
    ) -> None:
        link_id = await make_link(pool, branded, "abc23XY")
        await audience.get("/abc23XY")
        await archive(pool, branded, "abc23XY", link_id)
        await wait_for_status(audience, "/abc23XY", 410)
        for path in ("/abc23XY", "/abc23XY/qr.png", "/abc23XY/continue/abc"):
            answer = await audience.get(path)
            assert answer.status == 410
            assert is_branded(answer, "No longer here")

    async def test_in_our_words_where_there_are_none(
        self, audience: Audience, pool: asyncpg.Pool, site: LinkSite
    ) -> None:
        await make_link(pool, site, "abc23XY")
        await pool.execute("UPDATE link SET archived_at = now()")
        answer = await audience.get("/abc23XY")
        assert (answer.status, answer.body) == (410, "This link is no longer active.\n")
