"""How far work is that takes time, whatever kind of work it is: imports, exports, corrections, links, replays."""

import datetime as dt
from collections.abc import Collection
from enum import IntEnum, StrEnum
from typing import Final, NamedTuple

import asyncpg

from tracking.campaigns.rules import STAGES_WITH_LINKS


class JobKind(IntEnum):
    IMPORT = 1
    EXPORT = 2
    CORRECTION = 3
    MESSAGE_LINKS = 4
    DELIVERABLE_LINKS = 5
    WEBHOOK_REPLAY = 6


class JobStatus(StrEnum):
    WAITING = "WAITING"
    RUNNING = "RUNNING"
    COMPLETED = "COMPLETED"
    FAILED = "FAILED"
    CANCELLED = "CANCELLED"


ENDED: Final = (JobStatus.COMPLETED, JobStatus.FAILED, JobStatus.CANCELLED)


class JobKey(NamedTuple):
    account_id: int
    kind: JobKind
    id: int  # of the row that the work is about


class JobState(NamedTuple):
    status: JobStatus
    done: int
    total: int | None  # where nobody knows yet
    failure: str | None
    finished_at: dt.datetime | None

    @property
    def has_ended(self) -> bool:
        return self.status in ENDED


# What rows of other kinds call their statuses; the rest are called as here.
_STATUSES: Final = {
    "AWAITING_UPLOAD": JobStatus.WAITING,
    "QUEUED": JobStatus.WAITING,
    "EXPIRED": JobStatus.COMPLETED,
    "COMPARING": JobStatus.RUNNING,
    "APPLYING": JobStatus.RUNNING,
    "COMPARED": JobStatus.COMPLETED,
    "APPLIED": JobStatus.COMPLETED,
    "PREPARING": JobStatus.RUNNING,
    "PREPARED": JobStatus.COMPLETED,
}
_WANTED: Final = "wanted.kind = {kind} AND job.id = wanted.id AND job.account_id = wanted.account_id"
_STAGES: Final = ", ".join(f"'{stage.value}'" for stage in STAGES_WITH_LINKS)


def _on(kind: JobKind) -> str:
    return _WANTED.format(kind=kind.value)


_READ: Final = f"""
    WITH wanted AS MATERIALIZED (
        SELECT * FROM unnest($1::bigint[], $2::int[], $3::bigint[]) AS given (account_id, kind, id)
    )
    SELECT wanted.*, job.status, job.rows_done AS done, job.rows_total AS total, job.failure,
        job.ended_at AS finished_at
    FROM wanted JOIN import AS job ON {_on(JobKind.IMPORT)}
    UNION ALL
    SELECT wanted.*, job.status, job.rows_done, job.rows_total, job.failure, job.ended_at
    FROM wanted JOIN export AS job ON {_on(JobKind.EXPORT)}
    UNION ALL
    SELECT wanted.*, job.status,
        CASE job.status WHEN 'APPLYING' THEN job.applied_clicks WHEN 'APPLIED' THEN job.applied_clicks
            ELSE job.examined_clicks END,
        CASE job.status WHEN 'APPLYING' THEN job.changing_clicks WHEN 'APPLIED' THEN job.changing_clicks
            WHEN 'COMPARED' THEN job.examined_clicks END,
        job.failure, job.finished_at
    FROM wanted JOIN correction AS job ON {_on(JobKind.CORRECTION)}
    UNION ALL
    SELECT wanted.*, job.status, job.prepared, job.recipients, job.failure, job.prepared_at
    FROM wanted JOIN message AS job ON {_on(JobKind.MESSAGE_LINKS)}
    UNION ALL
    SELECT wanted.*,
        CASE WHEN job.archived_at IS NULL AND made.links < made.members THEN 'RUNNING' ELSE 'COMPLETED' END,
        made.links, made.members, NULL, NULL
    FROM wanted JOIN tracking_deliverable AS job ON {_on(JobKind.DELIVERABLE_LINKS)}
    CROSS JOIN LATERAL (
        SELECT count(*) AS members, count(*) FILTER (WHERE EXISTS (
            SELECT FROM link WHERE link.deliverable_id = job.id AND link.creator_id = member.creator_id
        )) AS links
        FROM campaign_creator AS member
        WHERE member.campaign_id = job.campaign_id AND member.stage IN ({_STAGES})
    ) AS made
    UNION ALL
    SELECT wanted.*, job.status, job.events_queued, NULL, NULL, job.ended_at
    FROM wanted JOIN webhook_replay AS replay ON wanted.kind = {JobKind.WEBHOOK_REPLAY.value} AND replay.id = wanted.id
    JOIN webhook_endpoint AS endpoint ON endpoint.id = replay.endpoint_id AND endpoint.account_id = wanted.account_id
    CROSS JOIN LATERAL (SELECT replay.status, replay.events_queued, replay.ended_at) AS job
"""


async def read_job_states(pool: asyncpg.Pool, keys: Collection[JobKey]) -> dict[JobKey, JobState]:
    """In one statement, of any accounts. What does not exist, or belongs to another account, is left out."""
    given = list(keys)
    accounts, kinds, ids = ([key[part] for key in given] for part in range(3))
    return {
        JobKey(row["account_id"], JobKind(row["kind"]), row["id"]): JobState(
            _STATUSES.get(row["status"]) or JobStatus(row["status"]),
            row["done"],
            row["total"],
            row["failure"],
            row["finished_at"],
        )
        for row in await pool.fetch(_READ, accounts, kinds, ids)
    }
