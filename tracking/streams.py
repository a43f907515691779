"""Every Redis key, stream, group and channel, named once."""

CLICK_STREAM = "creatrail:clicks"
CLICK_GROUP = "ingest"
DEAD_CLICK_STREAM = "creatrail:clicks:dead"

INGEST_QUEUE = "creatrail:arq:ingest"
JOBS_QUEUE = "creatrail:arq:jobs"

CHANGES_CHANNEL = "creatrail:changes"
EVENTS_CHANNELS = "creatrail:events:*"


def events_channel(account_id: int) -> str:
    """Woken after the events of an account got their positions. It carries the newest one; the log is the truth."""
    return f"creatrail:events:{account_id}"
