import asyncio

import asyncpg
import pytest

from tests.brand import make_brand
from tests.nameserver import Nameserver
from tracking.accounts.models import Account
from tracking.accounts.service import create_account
from tracking.domains.looking import DomainLooker
from tracking.domains.models import TrackingDomain
from tracking.domains.rules import DomainStatus, find_status, name_verification_record
from tracking.domains.service import archive_domain, create_domain, update_domain, verify_domain
from tracking.errors import DomainError, InvalidInputError, TakenError

pytestmark = pytest.mark.usefixtures("orm")
HOST = "go.brand.example"


def prove(nameserver: Nameserver, *domains: TrackingDomain) -> None:
    nameserver.put(
        name_verification_record(domains[0].host), "TXT", *(f'"{each.verification_token}"' for each in domains)
    )


async def make_verified(
    account: Account, nameserver: Nameserver, looker: DomainLooker, host: str = HOST
) -> TrackingDomain:
    domain = await create_domain(account.id, host)
    prove(nameserver, domain)
    return await verify_domain(account.id, domain.id, looker)


def status_of(domain: TrackingDomain) -> DomainStatus:
    return find_status(domain.verified_at, domain.failed_checks)


@pytest.mark.feature("TR2")
class TestVerification:
    async def test_a_domain_is_unverified_until_its_record_is_seen(
        self, nameserver: Nameserver, looker: DomainLooker
    ) -> None:
        account = await make_brand()
        domain = await create_domain(account.id, HOST)
        before = await verify_domain(account.id, domain.id, looker)
        prove(nameserver, domain)

        after = await verify_domain(account.id, domain.id, looker)

        assert (status_of(domain), status_of(before), status_of(after)) == (
            DomainStatus.UNVERIFIED,
            DomainStatus.UNVERIFIED,
            DomainStatus.VERIFIED,
        )
        assert after.verified_at == after.checked_at

    async def test_the_record_of_another_domain_proves_nothing(
        self, nameserver: Nameserver, looker: DomainLooker
    ) -> None:
        account = await make_brand()
        domain, other = await create_domain(account.id, HOST), await create_domain(account.id, "to.brand.example")
        nameserver.put(name_verification_record(HOST), "TXT", f'"{other.verification_token}"')

        assert status_of(await verify_domain(account.id, domain.id, looker)) is DomainStatus.UNVERIFIED

    async def test_redirectors_are_told(self, nameserver: Nameserver, looker: DomainLooker, pool: asyncpg.Pool) -> None:
        domain = await make_verified(await make_brand(), nameserver, looker)

        assert await pool.fetch("SELECT kind, ref_id, address FROM change_log") == [(3, domain.id, None)]

    async def test_a_local_name_needs_no_proof(self, looker: DomainLooker) -> None:
        account = await make_brand()
        local = await TrackingDomain.get(account_id=account.id)

        assert (await verify_domain(account.id, local.id, looker)).checked_at is None

    async def test_a_manual_look_counts_no_failure(self, nameserver: Nameserver, looker: DomainLooker) -> None:
        account = await make_brand()
        domain = await make_verified(account, nameserver, looker)
        nameserver.records.clear()

        looks = [await verify_domain(account.id, domain.id, looker) for _ in range(4)]

        assert [look.failed_checks for look in looks] == [0, 0, 0, 0]


class TestOneHostForOne:
    async def test_anybody_may_add_a_host_and_who_proves_it_gets_it(
        self, nameserver: Nameserver, looker: DomainLooker
    ) -> None:
        squatter, owner = await make_brand("squatter"), await make_brand("owner")
        await create_domain(squatter.id, HOST)

        domain = await make_verified(owner, nameserver, looker)

        assert status_of(domain) is DomainStatus.VERIFIED

    async def test_a_host_that_another_account_holds_is_taken(
        self, nameserver: Nameserver, looker: DomainLooker
    ) -> None:
        holder, later = await make_brand("holder"), await make_brand("later")
        await make_verified(holder, nameserver, looker)
        wanted = await create_domain(later.id, HOST)
        prove(nameserver, wanted)

        with pytest.raises(TakenError):
            await verify_domain(later.id, wanted.id, looker)

        stored = await TrackingDomain.get(id=wanted.id)
        assert (stored.verified_at, stored.found_records["TXT"]) == (None, [wanted.verification_token])

    async def test_of_two_that_prove_it_at_once_one_gets_it(self, nameserver: Nameserver, looker: DomainLooker) -> None:
        accounts = [await make_brand(f"brand{number}") for number in range(4)]
        domains = [await create_domain(account.id, HOST) for account in accounts]
        prove(nameserver, *domains)

        answers = await asyncio.gather(
            *(verify_domain(domain.account_id, domain.id, looker) for domain in domains), return_exceptions=True
        )

        assert sum(isinstance(answer, TrackingDomain) for answer in answers) == 1
        assert sum(isinstance(answer, TakenError) for answer in answers) == 3
        assert await TrackingDomain.filter(host=HOST, verified_at__isnull=False).count() == 1

    async def test_who_archived_it_gives_way_to_who_proves_it(
        self, nameserver: Nameserver, looker: DomainLooker
    ) -> None:
        first, second = await make_brand("first"), await make_brand("second")
        old = await make_verified(first, nameserver, looker)
        await archive_domain(first.id, old.id)

        new = await make_verified(second, nameserver, looker)

        assert status_of(new) is DomainStatus.VERIFIED
        assert (await TrackingDomain.get(id=old.id)).verified_at is None

    async def test_an_account_has_a_host_once(self) -> None:
        account = await make_brand()

        answers = await asyncio.gather(*(create_domain(account.id, HOST) for _ in range(3)), return_exceptions=True)

        assert sum(isinstance(answer, TakenError) for answer in answers) == 2
        assert await TrackingDomain.filter(host=HOST).count() == 1

    async def test_an_archived_one_comes_back_as_the_same_unverified_row(
        self, nameserver: Nameserver, looker: DomainLooker
    ) -> None:
        account = await make_brand()
        old = await make_verified(account, nameserver, looker)
        await archive_domain(account.id, old.id)

        back = await create_domain(account.id, HOST)

        assert back.id == old.id
        assert (back.archived_at, back.verified_at, back.found_records) == (None, None, {})
        assert back.verification_token != old.verification_token


class TestDefault:
    async def test_the_first_verified_one_is_the_default(self, nameserver: Nameserver, looker: DomainLooker) -> None:
        account = await create_account("Acme", "acme", local_domain=False)

        first = await make_verified(account, nameserver, looker, "one.brand.example")
        second = await make_verified(account, nameserver, looker, "two.brand.example")

        assert (first.is_default, second.is_default) == (True, False)

    async def test_there_is_one_whoever_sets_it_at_once(self, nameserver: Nameserver, looker: DomainLooker) -> None:
        account = await make_brand()
        hosts = [f"{number}.brand.example" for number in range(4)]
        domains = [await make_verified(account, nameserver, looker, host) for host in hosts]

        await asyncio.gather(*(update_domain(account.id, domain.id, is_default=True) for domain in domains))

        assert await TrackingDomain.filter(account_id=account.id, is_default=True).count() == 1

    async def test_it_must_be_verified(self) -> None:
        account = await make_brand()
        domain = await create_domain(account.id, HOST)

        with pytest.raises(InvalidInputError) as refused:
            await update_domain(account.id, domain.id, is_default=True)
        assert refused.value.path == ("isDefault",)
        assert (await TrackingDomain.get(account_id=account.id, is_default=True)).host == "acme.localhost"

    async def test_it_does_not_step_back_by_itself(self) -> None:
        account = await make_brand()
        local = await TrackingDomain.get(account_id=account.id)

        with pytest.raises(DomainError) as refused:
            await update_domain(account.id, local.id, is_default=False)
        assert refused.value.path == ("isDefault",)
