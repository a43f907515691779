"""`creatrail doctor`: follows one test click from its link to the graph, and says where it gets stuck and why."""

import asyncio

from creatrail.doctor.examination import examine
from tracking.settings import Settings


def run(settings: Settings, wanted: str | None = None) -> bool:
    """Print a line for each step. Whether all of them work."""
    return asyncio.run(examine(settings, wanted))
