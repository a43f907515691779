"""Postback secrets and signing keys on the graph: who may make them, and that they are told once."""

from typing import Any

import asyncpg
import pytest

from tests.graph import Graph
from tests.integration.api.conftest import Tenant
from tracking.accounts.models import Scope
from tracking.accounts.service import create_api_key
from tracking.offers.credentials import find_offer_secret, find_signing_key
from tracking.offers.models import Offer, SigningKey
from tracking.settings import Settings

SECRET = "id prefix lastUsedAt revokedAt history { nodes { action actor { apiKeyName } } }"
CREATE_SECRET = f"""
    mutation ($input: CreatePostbackSecretInput!) {{ createPostbackSecret(input: $input) {{
        ... on CreatePostbackSecretSuccess {{ secret postbackSecret {{ {SECRET} }} }} ... on UserError {{ code path }}
    }} }}
"""
REVOKE_SECRET = f"""
    mutation ($id: ID!) {{ revokePostbackSecret(input: {{ id: $id }}) {{
        ... on RevokePostbackSecretSuccess {{ postbackSecret {{ {SECRET} }} }} ... on UserError {{ code path }}
    }} }}
"""
KEY = "id keyName revokedAt history { nodes { action } }"
CREATE_KEY = f"""
    mutation ($input: CreateSigningKeyInput!) {{ createSigningKey(input: $input) {{
        ... on CreateSigningKeySuccess {{ secret signingKey {{ {KEY} }} }} ... on UserError {{ code path message }}
    }} }}
"""
REVOKE_KEY = f"""
    mutation ($id: ID!) {{ revokeSigningKey(input: {{ id: $id }}) {{
        ... on RevokeSigningKeySuccess {{ signingKey {{ {KEY} }} }} ... on UserError {{ code path }}
    }} }}
"""
OFFERS = "{ offers { nodes { id postbackSecrets { prefix } } } }"
KEYS = "{ signingKeys { nodes { keyName revokedAt } } }"
NODE = "query ($id: ID!) { node(id: $id) { __typename } }"


@pytest.fixture
async def offer(acme: Tenant) -> Offer:
    return await Offer.create(account=acme.account, name="Shoes", destination_url="https://brand.example/")


async def change(tenant: Tenant, mutation: str, **variables: Any) -> dict[str, Any]:
    [answer] = (await tenant.ask(mutation, **variables)).values()
    return dict(answer)


async def find_offer_id(tenant: Tenant) -> str:
    [found] = (await tenant.ask(OFFERS))["offers"]["nodes"]
    offer_id: str = found["id"]
    return offer_id


async def list_prefixes(tenant: Tenant) -> list[str]:
    [found] = (await tenant.ask(OFFERS))["offers"]["nodes"]
    return [each["prefix"] for each in found["postbackSecrets"]]


@pytest.mark.feature("TR14")
class TestPostbackSecrets:
    async def test_one_is_shown_once_and_works_until_it_is_revoked(
        self, graph: Graph, acme: Tenant, offer: Offer, pool: asyncpg.Pool
    ) -> None:
        wanted = {"offerId": await find_offer_id(acme), "idempotencyKey": "k"}
        made = await change(acme, CREATE_SECRET, input=wanted)
        again = await change(acme, CREATE_SECRET, input=wanted)
        listed = (await graph.post(OFFERS, api_key=acme.key)).text

        assert made["secret"].startswith(f"ct_post_{made['postbackSecret']['prefix']}_")
        assert again == {**made, "secret": None}
        assert made["postbackSecret"]["prefix"] in listed
        assert made["secret"].rpartition("_")[2] not in listed
        assert await find_offer_secret(pool, acme.account.id, offer.id, made["secret"]) is not None

        revoked = await change(acme, REVOKE_SECRET, id=made["postbackSecret"]["id"])

        assert revoked["postbackSecret"]["revokedAt"] is not None
        assert revoked["postbackSecret"]["lastUsedAt"] is not None
        assert [entry["action"] for entry in revoked["postbackSecret"]["history"]["nodes"]] == ["REVOKED", "CREATED"]
        assert await find_offer_secret(pool, acme.account.id, offer.id, made["secret"]) is None
        assert await list_prefixes(acme) == []

    @pytest.mark.usefixtures("offer")
    async def test_the_third_is_refused(self, acme: Tenant) -> None:
        offer_id = await find_offer_id(acme)
        answers = [await change(acme, CREATE_SECRET, input={"offerId": offer_id}) for _ in range(3)]

        assert (answers[2]["code"], answers[2]["path"]) == ("INVALID_INPUT", ["offerId"])
        assert await list_prefixes(acme) == [answer["postbackSecret"]["prefix"] for answer in answers[:2]]

    @pytest.mark.usefixtures("offer")
    async def test_each_offer_of_a_list_has_its_own(self, acme: Tenant) -> None:
        await change(acme, CREATE_SECRET, input={"offerId": await find_offer_id(acme)})
        await Offer.create(account=acme.account, name="Boots", destination_url="https://brand.example/")

        listed = (await acme.ask(OFFERS))["offers"]["nodes"]

        assert [len(each["postbackSecrets"]) for each in listed] == [0, 1]


class TestSigningKeys:
    async def test_one_is_shown_once_and_signs_until_it_is_revoked(
        self, graph: Graph, acme: Tenant, pool: asyncpg.Pool, settings: Settings
    ) -> None:
        made = await change(acme, CREATE_KEY, input={"idempotencyKey": "k"})
        again = await change(acme, CREATE_KEY, input={"idempotencyKey": "k"})
        listed = (await graph.post(KEYS, api_key=acme.key)).text
        name = made["signingKey"]["keyName"]

        assert made["secret"].startswith(f"ct_sign_{name}_")
        assert again == {**made, "secret": None}
        assert name in listed
        assert made["secret"].rpartition("_")[2] not in listed
        assert await find_signing_key(pool, acme.account.id, name, settings.secrets_keys) == made["secret"].encode()

        revoked = await change(acme, REVOKE_KEY, id=made["signingKey"]["id"])

        assert revoked["signingKey"]["revokedAt"] is not None
        assert [entry["action"] for entry in revoked["signingKey"]["history"]["nodes"]] == ["REVOKED", "CREATED"]
        [told] = (await acme.ask(KEYS))["signingKeys"]["nodes"]
        assert told == {"keyName": name, "revokedAt": revoked["signingKey"]["revokedAt"]}

    async def test_whoever_may_not_admin_sees_none_and_makes_none(self, graph: Graph, acme: Tenant) -> None:
        made = await change(acme, CREATE_KEY, input={})
        writer = (await create_api_key(acme.account.id, "writer", [Scope.WRITE])).token

        assert await graph.refuse(KEYS, api_key=writer) == "FORBIDDEN"
        assert await graph.refuse(CREATE_KEY, api_key=writer, input={}) == "FORBIDDEN"
        assert await graph.ask(NODE, api_key=writer, id=made["signingKey"]["id"]) == {"node": None}
        assert await acme.ask(NODE, id=made["signingKey"]["id"]) == {"node": {"__typename": "SigningKey"}}
        assert await SigningKey.all().count() == 1
