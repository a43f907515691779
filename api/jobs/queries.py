"""The root field `job`, and which work an id names."""

from typing import Annotated, TypeAlias

import strawberry

from api.context import Context, Info
from api.ids import UNKNOWN_KEY, read_key, split_id
from api.jobs.types import KINDS, Job
from api.permissions import IsReader
from tracking.job_states import JobKey, JobKind, read_job_states

JobId: TypeAlias = Annotated[
    strawberry.ID,
    strawberry.argument(description="Of an Import, Export, Correction, Message, TrackingDeliverable or WebhookReplay."),
]


def read_job_key(context: Context, global_id: str) -> JobKey:
    """An unknown one for what names no work."""
    type_name, key = split_id(global_id) or ("", "")
    return JobKey(context.account_id, KINDS.get(type_name, JobKind.IMPORT), _read(type_name, key))


def _read(type_name: str, key: str) -> int:
    return (read_key(key) or UNKNOWN_KEY) if type_name in KINDS else UNKNOWN_KEY


@strawberry.type
class JobQuery:
    @strawberry.field(
        description="How far work is that takes time; null when this account has no such work. To be told as it goes"
        " on, subscribe to `jobProgress`.",
        permission_classes=[IsReader],
    )
    async def job(
        self,
        info: Info,
        id: JobId,  # noqa: A002 -- the name in the graph
    ) -> Job | None:
        key = read_job_key(info.context, id)
        state = (await read_job_states(info.context.pool, [key])).get(key)
        return Job.from_state(id, key, state) if state else None
