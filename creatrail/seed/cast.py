"""The people and plans of the demo: an outdoor brand, its campaigns and the creators in them."""

from typing import Final, NamedTuple

from tracking.campaigns.models import CampaignStatus, Stage
from tracking.creators.models import Platform

BRAND: Final = "Northlight Outdoor"
TIME_ZONE: Final = "Europe/Berlin"
CURRENCY: Final = "EUR"


class DemoCreator(NamedTuple):
    """The profile named first is where the links are posted; followers are those of the last count."""

    handle: str
    name: str
    member_id: str
    profiles: tuple[tuple[Platform, int], ...]


class DemoDeliverable(NamedTuple):
    name: str
    destination_url: str
    slug_template: str | None


class DemoCampaign(NamedTuple):
    """Days count from the beginning of the demo's two months."""

    name: str
    status: CampaignStatus
    first_day: int
    end_day: int
    tags: tuple[str, ...]
    deliverables: tuple[DemoDeliverable, ...]
    stages: dict[Stage, tuple[str, ...]]


class DemoLabel(NamedTuple):
    """One more link of a creator, told apart by its label; without a creator, a link of the brand's own."""

    handle: str | None
    label: str
    slug: str
    destination_url: str
    first_day: int
    end_day: int


# In the order in which their audiences click, which is not the order of their followers.
CREATORS: Final = (
    DemoCreator("mira.climbs", "Mira Hoffmann", "NL-1001", ((Platform.INSTAGRAM, 80_400), (Platform.YOUTUBE, 12_300))),
    DemoCreator("trailtom", "Tom Berger", "NL-1002", ((Platform.YOUTUBE, 46_800),)),
    DemoCreator("kettlepot", "Ana Kovač", "NL-1003", ((Platform.TIKTOK, 118_000), (Platform.INSTAGRAM, 23_900))),
    DemoCreator("slowhiker", "Jonas Weber", "NL-1004", ((Platform.INSTAGRAM, 9_750),)),
    DemoCreator("the_gear_shed", "Priya Nair", "NL-1005", ((Platform.YOUTUBE, 231_000),)),
    DemoCreator("wild.kitchen", "Léa Fournier", "NL-1006", ((Platform.INSTAGRAM, 54_200), (Platform.TIKTOK, 88_100))),
    DemoCreator("ridge.runner", "Sam Okafor", "NL-1007", ((Platform.TIKTOK, 640_000),)),
    DemoCreator("family.outside", "Katrin Lang", "NL-1008", ((Platform.FACEBOOK, 31_500), (Platform.BLOG, 4_300))),
    DemoCreator("maps_and_moss", "Eero Lahti", "NL-1009", ((Platform.BLOG, 6_900),)),
    DemoCreator("studio.rosa", "Rosa Marín", "NL-1010", ((Platform.INSTAGRAM, 1_240_000),)),
    DemoCreator("two_wheels_out", "Ben Novak", "NL-1011", ((Platform.INSTAGRAM, 27_600),)),
    DemoCreator("rainy.day.zoe", "Zoë Martens", "NL-1012", ((Platform.TIKTOK, 15_800),)),
)

_FIRST_SEVEN: Final = tuple(creator.handle for creator in CREATORS[:7])
_EVERY_OTHER: Final = tuple(creator.handle for creator in CREATORS[::2])

CAMPAIGNS: Final = (
    DemoCampaign(
        name="Trail Launch",
        status=CampaignStatus.COMPLETED,
        first_day=2,
        end_day=30,
        tags=("launch", "shoes"),
        deliverables=(DemoDeliverable("Trail shoe", "https://example.com/shoes/trail?ref=launch", "trail-{creator}"),),
        stages={
            Stage.COMPLETED: (*_FIRST_SEVEN, "studio.rosa", "two_wheels_out"),
            Stage.DECLINED: ("maps_and_moss",),
        },
    ),
    DemoCampaign(
        name="Rain Season",
        status=CampaignStatus.ACTIVE,
        first_day=16,
        end_day=61,
        tags=("evergreen", "jackets"),
        deliverables=(
            DemoDeliverable("Rain jacket", "https://example.com/jackets/rain", "{campaign}-{creator}"),
            DemoDeliverable("Care guide", "https://example.com/guides/care-of-membranes#wash", None),
        ),
        stages={
            Stage.ACTIVE: tuple(creator.handle for creator in CREATORS[:10]),
            Stage.ACCEPTED: ("rainy.day.zoe",),
            Stage.APPLIED: ("two_wheels_out",),
        },
    ),
    DemoCampaign(
        name="Camp Kitchen",
        status=CampaignStatus.ACTIVE,
        first_day=38,
        end_day=61,
        tags=("launch", "cooking"),
        deliverables=(DemoDeliverable("Stove set", "https://example.com/kitchen/stove-set", "{campaign}-{creator}"),),
        stages={
            Stage.ACTIVE: ("kettlepot", "wild.kitchen", "family.outside", "slowhiker", "mira.climbs"),
            Stage.APPLIED: ("ridge.runner",),
        },
    ),
    DemoCampaign(
        name="Ambassadors",
        status=CampaignStatus.ACTIVE,
        first_day=0,
        end_day=61,
        tags=("evergreen",),
        deliverables=(DemoDeliverable("Shop", "https://example.com/", "{creator}"),),
        stages={Stage.ACTIVE: _EVERY_OTHER},
    ),
)

LABELS: Final = (
    DemoLabel("mira.climbs", "YouTube description", "mira-youtube", "https://example.com/jackets/rain", 20, 61),
    DemoLabel("kettlepot", "Instagram story", "kettlepot-story", "https://example.com/kitchen/stove-set", 40, 61),
    DemoLabel("wild.kitchen", "TikTok bio", "wild-tiktok", "https://example.com/kitchen/stove-set", 38, 61),
    DemoLabel("slowhiker", "Last winter's sale", "slowhiker-sale", "https://example.com/sale", 0, 21),
    DemoLabel(None, "Newsletter footer", "newsletter", "https://example.com/news", 0, 61),
)
