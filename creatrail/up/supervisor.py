"""Starts groups of children one after the other, keeps them alive, and stops them in the opposite order."""

import asyncio
from collections.abc import Sequence

from creatrail.up.supervised import Supervised, do_together, keep_alive


class Supervisor:
    """Groups are started in order; each group's children start and stop together."""

    def __init__(self) -> None:
        self.groups: list[Sequence[Supervised]] = []
        self.keepers: list[asyncio.Task[None]] = []
        self.is_stopping = False

    async def start(self, group: Sequence[Supervised]) -> None:
        """Return once all of them are ready. Raises the StartFailedError of the first that cannot start."""
        self.groups.append(group)
        await do_together(*(child.start() for child in group))
        self.keepers += [asyncio.create_task(keep_alive(child)) for child in group]

    async def stop(self) -> None:
        """Stop the last started group first. A child that does not end in time is killed."""
        self.is_stopping = True
        for keeper in self.keepers:
            keeper.cancel()
        for group in reversed(self.groups):
            await asyncio.gather(*(child.stop() for child in group))

    def kill(self) -> None:
        for group in self.groups:
            for child in group:
                child.kill()
