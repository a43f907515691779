"""The plan of the demo keeps the rules that links and campaigns keep."""

from collections import Counter

import pytest

from creatrail.seed.cast import CAMPAIGNS, CREATORS, LABELS
from creatrail.seed.plan import plan_links
from creatrail.seed.traffic import HOURS
from tracking.campaigns.models import Stage
from tracking.links.models import LinkKind
from tracking.links.rules import check_readable_slug, normalise_destination


def test_readable_slugs_are_allowed_and_distinct() -> None:
    slugs = [link.slug for link in plan_links() if link.slug is not None]

    assert [check_readable_slug(slug) for slug in slugs] == slugs
    assert len(set(slugs)) == len(slugs)


def test_destinations_are_stored_as_they_stand() -> None:
    destinations = {link.destination_url for link in plan_links()}

    assert {normalise_destination(url, is_tracking_host=lambda _: False) for url in destinations} == destinations


def test_deliverables_are_told_apart_by_their_destination() -> None:
    destinations = [deliverable.destination_url for campaign in CAMPAIGNS for deliverable in campaign.deliverables]

    assert len(set(destinations)) == len(destinations)


@pytest.mark.feature("LO1", "LS2")
def test_each_creator_past_applied_has_one_link_for_each_deliverable() -> None:
    expected = Counter(
        (campaign.name, deliverable.name, handle)
        for campaign in CAMPAIGNS
        for deliverable in campaign.deliverables
        for stage, handles in campaign.stages.items()
        if stage not in {Stage.APPLIED, Stage.DECLINED}
        for handle in handles
    )
    planned = Counter(
        (link.campaign.name, link.deliverable.name, link.creator.handle)
        for link in plan_links()
        if link.campaign and link.deliverable and link.creator
    )

    assert planned == expected
    assert set(planned.values()) == {1}


def test_every_name_in_the_cast_is_somebody() -> None:
    known = {creator.handle for creator in CREATORS}
    named = {handle for campaign in CAMPAIGNS for handles in campaign.stages.values() for handle in handles}

    assert named | {label.handle for label in LABELS if label.handle} <= known
    assert len(known) == len(CREATORS) == 12


def test_weights_follow_zipf() -> None:
    links = plan_links()

    assert sorted((link.weight for link in links), reverse=True) == [1 / rank for rank in range(1, len(links) + 1)]


def test_links_live_within_the_two_months() -> None:
    assert all(0 <= link.first_day < link.end_day <= HOURS // 24 for link in plan_links())


def test_one_link_is_archived_and_it_is_a_creators() -> None:
    assert [(link.label, link.kind) for link in plan_links() if link.is_over] == [
        ("Last winter's sale", LinkKind.CREATOR)
    ]
