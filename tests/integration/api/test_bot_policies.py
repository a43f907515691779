"""Policies on the graph: what holds for an account, a campaign and a link, who set it, and how it is set."""

from typing import Any

import asyncpg
import pytest

from api.ids import encode_id
from tests.brand import join, make_brand, make_campaign, make_creator, make_deliverable
from tests.graph import open_graph
from tests.integration.api.conftest import Tenant
from tests.statements import recorded_statements
from tracking.accounts.models import Account, Scope
from tracking.accounts.service import create_api_key
from tracking.bots.policies.rules import BotMode
from tracking.bots.policies.service import update_bot_policy
from tracking.campaigns.models import Stage
from tracking.changes.rules import ChangeKind
from tracking.links.models import Link
from tracking.settings import Settings

POLICY = """
    botPolicy {
        mode countsPublicSuspects countsContactSuspects botScore suspectScore
        weights { reason points defaultPoints setBy }
        allow { networks userAgentPatterns countries } deny { networks userAgentPatterns countries }
        burstS soonAfterDeliveryS velocityBotClicks velocitySuspectClicks effectiveAt ruleset
        sources {
            mode countsPublicSuspects countsContactSuspects botScore suspectScore allow deny burstS soonAfterDeliveryS
            velocityBotClicks velocitySuspectClicks
        }
    }
"""
READ = f"""
    query ($campaign: ID!, $link: ID!) {{
        viewer {{ account {{ {POLICY} }} }}
        campaign(id: $campaign) {{ {POLICY} }}
        node(id: $link) {{ ... on Link {{ {POLICY} }} }}
    }}
"""
UPDATE = f"""
    mutation ($input: UpdateBotPolicyInput!) {{
        updateBotPolicy(input: $input) {{
            __typename
            ... on UpdateBotPolicySuccess {{ {POLICY} }}
            ... on UserError {{ code path }}
        }}
    }}
"""
HISTORY = """
    query ($id: ID!) { campaign(id: $id) { history { nodes { action changes { field before after } } } } }
"""
NO_LISTS: dict[str, list[str]] = {"networks": [], "userAgentPatterns": [], "countries": []}
SET_FIELDS = {
    "mode": "LABEL",
    "countsPublicSuspects": True,
    "countsContactSuspects": False,
    "botScore": 100,
    "suspectScore": 50,
    "allow": NO_LISTS,
    "deny": NO_LISTS,
    "burstS": 1.0,
    "soonAfterDeliveryS": None,
    "velocityBotClicks": 30,
    "velocitySuspectClicks": 10,
}
EVERYTHING = {
    "mode": "CONFIRM",
    "countsPublicSuspects": False,
    "countsContactSuspects": True,
    "botScore": 120,
    "suspectScore": 60,
    "allow": {"networks": ["203.0.113.0/24"], "userAgentPatterns": ["Foo"], "countries": ["DE"]},
    "deny": {"networks": ["2001:db8::/32"], "userAgentPatterns": ["(?i)bar"], "countries": ["NL"]},
    "burstS": 2.5,
    "soonAfterDeliveryS": 0.0,
    "velocityBotClicks": 60,
    "velocitySuspectClicks": 20,
}


async def update(tenant: Tenant, **given: Any) -> dict[str, Any]:
    answer: dict[str, Any] = (await tenant.ask(UPDATE, input=given))["updateBotPolicy"]
    return answer


async def make_linked_campaign(account: Account) -> tuple[str, str]:
    """The ids of a campaign and of a link in it."""
    campaign = await make_campaign(account)
    await make_deliverable(account, campaign)
    await join(account, campaign, [await make_creator(account)], Stage.ACCEPTED)
    return encode_id("Campaign", campaign.id), encode_id("Link", (await Link.get(campaign_id=campaign.id)).id)


async def read_policies(tenant: Tenant, campaign: str, link: str) -> tuple[dict[str, Any], ...]:
    found = await tenant.ask(READ, campaign=campaign, link=link)
    return tuple(each["botPolicy"] for each in (found["viewer"]["account"], found["campaign"], found["node"]))


def pick(policy: dict[str, Any]) -> dict[str, Any]:
    return {name: policy[name] for name in SET_FIELDS}


@pytest.mark.feature("TR26")
class TestReading:
    async def test_where_nothing_is_set_everything_has_the_default(self, acme: Tenant) -> None:
        policies = await read_policies(acme, *await make_linked_campaign(acme.account))

        assert policies[0] == policies[1] == policies[2]
        assert pick(policies[0]) == SET_FIELDS
        assert policies[0]["effectiveAt"] is None
        assert set(policies[0]["sources"].values()) == {"DEFAULT"}
        weights = {each["reason"]: each for each in policies[0]["weights"]}
        assert all(each["points"] == each["defaultPoints"] and each["setBy"] == "DEFAULT" for each in weights.values())
        assert weights["HOSTING_NETWORK"]["points"] == 50
        assert {"METHOD_HEAD", "PREFETCH_HEADER", "MANUAL", "DENIED_BY_POLICY", "TEST"}.isdisjoint(weights)

    async def test_the_narrowest_scope_decides_and_says_that_it_does(self, acme: Tenant) -> None:
        campaign, link = await make_linked_campaign(acme.account)
        await update(acme, mode="OFF", burstS=2.0, weights=[{"reason": "ODD_ACCEPT", "points": 0}])
        await update(acme, campaignId=campaign, mode="CONFIRM", weights=[{"reason": "HEADLESS", "points": 50}])
        await update(acme, linkId=link, mode="LABEL")

        policies = await read_policies(acme, campaign, link)

        found = [
            (each["mode"], each["sources"]["mode"], each["burstS"], each["sources"]["burstS"]) for each in policies
        ]
        assert found == [
            ("OFF", "ACCOUNT", 2.0, "ACCOUNT"),
            ("CONFIRM", "CAMPAIGN", 2.0, "ACCOUNT"),
            ("LABEL", "LINK", 2.0, "ACCOUNT"),
        ]
        own = [{w["reason"]: (w["points"], w["setBy"]) for w in each["weights"]} for each in policies]
        assert [each["ODD_ACCEPT"] for each in own] == [(0, "ACCOUNT")] * 3
        assert [each["HEADLESS"] for each in own] == [(100, "DEFAULT"), (50, "CAMPAIGN"), (50, "CAMPAIGN")]
        assert policies[0]["effectiveAt"] < policies[1]["effectiveAt"] < policies[2]["effectiveAt"]


@pytest.mark.feature("TR26")
class TestSetting:
    async def test_every_field_is_set_and_answered(self, acme: Tenant, pool: asyncpg.Pool) -> None:
        answer = await update(acme, **EVERYTHING)

        assert pick(answer["botPolicy"]) == EVERYTHING
        assert set(answer["botPolicy"]["sources"].values()) == {"ACCOUNT"}
        assert (await acme.ask(f"{{ viewer {{ account {{ {POLICY} }} }} }}"))["viewer"]["account"] == {
            "botPolicy": answer["botPolicy"]
        }
        assert [row["kind"] for row in await pool.fetch("SELECT kind FROM change_log")] == [ChangeKind.ACCOUNT]

    async def test_what_is_left_out_stays_and_null_leaves_it_to_the_wider_scope(self, acme: Tenant) -> None:
        campaign, link = await make_linked_campaign(acme.account)
        await update(acme, burstS=3.0)
        await update(acme, linkId=link, **EVERYTHING)

        answer = await update(acme, linkId=link, burstS=None, allow=None)

        kept = {**EVERYTHING, "burstS": 3.0, "allow": NO_LISTS}
        assert pick(answer["botPolicy"]) == kept
        assert (answer["botPolicy"]["sources"]["burstS"], answer["botPolicy"]["sources"]["allow"]) == (
            "ACCOUNT",
            "DEFAULT",
        )
        assert (await read_policies(acme, campaign, link))[1]["mode"] == "LABEL"

    @pytest.mark.parametrize(
        ("given", "path"),
        [
            ({"deny": {"networks": ["203.0.113.7"]}}, ["deny", "networks", "0"]),
            ({"allow": {"userAgentPatterns": ["ok", "("]}}, ["allow", "userAgentPatterns", "1"]),
            ({"weights": [{"reason": "TEST", "points": 0}]}, ["weights", "0", "reason"]),
            ({"botScore": 50}, ["suspectScore"]),
            ({"velocityBotClicks": 5, "velocitySuspectClicks": 6}, ["velocitySuspectClicks"]),
        ],
    )
    async def test_what_is_wrong_is_data_and_changes_nothing(
        self, acme: Tenant, given: dict[str, Any], path: list[str]
    ) -> None:
        answer = await update(acme, mode="OFF", **given)

        assert answer == {"__typename": "InvalidInput", "code": "INVALID_INPUT", "path": path}
        account = (await acme.ask(f"{{ viewer {{ account {{ {POLICY} }} }} }}"))["viewer"]["account"]
        assert pick(account["botPolicy"]) == SET_FIELDS

    async def test_a_campaign_s_history_tells_who_changed_what(self, acme: Tenant) -> None:
        campaign, _ = await make_linked_campaign(acme.account)
        answer = await update(acme, campaignId=campaign, mode="OFF", deny={"countries": ["nl"]})

        entry = (await acme.ask(HISTORY, id=campaign))["campaign"]["history"]["nodes"][0]

        effective_at = entry["changes"].pop(1)["after"]
        assert effective_at.replace("+00:00", "Z")[:23] == answer["botPolicy"]["effectiveAt"][:23]
        assert entry == {
            "action": "BOT_POLICY_UPDATED",
            "changes": [
                {"field": "botPolicy.deny", "before": None, "after": '{"countries": ["NL"]}'},
                {"field": "botPolicy.mode", "before": None, "after": "OFF"},
            ],
        }

    @pytest.mark.feature("R11")
    async def test_another_account_s_link_is_unknown_and_its_policies_are_its_own(
        self, acme: Tenant, other: Tenant
    ) -> None:
        campaign, link = await make_linked_campaign(acme.account)
        await update(acme, mode="OFF")

        for given, path in (({"campaignId": campaign}, "campaignId"), ({"linkId": link}, "linkId")):
            answer = await update(other, mode="CONFIRM", **given)
            assert answer == {"__typename": "NotFound", "code": "NOT_FOUND", "path": [path]}

        assert [each["mode"] for each in await read_policies(acme, campaign, link)] == ["OFF"] * 3
        of_other = (await other.ask(f"{{ viewer {{ account {{ {POLICY} }} }} }}"))["viewer"]["account"]
        assert of_other["botPolicy"]["mode"] == "LABEL"


@pytest.mark.feature("R12")
@pytest.mark.usefixtures("answered_once")
async def test_policies_of_many_links_and_campaigns_cost_as_many_statements_as_of_few(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    query = f"{{ campaigns {{ nodes {{ {POLICY} links {{ nodes {{ {POLICY} }} }} }} }} }}"
    costs: list[list[str]] = []
    with recorded_statements(monkeypatch) as statements:
        async with open_graph(settings) as graph:
            for slug, count in (("few", 1), ("many", 4)):
                account = await make_brand(slug)
                for _ in range(count):
                    await make_linked_campaign(account)
                for link in await Link.filter(account=account):
                    await update_bot_policy(account.id, {"mode": BotMode.OFF}, link_id=link.id)
                key = (await create_api_key(account.id, "test", [Scope.READ])).token
                await graph.ask("{ viewer { expiresAt } }", api_key=key)  # from now on the key's use is noted
                statements.clear()
                answer = await graph.ask(query, api_key=key)
                costs.append(sorted(statements))
                assert str(answer).count("'mode': 'OFF'") == count

    assert len(costs[0]) == len(costs[1])
