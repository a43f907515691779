"""The subscription `jobProgress`."""

from collections.abc import AsyncGenerator
from contextlib import aclosing

import strawberry

from api.context import Info
from api.errors import refuse_input
from api.jobs.queries import JobId, read_job_key
from api.jobs.types import Job
from api.permissions import IsReader
from tracking.job_states import read_job_states


@strawberry.type
class JobSubscription:
    @strawberry.subscription(
        description="How far work is that takes time: at once, and whenever that changes, at most twice a second. Ends"
        " with the work.",
        permission_classes=[IsReader],
    )
    async def job_progress(
        self,
        info: Info,
        id: JobId,  # noqa: A002 -- the name in the graph
    ) -> AsyncGenerator[Job, None]:
        context = info.context
        key = read_job_key(context, id)
        if key not in await read_job_states(context.pool, [key]):
            raise refuse_input("`id` names no work of this account.")
        async with context.boards.jobs.watch([key]) as watcher, aclosing(watcher.follow()) as news:
            async for _, state in news:
                context.loaders.clear()  # what was read for an earlier message may have changed since
                yield Job.from_state(id, key, state)
                if state.has_ended:
                    return
