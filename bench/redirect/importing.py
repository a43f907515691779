"""What a redirector imports before it runs, against the libraries that it stands on: each in a process of its own."""

import subprocess
import sys

from bench.figures import Figure, Gate
from bench.programs import BenchError
from bench.rounds import Pair
from creatrail.embedded.folders import PROJECT

GATE = Gate(1.6, is_ceiling=True)
TRIES_A_ROUND = 3  # they take a third of a second

# Of Starlette what every application imports: the package itself is empty.
LIBRARIES = "import uvicorn, uvloop, httptools, starlette.applications, asyncpg"
OURS = """
import gc
from creatrail.programs import leave_out_rich
leave_out_rich()
gc.disable()
import redirector.main
import uvloop
"""
PRINT_CPU_S = """
from resource import RUSAGE_SELF, getrusage
def read_cpu_s():
    usage = getrusage(RUSAGE_SELF)
    return usage.ru_utime + usage.ru_stime
before = read_cpu_s()
{statement}
print(read_cpu_s() - before)
"""


def measure_imports(rounds: int) -> Figure:
    """CPU over that of a bare interpreter. The first pair, which may write the compiled files, is not counted."""
    pairs = [Pair(_measure(LIBRARIES), _measure(OURS)) for _ in range(1 + rounds * TRIES_A_ROUND)][1:]
    return Figure.median("redirector_import_vs_libraries", [pair.variant / pair.reference for pair in pairs], GATE)


def _measure(statement: str) -> float:
    command = [sys.executable, "-c", PRINT_CPU_S.format(statement=statement)]
    ran = subprocess.run(command, cwd=PROJECT, capture_output=True, text=True, check=False)
    if ran.returncode != 0:
        raise BenchError(f"cannot run `{statement}`:\n{ran.stderr}")
    return float(ran.stdout)
