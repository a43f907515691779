"""Tracking domains by id, together."""

from strawberry.dataloader import DataLoader

from api.context import Context
from tracking.domains.listing import DomainRow, find_domains


def make_domain_loader(context: Context) -> DataLoader[int, DomainRow | None]:
    async def load(domain_ids: list[int]) -> list[DomainRow | None]:
        found = await find_domains(context.pool, context.account_id, domain_ids)
        return [found.get(domain_id) for domain_id in domain_ids]

    return DataLoader(load_fn=load)
