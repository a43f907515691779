import asyncio

import asyncpg
import dns.rcode
import pytest
from tortoise.context import TortoiseContext

from tests.brand import make_brand
from tests.nameserver import Nameserver
from tracking.accounts.models import Account
from tracking.domains.checks import check_due_domains
from tracking.domains.looking import DomainLooker
from tracking.domains.models import TrackingDomain
from tracking.domains.queries import find_link_domain
from tracking.domains.rules import DomainStatus, find_status, name_verification_record
from tracking.domains.service import create_domain, verify_domain
from tracking.errors import InvalidInputError

pytestmark = pytest.mark.feature("TR2")
HOST = "go.brand.example"
RECORD = name_verification_record(HOST)


@pytest.fixture
async def account(orm: TortoiseContext) -> Account:
    return await make_brand()


@pytest.fixture
async def domain(account: Account, nameserver: Nameserver, looker: DomainLooker) -> TrackingDomain:
    """Verified, with its record still there."""
    added = await create_domain(account.id, HOST)
    nameserver.put(RECORD, "TXT", f'"{added.verification_token}"')
    return await verify_domain(account.id, added.id, looker)


async def let_days_pass(pool: asyncpg.Pool, days: float) -> None:
    await pool.execute(
        "UPDATE tracking_domain SET checked_at = checked_at - $1 * interval '1 day',"
        " verified_at = verified_at - $1 * interval '1 day', created_at = created_at - $1 * interval '1 day'",
        days,
    )


async def check_after_a_day(pool: asyncpg.Pool, looker: DomainLooker) -> TrackingDomain:
    await let_days_pass(pool, 1.01)
    await check_due_domains(looker, limit=50)
    return await TrackingDomain.get(host=HOST)


def status_of(domain: TrackingDomain) -> DomainStatus:
    return find_status(domain.verified_at, domain.failed_checks)


class TestVerifiedOnes:
    @pytest.mark.usefixtures("domain")
    async def test_one_without_its_record_fails_on_the_third_day(
        self, nameserver: Nameserver, looker: DomainLooker, pool: asyncpg.Pool
    ) -> None:
        nameserver.forget(RECORD, "TXT")

        found = [status_of(await check_after_a_day(pool, looker)) for _ in range(3)]

        assert found == [DomainStatus.VERIFIED, DomainStatus.VERIFIED, DomainStatus.FAILING]

    async def test_a_failing_one_redirects_and_takes_no_new_links(
        self,
        account: Account,
        domain: TrackingDomain,
        nameserver: Nameserver,
        looker: DomainLooker,
        pool: asyncpg.Pool,
    ) -> None:
        nameserver.forget(RECORD, "TXT")
        for _ in range(3):
            failing = await check_after_a_day(pool, looker)

        with pytest.raises(InvalidInputError) as refused:
            await find_link_domain(account.id, domain.id)
        assert refused.value.path == ("domainId",)
        assert failing.verified_at is not None

    async def test_a_failing_one_recovers_when_the_record_is_back(
        self, domain: TrackingDomain, nameserver: Nameserver, looker: DomainLooker, pool: asyncpg.Pool
    ) -> None:
        nameserver.forget(RECORD, "TXT")
        for _ in range(3):
            await check_after_a_day(pool, looker)
        nameserver.put(RECORD, "TXT", f'"{domain.verification_token}"')

        assert status_of(await verify_domain(domain.account_id, domain.id, looker)) is DomainStatus.VERIFIED

    @pytest.mark.usefixtures("domain")
    async def test_nameservers_that_fail_are_not_held_against_it(
        self, nameserver: Nameserver, looker: DomainLooker, pool: asyncpg.Pool
    ) -> None:
        nameserver.answer = nameserver.refuse(dns.rcode.SERVFAIL)

        assert [(await check_after_a_day(pool, looker)).failed_checks for _ in range(4)] == [0, 0, 0, 0]

    async def test_two_workers_that_look_at_once_count_one_failure(
        self, domain: TrackingDomain, nameserver: Nameserver, looker: DomainLooker, pool: asyncpg.Pool
    ) -> None:
        nameserver.forget(RECORD, "TXT")
        await let_days_pass(pool, 2)

        await asyncio.gather(*(check_due_domains(looker, limit=50) for _ in range(2)))

        assert (await TrackingDomain.get(id=domain.id)).failed_checks == 1

    @pytest.mark.usefixtures("domain")
    async def test_one_that_was_seen_today_is_left_alone(self, nameserver: Nameserver, looker: DomainLooker) -> None:
        nameserver.asked.clear()

        await check_due_domains(looker, limit=50)

        assert nameserver.asked == []


class TestUnverifiedOnes:
    async def test_one_becomes_verified_by_itself(
        self, account: Account, nameserver: Nameserver, looker: DomainLooker, pool: asyncpg.Pool
    ) -> None:
        added = await create_domain(account.id, HOST)
        nameserver.put(RECORD, "TXT", f'"{added.verification_token}"')
        await let_days_pass(pool, 0.01)

        assert await check_due_domains(looker, limit=50) == 1
        assert status_of(await TrackingDomain.get(id=added.id)) is DomainStatus.VERIFIED

    async def test_one_that_nobody_proved_in_a_month_is_looked_at_no_more(
        self, account: Account, nameserver: Nameserver, looker: DomainLooker, pool: asyncpg.Pool
    ) -> None:
        await create_domain(account.id, HOST)
        await let_days_pass(pool, 31)

        await check_due_domains(looker, limit=50)

        assert nameserver.asked == []

    async def test_one_that_another_account_holds_holds_up_no_other(
        self, domain: TrackingDomain, nameserver: Nameserver, looker: DomainLooker, pool: asyncpg.Pool
    ) -> None:
        later = await make_brand("later")
        rival = await create_domain(later.id, HOST)
        nameserver.put(RECORD, "TXT", f'"{rival.verification_token}"')
        await let_days_pass(pool, 2)

        assert await check_due_domains(looker, limit=50) == 0
        assert (await TrackingDomain.get(id=domain.id)).failed_checks == 1
        assert (await TrackingDomain.get(id=rival.id)).verified_at is None


async def test_the_longest_unseen_come_first(
    account: Account, nameserver: Nameserver, looker: DomainLooker, pool: asyncpg.Pool
) -> None:
    for number in range(3):
        await create_domain(account.id, f"{number}.brand.example")
        await let_days_pass(pool, 0.1)

    await check_due_domains(looker, limit=2)

    looked_at = [name for name, kind in nameserver.asked if kind == "TXT"]
    assert sorted(looked_at) == ["_creatrail.0.brand.example", "_creatrail.1.brand.example"]
