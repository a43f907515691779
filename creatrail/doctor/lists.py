"""The doctor's look at the operator's lists of networks and countries, as a worker on this machine would read them."""

import asyncio
import datetime as dt

from creatrail.doctor.findings import Finding
from tracking.bots.hosting.operator_files import OperatorFiles, find_problems
from tracking.settings import Settings


async def check_lists(settings: Settings, today: dt.date) -> Finding:
    """Nothing here breaks anything: lists only give points."""
    files = OperatorFiles(settings.hosting_ranges_dir, settings.countries_file)
    await asyncio.to_thread(files.refresh)
    lists = files.describe()
    in_use = [each for each in lists if each.dated is not None]
    text = "none: HOSTING_RANGES_DIR and COUNTRIES_FILE can name some"
    if lists:
        text = "; ".join(f"{each.name} with {each.entries} entries of {each.dated}" for each in in_use) or "none usable"
    return Finding(text, tuple(find_problems(lists, today)))
