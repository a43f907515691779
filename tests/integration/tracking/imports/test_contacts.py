import pytest

from tests.brand import make_brand
from tests.integration.tracking.imports.files import bring, count, list_problems
from tracking.contacts.models import Contact
from tracking.domains.models import TrackingDomain
from tracking.imports.models import ImportKind
from tracking.links.models import Link

pytestmark = pytest.mark.usefixtures("orm")

ROWS = [
    ["external_id", "name", "share_url"],
    ["c1", "Anna", "https://brand.example/share"],
    ["c2", "", ""],
    ["c2", "Berta", ""],
]


@pytest.mark.feature("CU11", "IM3")
async def test_contacts_are_upserted_with_their_share_links() -> None:
    account = await make_brand()
    moved = [ROWS[0], ["c1", "", "https://brand.example/elsewhere"], ["c2", "Berta", ""]]

    outcomes = [await bring(account, ImportKind.CONTACTS, rows) for rows in (ROWS, [*ROWS[:2], ROWS[3]], moved)]

    assert [count(each) for each in outcomes] == [(2, 1, 0, 0), (0, 0, 2, 0), (0, 1, 1, 0)]
    contacts = [(row.external_id, row.name, row.share_url) for row in await Contact.all().order_by("external_id")]
    assert contacts == [("c1", "Anna", "https://brand.example/elsewhere"), ("c2", "Berta", None)]
    link = await Link.get()
    assert (link.destination_url, link.referring_contact_id) == (
        "https://brand.example/elsewhere",
        (await Contact.get(external_id="c1")).id,
    )


async def test_without_a_domain_a_share_url_is_a_problem_and_the_rest_is_not() -> None:
    account = await make_brand()
    await TrackingDomain.filter(account_id=account.id).update(verified_at=None)

    done = await bring(account, ImportKind.CONTACTS, ROWS)

    assert (count(done), await list_problems(done)) == ((1, 1, 0, 1), [(2, "share_url", "INVALID")])
