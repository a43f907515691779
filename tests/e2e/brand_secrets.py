"""Every secret that a brand is shown: what opens a door, what proves a report, what signs an event."""

from dataclasses import dataclass
from typing import Any
from uuid import uuid4

import httpx2

from tests.e2e.brand import Brand

CREATE_OFFER = """
    mutation {
      createOffer(input: {name: "Shoes", destinationUrl: "https://shop.example/"}) {
        ... on CreateOfferSuccess { offer { id } }
      }
    }
"""
CREATE = """
    mutation ($offer: ID!, $creator: ID!) {
      createPostbackSecret(input: {offerId: $offer}) { ... on CreatePostbackSecretSuccess { secret } }
      createSigningKey(input: {}) { ... on CreateSigningKeySuccess { secret } }
      createSnippetKey(input: {}) { __typename }
      createSessionToken(input: {creatorId: $creator}) { ... on CreateSessionTokenSuccess { secret: token } }
      createApiKey(input: {name: "integration", scopes: [READ]}) { ... on CreateApiKeySuccess { secret: token } }
      createWebhook(input: {name: "shop", url: "https://hooks.example/", eventTypes: [CLICK_RECORDED]}) {
        ... on CreateWebhookSuccess { secret webhook { id } }
      }
    }
"""
ROTATE = """
    mutation ($id: ID!) { rotateWebhookSecret(input: {id: $id}) { ... on RotateWebhookSecretSuccess { secret } } }
"""
CREATORS = "{ creators(first: 1) { nodes { id } } }"


@dataclass(frozen=True)
class BrandSecrets:
    offer_id: str
    postback: str
    signing: str
    session: str
    api_key: str
    webhook: str
    rotated_webhook: str

    def list_all(self) -> list[str]:
        """The parts after the name as well, which alone open the doors."""
        whole = [self.postback, self.signing, self.api_key, self.webhook, self.rotated_webhook]
        parts = [secret.rpartition("_")[2] for secret in whole]
        return [*whole, *parts, self.session, self.session.rpartition(".")[2]]


async def make_secrets(brand: Brand) -> BrandSecrets:
    """Of a brand that has a creator."""
    offer = (await brand.ask(CREATE_OFFER))["offer"]["id"]
    [creator] = (await brand.ask(CREATORS))["nodes"]
    made: dict[str, Any] = await brand.ask_all(CREATE, offer=offer, creator=creator["id"])
    rotated = await brand.ask(ROTATE, id=made["createWebhook"]["webhook"]["id"])
    return BrandSecrets(
        offer_id=offer,
        postback=made["createPostbackSecret"]["secret"],
        signing=made["createSigningKey"]["secret"],
        session=made["createSessionToken"]["secret"],
        api_key=made["createApiKey"]["secret"],
        webhook=made["createWebhook"]["secret"],
        rotated_webhook=rotated["secret"],
    )


async def use_secrets(brand: Brand, secrets: BrandSecrets) -> list[int]:
    """What is answered to those that somebody sends us, each in its place."""
    audience, graph = find_doors(brand)
    host, question = {"Host": brand.host}, {"query": CREATORS}
    sale = {"revenue": "1.00", "currency": "EUR", "offer_id": secrets.offer_id}
    first, second = ({**sale, "txn_id": uuid4().hex} for _ in range(2))
    offer = f"{audience}/conv/offer"
    async with httpx2.AsyncClient(timeout=30) as client:
        answers = [
            await client.post(offer, params=first, headers={**host, **write_bearer(secrets.postback)}),
            await client.get(offer, params={**second, "secret": secrets.postback}, headers=host),
            await client.post(graph, headers=write_bearer(secrets.session), json=question),
            await client.post(graph, headers=write_bearer(secrets.api_key), json=question),
        ]
    return [answer.status_code for answer in answers]


async def misplace_secrets(brand: Brand, secrets: BrandSecrets) -> None:
    """Each of them wherever somebody might send it by mistake."""
    audience, graph = find_doors(brand)
    async with httpx2.AsyncClient(timeout=30) as client:
        for secret in secrets.list_all():
            headers = {"Host": brand.host, "X-Signature": f"t=1,kid={secret},v1={secret}", **write_bearer(secret)}
            for url in (f"{audience}/conv?secret={secret}", f"{audience}/{secret}", f"{graph}?key={secret}"):
                await client.post(url, headers=headers, json={"query": secret, "txn_id": secret})


def find_doors(brand: Brand) -> tuple[str, str]:
    ports = (brand.system.programs["redirector"].port, brand.system.settings.api_port)
    return f"http://127.0.0.1:{ports[0]}", f"http://127.0.0.1:{ports[1]}/graphql"


def write_bearer(secret: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {secret}"}
