import asyncio
from typing import Any

import pytest

from api.ids import encode_id
from tests.brand import make_creator, make_link
from tests.integration.api.conftest import Tenant
from tracking.coupons.models import Coupon
from tracking.coupons.service import NewCoupon, create_coupon
from tracking.errors import TakenError
from tracking.links.models import Link, LinkKind
from tracking.links.service import archive_link

COUPON = "id code archivedAt link { id creator { handle } } history { nodes { action } }"
CREATE = f"""
    mutation ($input: CreateCouponInput!) {{ createCoupon(input: $input) {{
        ... on CreateCouponSuccess {{ coupon {{ {COUPON} }} }} ... on UserError {{ code path }}
    }} }}
"""
ARCHIVE = f"""
    mutation ($id: ID!) {{ archiveCoupon(input: {{ id: $id }}) {{
        ... on ArchiveCouponSuccess {{ coupon {{ {COUPON} }} }} ... on UserError {{ code path }}
    }} }}
"""
LIST = """
    query ($filter: CouponFilter, $first: Int, $after: String) {
        coupons(filter: $filter, first: $first, after: $after) { nodes { code } pageInfo { endCursor } }
    }
"""


async def change(tenant: Tenant, mutation: str, **variables: Any) -> dict[str, Any]:
    [answer] = (await tenant.ask(mutation, **variables)).values()
    return dict(answer.get("coupon", answer))


async def create(tenant: Tenant, code: str, link: Link, **given: Any) -> dict[str, Any]:
    return await change(tenant, CREATE, input={"code": code, "linkId": encode_id("Link", link.id), **given})


async def list_codes(tenant: Tenant, **given: Any) -> list[str]:
    return [node["code"] for node in (await tenant.ask(LIST, **given))["coupons"]["nodes"]]


@pytest.fixture
async def link(acme: Tenant) -> Link:
    return await make_link(acme.account, await make_creator(acme.account, "ann"))


class TestCoupons:
    async def test_a_code_leads_to_a_creators_link_until_it_is_archived(self, acme: Tenant, link: Link) -> None:
        made = await create(acme, " Ann10 ", link)
        archived = await change(acme, ARCHIVE, id=made["id"])
        again = await change(acme, ARCHIVE, id=made["id"])

        assert made == {
            "id": made["id"],
            "code": "Ann10",
            "archivedAt": None,
            "link": {"id": encode_id("Link", link.id), "creator": {"handle": "ann"}},
            "history": {"nodes": [{"action": "CREATED"}]},
        }
        assert archived["archivedAt"] is not None
        assert [entry["action"] for entry in archived["history"]["nodes"]] == ["ARCHIVED", "CREATED"]
        assert again == archived

    async def test_a_code_is_in_use_once_in_any_case_and_free_again_once_archived(
        self, acme: Tenant, link: Link
    ) -> None:
        first = await create(acme, "ANN10", link)
        other = await make_link(acme.account, await make_creator(acme.account, "ben"))

        refused = await create(acme, "ann10", other)
        await change(acme, ARCHIVE, id=first["id"])
        taken = await create(acme, "ann10", other)

        assert (refused["code"], refused["path"]) == ("TAKEN", ["code"])
        assert taken["link"]["creator"]["handle"] == "ben"

    async def test_of_many_at_once_one_gets_the_code(self, acme: Tenant, link: Link) -> None:
        codes = ["ANN10", "ann10", "Ann10", "aNN10"]
        made = await asyncio.gather(
            *(create_coupon(acme.account.id, NewCoupon(code, link.id)) for code in codes), return_exceptions=True
        )

        assert sum(isinstance(each, TakenError) for each in made) == 3
        assert await Coupon.all().count() == 1

    async def test_a_repeat_with_the_same_key_makes_nothing(self, acme: Tenant, link: Link) -> None:
        first, again = [await create(acme, "ANN10", link, idempotencyKey="k") for _ in range(2)]

        assert again == first
        assert (await create(acme, "BEN10", link, idempotencyKey="k"))["code"] == "IDEMPOTENCY_CONFLICT"
        assert await Coupon.all().count() == 1

    @pytest.mark.feature("R11")
    async def test_two_accounts_may_have_the_same_code(self, acme: Tenant, other: Tenant, link: Link) -> None:
        theirs = await make_link(other.account, await make_creator(other.account))

        assert (await create(other, "ANN10", theirs))["code"] == "ANN10"
        assert (await create(acme, "ANN10", link))["code"] == "ANN10"
        assert (await create(acme, "BEN10", theirs))["code"] == "NOT_FOUND"
        assert await list_codes(acme) == ["ANN10"]


class TestRefusals:
    @pytest.mark.parametrize("code", ["", "  ", "x" * 65, "a\0b"])
    async def test_a_code_that_nobody_could_type_is_refused(self, acme: Tenant, link: Link, code: str) -> None:
        refused = await create(acme, code, link)

        assert (refused["code"], refused["path"]) == ("INVALID_INPUT", ["code"])
        assert await Coupon.all().count() == 0

    async def test_an_archived_link_gets_no_new_one(self, acme: Tenant, link: Link) -> None:
        await archive_link(acme.account.id, link.id)

        refused = await create(acme, "ANN10", link)

        assert (refused["code"], refused["path"]) == ("ARCHIVED", ["linkId"])
        assert await Coupon.all().count() == 0

    @pytest.mark.parametrize(
        "wrong", [{"creator_id": None, "kind": LinkKind.CUSTOM}, {"is_test": True}, {"is_honeypot": True}]
    )
    async def test_a_link_that_no_creator_shows_to_people_gets_none(
        self, acme: Tenant, link: Link, wrong: dict[str, Any]
    ) -> None:
        await Link.filter(id=link.id).update(**wrong)

        refused = await create(acme, "ANN10", link)

        assert (refused["code"], refused["path"]) == ("INVALID_INPUT", ["linkId"])
        assert await Coupon.all().count() == 0


class TestLists:
    async def test_they_are_found_by_code_and_by_link(self, acme: Tenant, link: Link) -> None:
        other = await make_link(acme.account, await make_creator(acme.account))
        archived = await create(acme, "OLD", link)
        await create(acme, "ANN10", link)
        await create(acme, "BEN10", other)
        await change(acme, ARCHIVE, id=archived["id"])

        assert await list_codes(acme) == ["BEN10", "ANN10"]
        assert await list_codes(acme, filter={"search": "ann"}) == ["ANN10"]
        assert await list_codes(acme, filter={"linkIds": [encode_id("Link", link.id)]}) == ["ANN10"]
        assert await list_codes(acme, filter={"linkIds": []}) == []
        assert await list_codes(acme, filter={"isArchived": True}) == ["OLD"]

    async def test_pages_hold_each_once(self, acme: Tenant, link: Link) -> None:
        for code in ("a", "b", "c"):
            await create(acme, code, link)

        page = (await acme.ask(LIST, first=2))["coupons"]

        assert [node["code"] for node in page["nodes"]] == ["c", "b"]
        assert await list_codes(acme, after=page["pageInfo"]["endCursor"]) == ["a"]
