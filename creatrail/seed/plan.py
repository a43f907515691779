"""Which links a demo has, when each lives and its share of the traffic. Pure: a resumed seed plans the same."""

import random
from collections.abc import Iterator
from typing import Final, NamedTuple

from creatrail.seed.cast import CAMPAIGNS, CREATORS, LABELS, DemoCampaign, DemoCreator, DemoDeliverable
from tracking.campaigns.rules import STAGES_WITH_LINKS
from tracking.creators.models import Platform
from tracking.links.models import LinkKind
from tracking.links.rules import fill_slug_template

_LAST_DAY: Final = max(campaign.end_day for campaign in CAMPAIGNS)
_SURPRISE: Final = 6.0  # places by which a link may do better or worse than its creator usually does


class PlannedLink(NamedTuple):
    """Days count from the beginning of the demo's two months. Without a slug it gets a random one."""

    kind: LinkKind
    campaign: DemoCampaign | None
    creator: DemoCreator | None
    deliverable: DemoDeliverable | None
    label: str
    slug: str | None
    destination_url: str
    first_day: int
    end_day: int
    weight: float

    @property
    def is_over(self) -> bool:
        """Its creator was told to take it down: archived, as links that stop are (LS7)."""
        return self.kind is LinkKind.CREATOR and self.end_day < _LAST_DAY

    @property
    def platform(self) -> Platform:
        return self.creator.profiles[0][0] if self.creator else Platform.NEWSLETTER


def plan_links() -> list[PlannedLink]:
    """The links in the order in which they are made, weighted by Zipf's law."""
    planned = [*_plan_campaign_links(), *_plan_labelled_links()]
    chance = random.Random(len(planned))  # noqa: S311 -- a play, not a secret
    places = {creator.handle: float(place) for place, creator in enumerate(CREATORS)}
    expected = [places.get(link.creator.handle if link.creator else "", 4) for link in planned]
    order = sorted(range(len(planned)), key=lambda index: expected[index] + chance.uniform(0, _SURPRISE))
    ranks = {index: rank for rank, index in enumerate(order, 1)}
    return [link._replace(weight=1 / ranks[index]) for index, link in enumerate(planned)]


def _plan_campaign_links() -> Iterator[PlannedLink]:
    """A link for each deliverable and each creator who is past APPLIED (LS2)."""
    cast = {creator.handle: creator for creator in CREATORS}
    for campaign in CAMPAIGNS:
        handles = [handle for stage, found in campaign.stages.items() if stage in STAGES_WITH_LINKS for handle in found]
        for deliverable in campaign.deliverables:
            for handle in handles:
                names = {"creator": handle, "campaign": campaign.name}
                template = deliverable.slug_template
                yield PlannedLink(
                    kind=LinkKind.CAMPAIGN,
                    campaign=campaign,
                    creator=cast[handle],
                    deliverable=deliverable,
                    label=deliverable.name,
                    slug=fill_slug_template(template, names) if template else None,
                    destination_url=deliverable.destination_url,
                    first_day=campaign.first_day,
                    end_day=campaign.end_day,
                    weight=0,
                )


def _plan_labelled_links() -> Iterator[PlannedLink]:
    cast = {creator.handle: creator for creator in CREATORS}
    for label in LABELS:
        yield PlannedLink(
            kind=LinkKind.CREATOR if label.handle else LinkKind.CUSTOM,
            campaign=None,
            creator=cast[label.handle] if label.handle else None,
            deliverable=None,
            label=label.label,
            slug=label.slug,
            destination_url=label.destination_url,
            first_day=label.first_day,
            end_day=label.end_day,
            weight=0,
        )
