"""Whether visitors should be sent to this redirector: with links in memory always, whatever is down (rule 1)."""

from typing import Final

from redirector.counters import Gauges
from tracking.readiness import Readiness

READY_AGE_S: Final = 10.0


def describe_readiness(gauges: Gauges, trouble: str | None) -> Readiness:
    """`trouble` is what the last read of the change log failed with."""
    age_s = gauges.change_log_age_seconds
    is_late = age_s > READY_AGE_S
    silence = f"PostgreSQL at DATABASE_URL has not answered for {age_s:.0f} s: {trouble or 'no reply yet'}"
    if is_late and not gauges.cached_links:
        return Readiness((f"no link is in memory, and {silence}",))
    remarks = [f"{silence}; links are served from memory, as they were then"] if is_late else []
    if not gauges.redis_connected:
        remarks.append("Redis does not take clicks: they go to SPOOL_DIR until it does")
    if gauges.spool_bytes:
        remarks.append(f"{gauges.spool_bytes} bytes of clicks wait in SPOOL_DIR")
    if not gauges.salt_known:
        remarks.append("the salt of today is not known: visitors are told apart by this process alone")
    return Readiness(remarks=tuple(remarks))
