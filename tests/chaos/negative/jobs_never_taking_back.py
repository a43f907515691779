"""A worker with a mistake that the oracle must see: what a conversion added to the counts stays when it is lost."""

from zoneinfo import ZoneInfo

from tracking.conversions import settling
from tracking.conversions.deciding import Standing
from tracking.conversions.posting import post
from tracking.reports.outcomes import OutcomeDeltas
from tracking.settings import load_settings
from worker.main import run


def post_and_never_take_back(
    deltas: OutcomeDeltas, account_id: int, standing: Standing, zone: ZoneInfo, sign: int = 1
) -> None:
    if sign > 0:
        post(deltas, account_id, standing, zone, sign)


if __name__ == "__main__":
    vars(settling)["post"] = post_and_never_take_back
    run("jobs", load_settings())
