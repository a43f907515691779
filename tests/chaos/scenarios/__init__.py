"""Everything that is broken on purpose, one after the other, and all of it at once."""

from typing import Final

from tests.chaos.scenarios import (
    clocks,
    disks,
    everything,
    memory,
    poison,
    postgres,
    redirectors,
    selling,
    valkey,
    workers,
)
from tests.chaos.scenarios.starts import leave_alone
from tests.chaos.trial import Scenario

SCENARIOS: Final = (
    Scenario("-", "nothing breaks", leave_alone),
    *workers.SCENARIOS,
    *valkey.SCENARIOS,
    *postgres.SCENARIOS,
    *redirectors.SCENARIOS,
    *selling.SCENARIOS,
    *poison.SCENARIOS,
    *memory.SCENARIOS,
    *disks.SCENARIOS,
    *clocks.SCENARIOS,
    *everything.SCENARIOS,
)
