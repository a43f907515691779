"""What a redirector counts, as plain numbers: the hot path adds one, and Prometheus reads when it asks."""

import msgspec


class Counters(msgspec.Struct):
    """`clicks_…` count what goes into the stream: clicks, and the few confirmations among them."""

    redirects: int = 0
    confirmations_asked: int = 0
    interstitials_shown: int = 0
    continued: int = 0
    prefetches_refused: int = 0
    archived: int = 0
    unknown: int = 0
    bad_requests: int = 0
    rationed: int = 0
    unavailable: int = 0
    opt_outs: int = 0
    qr_codes: int = 0
    scripts: int = 0
    sightings: int = 0
    impressions: int = 0
    reports_accepted: int = 0
    reports_refused: int = 0
    clicks_recorded: int = 0
    clicks_spooled: int = 0
    clicks_replayed: int = 0
    clicks_resent: int = 0
    clicks_respooled: int = 0
    clicks_not_durable: int = 0
    confirmations_not_durable: int = 0
    impressions_not_durable: int = 0
    reports_not_durable: int = 0
    redis_failures: int = 0
    resolve_queries: int = 0
    resolve_failures: int = 0
    changes_seen: int = 0
    change_log_reads: int = 0
    change_log_failures: int = 0


class Gauges(msgspec.Struct, frozen=True):
    """The state of the moment, under the names of its metrics."""

    cached_links: int
    unknown_slugs: int
    spool_bytes: int
    spool_bytes_max: int
    spool_disk_free_bytes: int
    redis_connected: bool
    change_log_age_seconds: float
    salt_known: bool
