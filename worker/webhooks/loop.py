"""The loop that delivers webhooks, in the jobs role: on its own, so that no job waits for a stranger's host."""

import asyncio

from worker.patience import ReportSuccess, keep_running
from worker.webhooks.dispatcher import Dispatcher


async def run_deliveries(dispatcher: Dispatcher, stopping: asyncio.Event) -> None:
    """Until stopping. Several workers may run: each takes what no other one has."""

    async def deliver(report_success: ReportSuccess) -> None:
        await dispatcher.run(stopping, report_success)

    try:
        await keep_running("webhooks", deliver, stopping)
    finally:
        await dispatcher.aclose()
