import asyncio
from typing import Any

import asyncpg
import pytest
from tortoise.context import TortoiseContext

from tests.brand import make_brand, make_campaign, make_creator, make_deliverable, make_link
from tracking.domains.models import TrackingDomain
from tracking.errors import InvalidInputError, NotFoundError, TakenError
from tracking.links.creation import NewLink, create_link
from tracking.links.models import Link
from tracking.links.rules import RANDOM_SLUG_CHARS
from tracking.links.service import archive_link


@pytest.mark.feature("LO9", "CU1")
async def test_links_of_one_creator_to_one_destination_stay_apart_by_their_labels(orm: TortoiseContext) -> None:
    account = await make_brand()
    creator = await make_creator(account)

    links = [await make_link(account, creator, label=label) for label in ("TikTok", "Bio")]

    assert len({link.slug for link in links}) == 2
    assert [link.label for link in links] == ["TikTok", "Bio"]


@pytest.mark.feature("TR4")
async def test_a_random_slug_has_seven_characters(orm: TortoiseContext) -> None:
    account = await make_brand()

    link = await make_link(account, await make_creator(account))

    assert (len(link.slug), link.is_readable) == (RANDOM_SLUG_CHARS, False)


async def test_a_chosen_slug_is_stored_in_lower_case(orm: TortoiseContext) -> None:
    account = await make_brand()

    link = await make_link(account, await make_creator(account), slug="Anna-Bio")

    assert (link.slug, link.is_readable) == ("anna-bio", True)


@pytest.mark.feature("R8")
async def test_the_slug_of_an_archived_link_is_never_used_again(orm: TortoiseContext) -> None:
    account = await make_brand()
    creator = await make_creator(account)
    link = await make_link(account, creator, slug="anna")
    await archive_link(account.id, link.id)

    with pytest.raises(TakenError) as refused:
        await make_link(account, creator, slug="ANNA")
    assert refused.value.path == ("slug",)


async def test_of_parallel_calls_for_a_slug_one_gets_it(orm: TortoiseContext) -> None:
    account = await make_brand()
    creator = await make_creator(account)

    answers = await asyncio.gather(
        *(make_link(account, creator, slug="anna") for _ in range(6)), return_exceptions=True
    )

    assert sum(isinstance(answer, Link) for answer in answers) == 1
    assert sum(isinstance(answer, TakenError) for answer in answers) == 5


@pytest.mark.feature("LS5", "LS7", "R8")
async def test_archiving_tells_redirectors_once_and_keeps_its_moment(orm: TortoiseContext, pool: asyncpg.Pool) -> None:
    account = await make_brand()
    link = await make_link(account, await make_creator(account), slug="anna")
    await pool.execute("TRUNCATE change_log")

    first = await archive_link(account.id, link.id)
    again = await archive_link(account.id, link.id)

    assert first.archived_at == again.archived_at
    assert [tuple(row) for row in await pool.fetch("SELECT ref_id, address FROM change_log")] == [
        (link.id, "acme.localhost/anna")
    ]


@pytest.mark.feature("R11")
async def test_the_link_of_another_account_cannot_be_archived(orm: TortoiseContext) -> None:
    mine, theirs = await make_brand("mine"), await make_brand("theirs")
    link = await make_link(theirs, await make_creator(theirs))

    with pytest.raises(NotFoundError):
        await archive_link(mine.id, link.id)
    assert (await Link.get(id=link.id)).archived_at is None


@pytest.mark.parametrize(
    ("changes", "path"),
    [
        ({"destination_url": "javascript:alert(1)"}, ("destinationUrl",)),
        ({"destination_url": "https://acme.localhost/x"}, ("destinationUrl",)),
        ({"destination_url": "https://ACME.localhost:8080/x"}, ("destinationUrl",)),
        ({"slug": "admin"}, ("slug",)),
        ({"slug": "a b"}, ("slug",)),
        ({"label": "x" * 201}, ("label",)),
        ({"tags": ("a\0",)}, ("tags",)),
    ],
)
async def test_a_bad_link_is_refused_by_field(
    orm: TortoiseContext, changes: dict[str, Any], path: tuple[str, ...]
) -> None:
    account = await make_brand()
    given = NewLink((await make_creator(account)).id, "https://brand.example/")

    with pytest.raises(InvalidInputError) as refused:
        await create_link(account.id, given._replace(**changes))
    assert refused.value.path == path
    assert await Link.all().count() == 0


@pytest.mark.feature("TR2")
async def test_links_need_a_verified_domain(orm: TortoiseContext) -> None:
    account = await make_brand()
    await TrackingDomain.all().update(verified_at=None)

    with pytest.raises(InvalidInputError) as refused:
        await make_link(account, await make_creator(account))
    assert refused.value.path == ("domainId",)


async def test_a_repeated_call_creates_one_link(orm: TortoiseContext) -> None:
    account = await make_brand()
    given = NewLink((await make_creator(account)).id, "https://brand.example/")

    links = [await create_link(account.id, given, idempotency_key="k") for _ in range(2)]

    assert links[0].id == links[1].id
    assert await Link.all().count() == 1


@pytest.mark.parametrize("template", ["summer", "{creator} x", "{handle}", ""])
async def test_a_bad_template_is_refused(orm: TortoiseContext, template: str) -> None:
    account = await make_brand()
    campaign = await make_campaign(account)

    with pytest.raises(InvalidInputError) as refused:
        await make_deliverable(account, campaign, slug_template=template)
    assert refused.value.path == ("slugTemplate",)
