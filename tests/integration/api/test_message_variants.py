"""Variants of an A/B test and creatives side by side, and what may be said of them."""

from typing import Any

import asyncpg
import pytest

from api.ids import encode_id
from tests.brand import make_campaign
from tests.integration.api.conftest import Tenant
from tests.messaging import write_message
from tracking.contacts.models import Contact
from tracking.creatives.models import Creative
from tracking.domains.models import TrackingDomain
from tracking.messages.models import Message
from tracking.reports.buckets import TOTAL_BUCKET
from tracking.reports.scopes import Grain, Scope

COMPARE = """
    query ($test: MessageTestInput!) {
        messageVariants(test: $test) {
            variants {
                variant sent messages { id } metrics { totalClicks uniqueClicks }
                clickRate { value low high numerator denominator } totalClickRate { value } conversionRate { value }
            }
            differences {
                first second difference low high pValue adjustedPValue isSignificant moreRecipientsNeeded statement
            }
            winner statement
        }
    }
"""
RANK = """
    {
        creativeRanking {
            creatives { creative { name } sent clickRate { value } rank rankLow rankHigh }
            topPerformer { name }
        }
    }
"""
_ADD_COUNTS = """
    INSERT INTO rollup (account_id, scope, first_key, second_key, grain, bucket, human_clicks, counted_clicks,
        unique_clicks, unique_by_contact, bot_clicks)
    VALUES ($1, $2, $3, 0, $4, $5, $6, $6, $6, $6, $7)
"""
_DELIVER = """
    INSERT INTO delivery (account_id, message_id, contact_id, status, at)
    SELECT $1, $2, number, 'SENT', now() FROM generate_series(1, $3::int) AS number
"""


async def write_tested(
    pool: asyncpg.Pool, tenant: Tenant, variant: str, *, clicked: int, sent: int, bots: int = 0, **columns: Any
) -> int:
    """A message whose counts and deliveries are these."""
    message_id = await write_message(pool, tenant.account.id)
    domain = await TrackingDomain.get(account_id=tenant.account.id)
    await Message.filter(id=message_id).update(variant=variant, name="Spring", domain_id=domain.id, **columns)
    key = columns.get("creative_id")
    for scope, first_key in ((Scope.MESSAGE, message_id), *(((Scope.CREATIVE, key),) if key else ())):
        given = (tenant.account.id, scope, first_key, Grain.TOTAL, TOTAL_BUCKET, clicked, bots)
        await pool.execute(_ADD_COUNTS, *given)
    await pool.execute(_DELIVER, tenant.account.id, message_id, sent)
    return message_id


async def compare(tenant: Tenant, **test: Any) -> dict[str, Any]:
    found: dict[str, Any] = (await tenant.ask(COMPARE, test=test))["messageVariants"]
    return found


@pytest.mark.feature("TR18")
class TestVariants:
    async def test_what_differs_beyond_chance_is_said_in_words(self, acme: Tenant, pool: asyncpg.Pool) -> None:
        ids = [
            await write_tested(pool, acme, "A", clicked=41, sent=1_000, bots=500),
            await write_tested(pool, acme, "B", clicked=70, sent=1_000),
        ]
        told = await compare(acme, messageIds=[encode_id("Message", each) for each in ids])

        assert [(each["variant"], int(each["sent"]), each["clickRate"]["value"]) for each in told["variants"]] == [
            ("A", 1_000, 0.041),
            ("B", 1_000, 0.07),
        ]
        assert told["variants"][0]["totalClickRate"]["value"] == 0.541  # its bots are in here, and move nothing else
        [difference] = told["differences"]
        assert difference["difference"] == pytest.approx(0.029)
        assert difference["low"] > 0
        assert difference["pValue"] == difference["adjustedPValue"] == pytest.approx(0.00461, abs=1e-4)
        assert difference["moreRecipientsNeeded"] is None
        assert told["winner"] == "B"
        assert told["statement"] == "B is better than A: 7.0 % against 4.1 % clicked, p = 0.005."

    async def test_what_may_be_chance_is_no_winner(self, acme: Tenant, pool: asyncpg.Pool) -> None:
        """The control: the same shares of a tenth of the recipients."""
        for variant, clicked in (("A", 4), ("B", 7)):
            await write_tested(pool, acme, variant, clicked=clicked, sent=100)

        told = await compare(acme, name="Spring")

        assert told["winner"] is None
        [difference] = told["differences"]
        assert difference["isSignificant"] is False
        more = int(difference["moreRecipientsNeeded"])
        assert 700 < more < 1_000
        assert told["statement"] == (
            f"No difference between A and B can be told yet: 4.0 % against 7.0 % clicked, p ="
            f" {difference['adjustedPValue']:.3f}. If it is as large as it looks, about {more:,} more recipients of"
            " each would show."
        )

    async def test_messages_of_one_variant_are_taken_together_and_without_one_left_out(
        self, acme: Tenant, pool: asyncpg.Pool
    ) -> None:
        campaign = await make_campaign(acme.account)
        for variant, clicked in (("A", 10), ("A", 20), ("B", 30), ("", 99)):
            await write_tested(pool, acme, variant, clicked=clicked, sent=200, campaign_id=campaign.id)
        await write_tested(pool, acme, "A", clicked=50, sent=200)

        told = await compare(acme, campaignId=encode_id("Campaign", campaign.id))

        found = [(each["variant"], len(each["messages"]), each["clickRate"]["value"]) for each in told["variants"]]
        assert found == [("A", 2, 0.075), ("B", 1, 0.15)]

    async def test_of_three_each_pair_is_held_against_all(self, acme: Tenant, pool: asyncpg.Pool) -> None:
        for variant, clicked in (("A", 41), ("B", 90), ("C", 42)):
            await write_tested(pool, acme, variant, clicked=clicked, sent=1_000)

        told = await compare(acme, name="Spring")

        found = [(each["first"], each["second"], each["isSignificant"]) for each in told["differences"]]
        assert found == [("A", "B", True), ("A", "C", False), ("B", "C", True)]
        assert (told["winner"], told["statement"]) == ("B", "B is better than all others.")
        assert told["differences"][0]["adjustedPValue"] == pytest.approx(3 * told["differences"][0]["pValue"])

    async def test_what_cannot_be_compared_says_why(self, acme: Tenant, pool: asyncpg.Pool) -> None:
        assert (await compare(acme, name="Spring"))["statement"].startswith("There is nothing to compare")
        await write_tested(pool, acme, "A", clicked=10, sent=100)
        await write_tested(pool, acme, "B", clicked=10, sent=0)

        told = await compare(acme, name="Spring")

        assert (told["winner"], told["differences"], told["variants"][1]["sent"]) == (None, [], None)
        assert told["statement"] == "No winner can be told: of B it is not known to how many it was sent."

    async def test_a_test_must_be_named(self, acme: Tenant) -> None:
        assert await acme.refuse(COMPARE, test={}) == "BAD_USER_INPUT"


@pytest.mark.feature("TR20")
class TestCreatives:
    async def write(self, pool: asyncpg.Pool, tenant: Tenant, name: str, clicked: int, sent: int) -> None:
        creative = await Creative.create(account_id=tenant.account.id, name=name)
        await write_tested(pool, tenant, "", clicked=clicked, sent=sent, creative_id=creative.id)

    async def test_the_best_is_who_stands_apart(self, acme: Tenant, pool: asyncpg.Pool) -> None:
        await self.write(pool, acme, "Blue", 100, 1_000)
        await self.write(pool, acme, "Red", 200, 1_000)
        await self.write(pool, acme, "Few", 9, 10)

        told = (await acme.ask(RANK))["creativeRanking"]

        assert [(each["creative"]["name"], each["rank"], each["rankLow"]) for each in told["creatives"]] == [
            ("Red", 1, 1),
            ("Blue", 2, 2),
            ("Few", None, None),
        ]
        assert told["topPerformer"] == {"name": "Red"}

    async def test_nobody_is_best_by_chance(self, acme: Tenant, pool: asyncpg.Pool) -> None:
        await self.write(pool, acme, "Blue", 100, 1_000)
        await self.write(pool, acme, "Red", 105, 1_000)

        told = (await acme.ask(RANK))["creativeRanking"]

        found = [(each["creative"]["name"], each["rankLow"], each["rankHigh"]) for each in told["creatives"]]
        assert found == [("Red", 1, 2), ("Blue", 1, 2)]
        assert told["topPerformer"] is None

    async def test_a_creative_of_another_account_is_not_compared(
        self, acme: Tenant, other: Tenant, pool: asyncpg.Pool
    ) -> None:
        await self.write(pool, other, "Theirs", 100, 1_000)
        assert await Contact.all().count() == 0

        assert (await acme.ask(RANK))["creativeRanking"] == {"creatives": [], "topPerformer": None}
