"""A redirector gets visitors as long as it can answer some, and says what is wrong meanwhile."""

import msgspec
import pytest

from redirector.counters import Gauges
from redirector.readiness import describe_readiness

WELL = Gauges(
    cached_links=1,
    unknown_slugs=0,
    spool_bytes=0,
    spool_bytes_max=1_000,
    spool_disk_free_bytes=1_000,
    redis_connected=True,
    change_log_age_seconds=0.5,
    salt_known=True,
)


@pytest.mark.feature("R1")
def test_one_that_is_warm_is_ready_with_both_stores_down() -> None:
    down = msgspec.structs.replace(WELL, redis_connected=False, change_log_age_seconds=600.0, spool_bytes=12)

    readiness = describe_readiness(down, "ConnectionRefusedError")

    assert readiness.is_ready
    since = "PostgreSQL at DATABASE_URL has not answered for 600 s: ConnectionRefusedError"
    assert readiness.remarks == (
        f"{since}; links are served from memory, as they were then",
        "Redis does not take clicks: they go to SPOOL_DIR until it does",
        "12 bytes of clicks wait in SPOOL_DIR",
    )


def test_one_that_is_cold_without_postgresql_is_not() -> None:
    cold = msgspec.structs.replace(WELL, cached_links=0, change_log_age_seconds=11.0)

    assert describe_readiness(cold, None).problems == (
        "no link is in memory, and PostgreSQL at DATABASE_URL has not answered for 11 s: no reply yet",
    )


def test_one_that_is_well_says_nothing() -> None:
    assert (describe_readiness(WELL, None).problems, describe_readiness(WELL, None).remarks) == ((), ())


def test_a_missing_salt_is_told() -> None:
    (told,) = describe_readiness(msgspec.structs.replace(WELL, salt_known=False), None).remarks

    assert told.startswith("the salt of today is not known")
