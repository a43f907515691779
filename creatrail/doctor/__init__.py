"""`creatrail doctor`: follows one test click from its link, and says where it gets stuck and why."""

import asyncio

from creatrail.doctor.conversions import examine_conversions
from creatrail.doctor.examination import examine
from tracking.settings import Settings


def run(settings: Settings, wanted: str | None = None) -> bool:
    """Print a line for each step. Whether all of them work."""
    return asyncio.run(examine(settings, wanted))


def run_conversions(settings: Settings, wanted: str | None = None) -> bool:
    """The same for what comes after the redirect: whether a click on the link can be credited with a conversion."""
    return asyncio.run(examine_conversions(settings, wanted))
