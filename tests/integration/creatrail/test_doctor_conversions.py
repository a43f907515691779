"""The doctor on the way of a click id: to the page of the brand, through what stands there, and back in a report."""

from collections.abc import AsyncIterator, Callable, Iterator
from typing import NamedTuple

import pytest

from creatrail.doctor.conversions import examine_conversions
from tests.brand import make_brand, make_creator
from tests.doctor_lines import Said
from tests.e2e.brand_site import BrandSite, running_brand_site
from tests.e2e.system import System, open_system
from tracking.accounts.models import Account
from tracking.links.creation import NewLink, create_link
from tracking.orm import open_orm
from tracking.snippets.models import SnippetKey
from tracking.snippets.service import create_snippet_key, revoke_snippet_key, set_snippet_origins

pytestmark = [pytest.mark.xdist_group("doctor"), pytest.mark.feature("LO14")]

SLUGS = iter(range(1_000))
BEFORE_THE_PAGE = ["redirector", "link", "key", "redirect"]
STEPS = [*BEFORE_THE_PAGE, "landing", "snippet", "script", "policy", "conversion"]


class Patient(NamedTuple):
    """A brand whose link leads to `/land` of its site."""

    system: System
    site: BrandSite
    account: Account
    link: str
    script: str  # the landing snippet that its pages should have

    async def ask_doctor(self, *, is_healthy: bool) -> Said:
        said = Said()
        found = await examine_conversions(self.system.settings, self.link, say=said.lines.append)
        assert found is is_healthy, "\n".join(said.lines)
        return said


@pytest.fixture(scope="module")
async def system() -> AsyncIterator[System]:
    async with open_system() as system:
        system.start("redirector")
        yield system


@pytest.fixture
def site() -> Iterator[BrandSite]:
    with running_brand_site() as site:
        yield site


@pytest.fixture
async def patient(system: System, site: BrandSite) -> AsyncIterator[Patient]:
    async with open_orm(system.settings):
        slug = f"brand{next(SLUGS)}"
        account = await make_brand(slug)
        creator = await make_creator(account)
        link = await create_link(account.id, NewLink(creator.id, site.url("/land")))
        key = await SnippetKey.get(id=await create_snippet_key(account.id))
        origin = f"http://{slug}.localhost:{system.settings.redirector_port}"
        script = f'<script async src="{origin}/js/v1/creatrail.js" data-key="{key.key}"></script>'
        site.pages["/land"] = f"<title>Shop</title>{script}"
        yield Patient(system, site, account, f"{slug}.localhost/{link.slug}", script)


async def test_where_all_is_there_every_step_works(patient: Patient) -> None:
    said = await patient.ask_doctor(is_healthy=True)

    assert said.steps() == dict.fromkeys(STEPS, "ok")
    assert said.warnings() == []
    assert "/land is reached with the click id, over 0 redirects" in said.about("landing")
    assert [told for told in patient.site.told if told.path == "/conv"] == []


async def test_a_redirect_that_drops_the_click_id_is_named(patient: Patient) -> None:
    patient.site.pages["/end"] = patient.site.pages.pop("/land")
    patient.site.redirects |= {"/land": "/middle?QUERY", "/middle": "/end?size=42"}

    said = await patient.ask_doctor(is_healthy=False)

    assert "middle to " in said.about("landing")
    assert "drops ct / let it keep the query" in said.about("landing")
    assert said.steps()["snippet"] == "skipped"


async def test_redirects_that_keep_it_are_followed(patient: Patient) -> None:
    patient.site.pages["/end"] = patient.site.pages.pop("/land")
    patient.site.redirects |= {"/land": "/middle?QUERY", "/middle": "/end?QUERY"}

    said = await patient.ask_doctor(is_healthy=True)

    assert "/end is reached with the click id, over 2 redirects" in said.about("landing")


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        (lambda _: "<title>Shop</title>", "the page has no landing snippet"),
        (lambda script: script.replace("creatrail.js", "convert.js"), "the page has no landing snippet"),
        (lambda script: script.replace("ct_pub_", "ct_pub_x"), "which is not live"),
        (lambda script: script.replace("data-key", "data-k"), "the key of nobody"),
        (lambda script: script.replace("http://brand", "http://other.brand"), "no verified domain of the account"),
    ],
)
async def test_a_page_without_the_right_snippet_is_heard_of(
    patient: Patient, change: Callable[[str], str], problem: str
) -> None:
    patient.site.pages["/land"] = change(patient.script)

    said = await patient.ask_doctor(is_healthy=False)

    assert said.about("snippet").startswith("broken: ")
    assert problem in said.about("snippet")
    assert said.steps()["landing"] == "ok"


async def test_a_tag_manager_may_add_the_snippet_where_nobody_sees_it(patient: Patient) -> None:
    patient.site.pages["/land"] = '<script src="https://www.googletagmanager.com/gtm.js?id=GTM-X"></script>'

    said = await patient.ask_doctor(is_healthy=True)

    assert said.about("snippet") == "ok: not in the HTML"
    assert "a tag manager may add it" in said.warnings()[0]


@pytest.mark.parametrize(
    ("policy", "problem"),
    [
        ("script-src 'self'", "forbids the script / add http://brand"),
        ("connect-src 'none'; img-src 'none'", "forbids reports / add http://brand"),
    ],
)
async def test_a_policy_that_forbids_it_is_heard_of(patient: Patient, policy: str, problem: str) -> None:
    patient.site.policy = policy

    assert problem in (await patient.ask_doctor(is_healthy=False)).about("policy")


async def test_a_policy_in_the_page_itself_counts_too(patient: Patient) -> None:
    meta = "<meta http-equiv=Content-Security-Policy content=\"connect-src 'none'\">"
    patient.site.pages["/land"] = meta + patient.script

    said = await patient.ask_doctor(is_healthy=True)

    assert "reports go as pictures" in said.warnings()[0]


async def test_an_origin_that_may_not_report_is_heard_of(patient: Patient) -> None:
    await set_snippet_origins(patient.account.id, ["https://elsewhere.example"])

    said = await patient.ask_doctor(is_healthy=False)

    assert said.about("conversion").startswith(f"broken: a report from {patient.site.url('')} is refused with 403")
    assert said.about("conversion").endswith("allow this origin with updateConversionTracking")


async def test_without_a_key_there_is_nothing_to_look_at(patient: Patient) -> None:
    await revoke_snippet_key(patient.account.id, (await SnippetKey.get(account_id=patient.account.id)).id)

    said = await patient.ask_doctor(is_healthy=False)

    assert "createSnippetKey" in said.about("key")
    assert list(said.steps().values()).count("skipped") == 6


async def test_a_site_that_does_not_answer_is_heard_of(patient: Patient) -> None:
    patient.site.pages.clear()
    patient.site.redirects["/land"] = "http://shop.localhost:1/land?QUERY"

    assert "does not answer" in (await patient.ask_doctor(is_healthy=False)).about("landing")
