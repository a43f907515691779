import datetime as dt
import json
from typing import Any

import asyncpg
import pytest
from tortoise.context import TortoiseContext

from tests.brand import make_brand, make_campaign, make_creator, make_link
from tracking.accounts.models import Account
from tracking.campaigns.models import Campaign, CampaignStatus, EndBehaviour
from tracking.campaigns.rules import CampaignFields
from tracking.campaigns.service import archive_campaign, create_campaign, update_campaign
from tracking.changes.rules import ChangeKind
from tracking.clock import utc_now
from tracking.domains.models import TrackingDomain
from tracking.errors import DomainError, InvalidInputError, NotFoundError, TakenError
from tracking.links.models import Link, LinkKind, SystemLinkKind

JOIN = "https://brand.example/join"
OPT_IN = "https://brand.example/opt-in"


async def add_domain(account: Account, host: str, *, is_verified: bool = True) -> TrackingDomain:
    verified_at = utc_now() if is_verified else None
    return await TrackingDomain.create(account_id=account.id, host=host, verified_at=verified_at)


@pytest.mark.usefixtures("orm")
class TestSystemLinks:
    @pytest.mark.feature("IM1", "IM4")
    async def test_they_are_there_when_their_addresses_are(self) -> None:
        account = await make_brand()

        campaign = await create_campaign(account.id, CampaignFields("Summer", join_url=JOIN, opt_in_url=OPT_IN))

        links = await Link.all().order_by("id")
        assert [(link.kind, link.system_kind, link.destination_url, link.campaign_id) for link in links] == [
            (LinkKind.SYSTEM, SystemLinkKind.CAMPAIGN_JOIN, JOIN, campaign.id),
            (LinkKind.SYSTEM, SystemLinkKind.OPT_IN, OPT_IN, campaign.id),
        ]

    @pytest.mark.feature("IM4")
    async def test_another_address_keeps_the_link_and_none_archives_it(self) -> None:
        account = await make_brand()
        campaign = await create_campaign(account.id, CampaignFields("Summer", join_url=JOIN))
        [link] = await Link.all()

        await update_campaign(account.id, campaign.id, {"join_url": "https://brand.example/new"})
        [moved] = await Link.all()
        await update_campaign(account.id, campaign.id, {"join_url": None})
        [gone] = await Link.all()
        await update_campaign(account.id, campaign.id, {"join_url": JOIN})

        assert (moved.id, moved.slug, moved.destination_url) == (link.id, link.slug, "https://brand.example/new")
        assert gone.archived_at is not None
        assert await Link.filter(archived_at=None).count() == 1
        assert await Link.all().count() == 2

    async def test_a_repeat_with_its_key_makes_no_second_link(self) -> None:
        account = await make_brand()
        fields = CampaignFields("Summer", join_url=JOIN)

        for _ in range(2):
            await create_campaign(account.id, fields, idempotency_key="k1")

        assert (await Campaign.all().count(), await Link.all().count()) == (1, 1)

    async def test_they_live_on_the_campaigns_domain(self) -> None:
        account = await make_brand()
        domain = await add_domain(account, "go.brand.example")

        await create_campaign(account.id, CampaignFields("Summer", join_url=JOIN, domain_id=domain.id))

        assert (await Link.get()).domain_id == domain.id


@pytest.mark.usefixtures("orm")
class TestWhatIsRefused:
    @pytest.mark.parametrize(
        ("given", "path"),
        [
            ({"end_behaviour": EndBehaviour.FALLBACK}, ("fallbackUrl",)),
            ({"end_behaviour": EndBehaviour.FALLBACK, "fallback_url": "javascript:alert(1)"}, ("fallbackUrl",)),
            ({"join_url": "ftp://brand.example"}, ("joinUrl",)),
            ({"opt_in_url": "http://acme.localhost/loop"}, ("optInUrl",)),
            ({"external_id": " "}, ("externalId",)),
            ({"starts_at": dt.datetime(2026, 5, 1)}, ("startsAt",)),  # noqa: DTZ001 -- what is refused
            ({"domain_id": 10**15}, ("domainId",)),
        ],
    )
    async def test_it_is_named_and_changes_nothing(self, given: dict[str, Any], path: tuple[str, ...]) -> None:
        account = await make_brand()
        campaign = await make_campaign(account)

        for attempt in (
            create_campaign(account.id, CampaignFields("Winter", **given)),
            update_campaign(account.id, campaign.id, {"name": "Winter", **given}),
        ):
            with pytest.raises(DomainError) as refused:
                await attempt
            assert refused.value.path == path
        assert [each.name for each in await Campaign.all()] == ["Summer"]
        assert await Link.all().count() == 0

    async def test_an_external_id_is_one_campaigns(self) -> None:
        account, other = await make_brand(), await make_brand("other")
        campaign = await make_campaign(account)
        await create_campaign(account.id, CampaignFields("Winter", external_id="c1"))
        await create_campaign(other.id, CampaignFields("Theirs", external_id="c1"))

        for attempt in (
            create_campaign(account.id, CampaignFields("Spring", external_id="c1")),
            update_campaign(account.id, campaign.id, {"external_id": "c1"}),
        ):
            with pytest.raises(TakenError) as refused:
                await attempt
            assert refused.value.path == ("externalId",)

    @pytest.mark.feature("TR2")
    async def test_only_an_own_and_verified_domain_can_be_chosen(self) -> None:
        account, other = await make_brand(), await make_brand("other")
        campaign = await make_campaign(account)
        unverified = await add_domain(account, "new.brand.example", is_verified=False)
        foreign = await add_domain(other, "go.other.example")

        with pytest.raises(InvalidInputError):
            await update_campaign(account.id, campaign.id, {"domain_id": unverified.id})
        with pytest.raises(NotFoundError):
            await update_campaign(account.id, campaign.id, {"domain_id": foreign.id})

        assert (await Campaign.get(id=campaign.id)).domain_id is None

    @pytest.mark.feature("R11")
    async def test_the_campaign_of_another_account_is_unknown(self) -> None:
        account, other = await make_brand(), await make_brand("other")
        campaign = await make_campaign(account)

        for attempt in (update_campaign(other.id, campaign.id, {"name": "x"}), archive_campaign(other.id, campaign.id)):
            with pytest.raises(NotFoundError):
                await attempt

        stored = await Campaign.get(id=campaign.id)
        assert (stored.name, stored.status) == ("Summer", CampaignStatus.DRAFT)


async def test_an_archived_campaign_keeps_its_links_and_can_come_back(orm: TortoiseContext) -> None:
    account = await make_brand()
    await make_link(account, await make_creator(account))
    campaign = await create_campaign(account.id, CampaignFields("Summer", join_url=JOIN))

    archived = await archive_campaign(account.id, campaign.id)
    assert archived.status is CampaignStatus.ARCHIVED
    assert await Link.filter(archived_at=None).count() == 2

    back = await update_campaign(account.id, campaign.id, {"status": CampaignStatus.ACTIVE})
    assert back.status is CampaignStatus.ACTIVE


async def test_history_tells_what_changed_and_redirectors_hear_of_it(orm: TortoiseContext, pool: asyncpg.Pool) -> None:
    account = await make_brand()
    domain = await add_domain(account, "go.brand.example")
    campaign = await make_campaign(account)
    ends_at = dt.datetime(2026, 6, 1, tzinfo=dt.UTC)
    fallback = {"end_behaviour": EndBehaviour.FALLBACK, "fallback_url": JOIN, "ends_at": ends_at}

    await update_campaign(account.id, campaign.id, {**fallback, "domain_id": domain.id})
    await update_campaign(account.id, campaign.id, fallback)
    await archive_campaign(account.id, campaign.id)

    rows = await pool.fetch(
        "SELECT action, before, after FROM history_entry WHERE subject_type = 'Campaign' ORDER BY id"
    )
    assert [row["action"] for row in rows] == ["CREATED", "UPDATED", "ARCHIVED"]
    assert json.loads(rows[1]["after"]) == {
        "endsAt": "2026-06-01T00:00:00+00:00",
        "endBehaviour": "FALLBACK",
        "fallbackUrl": JOIN,
        "domain": "go.brand.example",
    }
    assert json.loads(rows[2]["before"]) == {"status": "DRAFT"}
    changes = await pool.fetch("SELECT kind, ref_id FROM change_log")
    assert {tuple(row) for row in changes} == {(ChangeKind.CAMPAIGN, campaign.id)}
