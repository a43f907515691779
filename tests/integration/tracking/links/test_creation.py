import json
from typing import Any

import asyncpg
import pytest
from tortoise.context import TortoiseContext

from tests.brand import make_brand, make_campaign, make_creator, make_link
from tracking.accounts.models import Account, User
from tracking.domains.models import TrackingDomain
from tracking.errors import DomainError, IdempotencyConflictError, InvalidInputError, NotFoundError, TakenError
from tracking.events.outbox import EventKind
from tracking.links.creation import MAX_LINKS_A_CALL, NewLink, create_link, create_links
from tracking.links.models import Link, LinkKind, QueryPolicy
from tracking.links.utm import Utm

SHOP = "https://brand.example/shop"


async def try_links(account: Account, *given: NewLink, key: str | None = None) -> list[DomainError | None]:
    return [outcome.error for outcome in await create_links(account.id, given, idempotency_key=key)]


@pytest.mark.usefixtures("orm")
class TestOneLink:
    @pytest.mark.feature("IM7", "IM1")
    async def test_a_custom_link_leads_anywhere_and_goes_by_its_label(self) -> None:
        account = await make_brand()

        link = await create_link(account.id, NewLink(None, "https://elsewhere.example/a?b=1#c", label=" Flyer "))

        assert (link.kind, link.label, link.creator_id) == (LinkKind.CUSTOM, "Flyer", None)
        assert link.destination_url == "https://elsewhere.example/a?b=1#c"

    @pytest.mark.feature("IM7")
    async def test_a_custom_link_without_a_label_is_refused(self) -> None:
        account = await make_brand()

        with pytest.raises(InvalidInputError) as refused:
            await create_link(account.id, NewLink(None, SHOP))

        assert refused.value.path == ("label",)

    @pytest.mark.feature("LS13", "LO9", "CU1")
    async def test_links_of_one_creator_differ_by_label_and_utm_only(self) -> None:
        account = await make_brand()
        creator = await make_creator(account)

        links = [
            await create_link(account.id, NewLink(creator.id, SHOP, label=medium, utm=Utm(medium=medium)))
            for medium in ("tiktok", "instagram")
        ]

        assert [link.destination_url for link in links] == [f"{SHOP}?utm_medium=tiktok", f"{SHOP}?utm_medium=instagram"]
        assert links[0].slug != links[1].slug

    async def test_everything_that_is_said_of_it_is_kept(self, pool: asyncpg.Pool) -> None:
        account = await make_brand()
        user = await User.create(account_id=account.id, name="Sam")
        campaign = await make_campaign(account)
        given = NewLink(
            None,
            SHOP,
            campaign_id=campaign.id,
            label="Flyer",
            tags=("print", "print", "paper"),
            sharer_id=user.id,
            query_policy=QueryPolicy.APPEND,
            is_test=True,
        )

        link = await create_link(account.id, given)

        assert (link.campaign_id, link.sharer_id, link.query_policy, link.is_test, link.tags) == (
            campaign.id,
            user.id,
            QueryPolicy.APPEND,
            True,
            ["print", "paper"],
        )
        noted = await pool.fetchrow("SELECT action, after FROM history_entry WHERE subject_type = 'Link'")
        assert (noted["action"], json.loads(noted["after"])) == (
            "CREATED",
            {"kind": "CUSTOM", "destinationUrl": SHOP, "label": "Flyer", "tags": ["print", "paper"]},
        )
        told = await pool.fetchrow("SELECT account_id, kind, ids, entity_ids FROM event_outbox")
        assert tuple(told) == (account.id, EventKind.LINK_CREATED, [], [link.id])

    @pytest.mark.parametrize(
        ("name", "path"),
        [
            ("creator_id", "creatorId"),
            ("campaign_id", "campaignId"),
            ("sharer_id", "sharerId"),
            ("domain_id", "domainId"),
        ],
    )
    @pytest.mark.feature("R11")
    async def test_what_another_account_has_is_unknown(self, name: str, path: str) -> None:
        own, other = await make_brand(), await make_brand("other")
        foreign = {
            "creator_id": (await make_creator(other)).id,
            "campaign_id": (await make_campaign(other)).id,
            "sharer_id": (await User.create(account_id=other.id, name="Sam")).id,
            "domain_id": (await TrackingDomain.get(account_id=other.id)).id,
        }

        flyer: dict[str, Any] = {"destination_url": SHOP, "label": "Flyer"}
        for key in (foreign[name], 10**15):
            with pytest.raises(NotFoundError) as refused:
                await create_link(own.id, NewLink(**{"creator_id": None, **flyer, name: key}))
            assert refused.value.path == (path,)

        assert await Link.all().count() == 0

    async def test_a_bad_utm_value_is_named(self) -> None:
        account = await make_brand()

        with pytest.raises(InvalidInputError) as refused:
            await create_link(account.id, NewLink(None, SHOP, label="Flyer", utm=Utm(medium="\0")))

        assert refused.value.path == ("utm", "medium")


@pytest.mark.usefixtures("orm")
class TestManyLinks:
    @pytest.mark.feature("CU11")
    async def test_what_can_be_made_is_made_and_the_rest_says_why_not(self) -> None:
        account = await make_brand()
        creator = await make_creator(account)
        await make_link(account, creator, slug="taken")

        errors = await try_links(
            account,
            NewLink(creator.id, SHOP, label="Bio"),
            NewLink(None, SHOP),
            NewLink(creator.id, SHOP, slug="Taken"),
            NewLink(10**15, SHOP),
            NewLink(None, SHOP, label="Flyer", slug="flyer"),
            NewLink(None, SHOP, label="Flyer", slug="flyer"),
        )

        assert [(type(error), error.path) if error else None for error in errors] == [
            None,
            (InvalidInputError, ("links", "1", "label")),
            (TakenError, ("links", "2", "slug")),
            (NotFoundError, ("links", "3", "creatorId")),
            None,
            (TakenError, ("links", "5", "slug")),
        ]
        assert sorted(await Link.all().values_list("label", "kind")) == [
            ("", LinkKind.CREATOR),
            ("Bio", LinkKind.CREATOR),
            ("Flyer", LinkKind.CUSTOM),
        ]

    @pytest.mark.feature("CU11")
    async def test_a_repeat_with_the_same_key_answers_the_same_and_makes_nothing(self) -> None:
        account = await make_brand()
        given = [NewLink(None, SHOP, label="Flyer"), NewLink(None, "nowhere", label="Flyer")]

        first, second = [await create_links(account.id, given, idempotency_key="k") for _ in range(2)]

        assert [outcome.link_id for outcome in first] == [outcome.link_id for outcome in second]
        assert [str(outcome.error) for outcome in first] == [str(outcome.error) for outcome in second]
        assert await Link.all().count() == 1
        with pytest.raises(IdempotencyConflictError):
            await create_links(account.id, given[:1], idempotency_key="k")

    @pytest.mark.feature("CU11", "CU2")
    async def test_a_thousand_are_made_in_one_call_each_with_a_slug_of_its_own(self, pool: asyncpg.Pool) -> None:
        account = await make_brand()
        creator = await make_creator(account)

        errors = await try_links(account, *[NewLink(creator.id, SHOP)] * MAX_LINKS_A_CALL)

        assert errors == [None] * MAX_LINKS_A_CALL
        assert await pool.fetchval("SELECT count(DISTINCT slug) FROM link") == MAX_LINKS_A_CALL
        assert await pool.fetchval("SELECT count(DISTINCT address) FROM change_log") == MAX_LINKS_A_CALL

    @pytest.mark.parametrize("count", [0, MAX_LINKS_A_CALL + 1])
    async def test_a_call_has_1_to_1000_links(self, count: int) -> None:
        account = await make_brand()

        with pytest.raises(InvalidInputError) as refused:
            await create_links(account.id, [NewLink(None, SHOP, label="Flyer")] * count)

        assert refused.value.path == ("links",)


@pytest.mark.feature("TR2")
async def test_a_link_lives_on_the_domain_asked_for_else_on_its_campaigns(orm: TortoiseContext) -> None:
    account = await make_brand()
    default = await TrackingDomain.get()
    hosts = ("one.example", "two.example")
    one, two = [
        await TrackingDomain.create(account_id=account.id, host=host, verified_at=default.verified_at) for host in hosts
    ]
    campaign = await make_campaign(account)
    campaign.domain_id = one.id
    await campaign.save()
    given = NewLink(None, SHOP, label="Flyer")
    choices = [
        given,
        given._replace(campaign_id=campaign.id),
        given._replace(campaign_id=campaign.id, domain_id=two.id),
    ]

    links = [await create_link(account.id, each) for each in choices]

    assert [link.domain_id for link in links] == [default.id, one.id, two.id]
