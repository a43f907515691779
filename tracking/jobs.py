"""Jobs of the worker's jobs role: their names, how to ask for them, and how they travel. Knows nothing of arq."""

import json
from typing import Any, Final, Protocol

from tracking.streams import JOBS_QUEUE

GENERATE_DELIVERABLE_LINKS: Final = "generate_deliverable_links"
PREPARE_MESSAGE_LINKS: Final = "prepare_message_links"
RUN_IMPORT: Final = "run_import"
RUN_CORRECTIONS: Final = "run_corrections"
RUN_EXPORT: Final = "run_export"
RUN_ERASURE: Final = "run_erasure"


class JobQueue(Protocol):
    """What arq's pool offers. Jobs may run twice and must be idempotent."""

    async def enqueue_job(self, function: str, *args: Any, _queue_name: str | None = None) -> Any: ...


async def request_deliverable_links(queue: JobQueue, deliverable_id: int) -> None:
    """Ask for the links of a new deliverable; call it after commit. A lost request is repaired by the worker's cron."""
    await queue.enqueue_job(GENERATE_DELIVERABLE_LINKS, deliverable_id, _queue_name=JOBS_QUEUE)


async def request_message_links(queue: JobQueue, message_id: int) -> None:
    """Ask for the links of a message's recipients, in the same way."""
    await queue.enqueue_job(PREPARE_MESSAGE_LINKS, message_id, _queue_name=JOBS_QUEUE)


async def request_import(queue: JobQueue, import_id: int) -> None:
    """Ask for the rows of an uploaded file to be written, in the same way."""
    await queue.enqueue_job(RUN_IMPORT, import_id, _queue_name=JOBS_QUEUE)


async def request_corrections(queue: JobQueue, account_id: int) -> None:
    """Ask for the open corrections of an account to be compared and applied, in the same way."""
    await queue.enqueue_job(RUN_CORRECTIONS, account_id, _queue_name=JOBS_QUEUE)


async def request_export(queue: JobQueue, export_id: int) -> None:
    """Ask for the file of an export to be written, in the same way."""
    await queue.enqueue_job(RUN_EXPORT, export_id, _queue_name=JOBS_QUEUE)


async def request_erasure(queue: JobQueue, erasure_id: int) -> None:
    """Ask for a person to be forgotten, in the same way."""
    await queue.enqueue_job(RUN_ERASURE, erasure_id, _queue_name=JOBS_QUEUE)


def serialize_job(job: dict[str, Any]) -> bytes:
    """JSON in place of arq's pickle: who can write to Redis must not run code in the worker."""
    return json.dumps(job).encode()


def deserialize_job(payload: bytes) -> dict[str, Any]:
    job: dict[str, Any] = json.loads(payload)
    return job
