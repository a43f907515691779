"""Work that takes time, whatever kind of work it is."""

import datetime as dt
from typing import Final

import strawberry

from api.context import Info
from api.enums import publish_enum
from api.nodes import Node, find_node
from api.scalars import BigInt
from tracking.job_states import JobKey, JobKind, JobState, JobStatus

publish_enum(
    JobKind,
    "What kind of work it is.",
    {
        JobKind.IMPORT: "The rows of an Import are written.",
        JobKind.EXPORT: "The file of an Export is written.",
        JobKind.CORRECTION: "A Correction compares clicks, and changes them unless it is a dry run.",
        JobKind.MESSAGE_LINKS: "The recipients of a Message get their links.",
        JobKind.DELIVERABLE_LINKS: "The creators of a campaign get their links of a TrackingDeliverable.",
        JobKind.WEBHOOK_REPLAY: "A WebhookReplay queues events again.",
    },
)
publish_enum(
    JobStatus,
    "How far it is.",
    {
        JobStatus.WAITING: "For its file, or for a worker.",
        JobStatus.RUNNING: "Under way.",
        JobStatus.COMPLETED: "All is done.",
        JobStatus.FAILED: "It stopped; `failure` says why.",
        JobStatus.CANCELLED: "It was stopped by somebody.",
    },
)
KINDS: Final = {
    "Import": JobKind.IMPORT,
    "Export": JobKind.EXPORT,
    "Correction": JobKind.CORRECTION,
    "Message": JobKind.MESSAGE_LINKS,
    "TrackingDeliverable": JobKind.DELIVERABLE_LINKS,
    "WebhookReplay": JobKind.WEBHOOK_REPLAY,
}


@strawberry.type(description="How much of it is done: rows, clicks, recipients, creators or events.")
class JobProgress:
    done: BigInt = strawberry.field(description="So many are.")
    total: BigInt | None = strawberry.field(description="Of so many, which may be an estimate; null: nobody knows.")


@strawberry.type(description="Work that takes time. Its id is that of what it is about.")
class Job:
    id: strawberry.ID = strawberry.field(description="Of the Import, Export, Correction … that it is about.")
    kind: JobKind = strawberry.field(description="What kind of work it is.")
    status: JobStatus = strawberry.field(description="How far it is.")
    progress: JobProgress = strawberry.field(description="How much is done; of a correction, in its present step.")
    failure: str | None = strawberry.field(description="Why it failed, for people.")
    finished_at: dt.datetime | None = strawberry.field(description="When it ended; null where nobody noted it.")

    @strawberry.field(description="What it is about, as it is now.")
    async def node(self, info: Info) -> Node | None:
        return await find_node(info.context, self.id)

    @classmethod
    def from_state(cls, job_id: strawberry.ID, key: JobKey, state: JobState) -> "Job":
        return cls(
            id=job_id,
            kind=key.kind,
            status=state.status,
            progress=JobProgress(done=BigInt(state.done), total=None if state.total is None else BigInt(state.total)),
            failure=state.failure,
            finished_at=state.finished_at,
        )
