"""The proof of tests/chaos/events in full: 10,000 events; readers, api, Valkey and PostgreSQL killed meanwhile."""

import asyncio
from typing import Final

from bench.figures import Figure, Gate, Table
from tests.chaos.events.proof import LONG, Pace, Proof, prove
from tests.e2e.system import open_system

_COLUMNS: Final = ("heard", "repeated", "kills", "missing", "strange", "out_of_order", "unstable_ids", "wrong_counts")
_NO_PROBLEM: Final = Gate(0, is_ceiling=True)


def prove_that_nothing_is_lost(pace: Pace = LONG) -> tuple[Table, list[Figure]]:
    proof = asyncio.run(_prove(pace))
    rows = [
        [f"{name}, mistaken on purpose" if name in proof.mistaken else name]
        + [f"{getattr(verdict, column):,}" for column in _COLUMNS]
        for name, verdict in proof.verdicts.items()
    ]
    unfound = [name for name in proof.mistaken if not proof.verdicts[name].problems]
    figures = [
        Figure("proof_events", proof.events, Gate(pace.events)),
        Figure("proof_problems", len(proof.problems), _NO_PROBLEM),
        Figure("proof_mistakes_not_found", len(unfound), _NO_PROBLEM),
    ]
    return Table(f"{proof.events:,} events in {proof.took_s:.0f} s", ["reader", *_COLUMNS], rows), figures


async def _prove(pace: Pace) -> Proof:
    async with open_system() as system:
        return await prove(system, pace)
