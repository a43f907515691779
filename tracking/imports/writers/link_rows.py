"""What a row of the LINKS kind says."""

from collections.abc import Mapping
from typing import NamedTuple

from tracking.campaigns.deliverables import check_destination
from tracking.domains.models import TrackingDomain
from tracking.domains.queries import choose_link_domain, list_tracking_hosts
from tracking.errors import DomainError
from tracking.imports.cells import Cells
from tracking.imports.rules import Problem, ProblemCode, describe_problem, split_tags
from tracking.imports.writers.batches import Batch
from tracking.imports.writers.references import References, find_references
from tracking.links.models import LinkKind
from tracking.links.rules import check_readable_slug, normalise_host
from tracking.text import check_tags


class LinkRow(NamedTuple):
    """None stands for what the row does not say."""

    destination_url: str
    slug: str | None
    label: str | None
    tags: list[str] | None
    domain: TrackingDomain
    creator_id: int | None
    campaign_id: int | None

    @property
    def kind(self) -> LinkKind:
        return LinkKind.CUSTOM if self.creator_id is None else LinkKind.CREATOR


class LinkRowReader:
    """Holds what the rows of a batch refer to."""

    def __init__(self, batch: Batch, references: References, hosts: set[str], domains: Mapping[str, int]) -> None:
        self._batch = batch
        self._references = references
        self._hosts = hosts
        self._domains = domains
        self._chosen: dict[tuple[int | None, int | None], TrackingDomain | DomainError] = {}

    async def read(self, values: Mapping[str, str]) -> LinkRow | list[Problem]:
        cells = Cells(values)
        destination = cells.take("destination_url", lambda value: check_destination(value, self._hosts))
        slug = cells.take("slug", check_readable_slug)
        label = cells.take_text("label", 200)
        tags = cells.take("tags", lambda value: check_tags(split_tags(value)))
        creator_id = self._references.read_creator(cells)
        campaign_id = self._references.read_campaign(cells) or self._batch.campaign_id
        if not (cells.has("creator_external_id") or cells.has("creator_handle") or cells.has("label")):
            cells.refuse("label", ProblemCode.REQUIRED, "a link of no creator needs a label")
        domain = None if cells.problems else await self._choose_domain(cells, values, campaign_id)
        if domain is None or destination is None:
            return cells.problems
        return LinkRow(destination, slug, label, tags, domain, creator_id, campaign_id)

    async def _choose_domain(
        self, cells: Cells, values: Mapping[str, str], campaign_id: int | None
    ) -> TrackingDomain | None:
        domain_id = None
        if cells.has("host"):
            domain_id = self._domains.get(normalise_host(values["host"]) or "")
            if domain_id is None:
                cells.refuse("host", ProblemCode.NOT_FOUND, "no tracking domain of this account")
                return None
        asked = (domain_id, campaign_id)
        if asked not in self._chosen:
            self._chosen[asked] = await self._ask_for_domain(*asked)
        chosen = self._chosen[asked]
        if isinstance(chosen, DomainError):
            cells.problems.append(describe_problem(chosen, "host", values.get("host", "")))
            return None
        return chosen

    async def _ask_for_domain(self, domain_id: int | None, campaign_id: int | None) -> TrackingDomain | DomainError:
        try:
            return await choose_link_domain(self._batch.account_id, domain_id=domain_id, campaign_id=campaign_id)
        except DomainError as error:
            return error


async def make_link_row_reader(batch: Batch) -> LinkRowReader:
    rows = await TrackingDomain.filter(account_id=batch.account_id, archived_at__isnull=True).using_db(batch.connection)
    domains = {row.host: row.id for row in rows}
    return LinkRowReader(batch, await find_references(batch), await list_tracking_hosts(), domains)
