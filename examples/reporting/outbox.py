"""Reports on their way, in a file: each is added once, and sent until it is taken or cannot be right.

Whoever tells a shop's server of an order expects a quick answer and may tell it twice, and Creatrail may be out of
reach for a while. So the server writes the report down, answers, and sends it in its own time.
"""

import json
import logging
import sqlite3
import threading
import time
from collections.abc import Callable, Mapping
from contextlib import closing
from pathlib import Path
from typing import Final

from examples.reporting.signed_report import Answer

log = logging.getLogger(__name__)

# What no repeat mends: the report itself is wrong. It stays in the file, with the answer, for a person to look at.
HOPELESS: Final = frozenset({400, 404, 413, 415, 422})
FIRST_PAUSE_S: Final = 1.0
LONGEST_PAUSE_S: Final = 3600.0
LOOK_EVERY_S: Final = 0.5
PATIENCE_S: Final = 10  # with another process that holds the file

_TABLE: Final = """
    CREATE TABLE IF NOT EXISTS report (
        key text PRIMARY KEY, report text NOT NULL, tries integer NOT NULL DEFAULT 0, next_at real NOT NULL,
        state text NOT NULL DEFAULT 'WAITING', answer text NOT NULL DEFAULT ''
    )
"""
_ADD: Final = "INSERT OR IGNORE INTO report (key, report, next_at) VALUES (?, ?, 0)"
_DUE: Final = """
    SELECT key, report, tries FROM report WHERE state = 'WAITING' AND next_at <= ? ORDER BY next_at LIMIT 100
"""
_NOTE: Final = "UPDATE report SET state = ?, answer = ?, tries = tries + 1, next_at = ? WHERE key = ?"


class Outbox:
    def __init__(self, path: Path, send: Callable[[Mapping[str, str]], Answer]) -> None:
        self._path = path
        self._send = send
        self._stopped = threading.Event()
        with closing(self._open()) as database, database:
            database.execute(_TABLE)

    def add(self, key: str, report: Mapping[str, str]) -> None:
        """On disk when this returns. The same key again changes nothing."""
        with closing(self._open()) as database, database:
            database.execute(_ADD, (key, json.dumps(report)))

    def send_due(self, now: float) -> int:
        """How many were tried. Two that run at once may send one twice, which Creatrail takes once."""
        with closing(self._open()) as database:
            due = database.execute(_DUE, (now,)).fetchall()
            for key, report, tries in due:
                answer = self._send(json.loads(report))
                state = "TAKEN" if answer.status == 202 else "REFUSED" if answer.status in HOPELESS else "WAITING"
                pause_s = min(FIRST_PAUSE_S * 2**tries, LONGEST_PAUSE_S)
                if state != "TAKEN":
                    then = "it stays in the file" if state == "REFUSED" else f"again in {pause_s:.0f} s"
                    log.warning("%s is not taken, %s: %s %s", key, then, answer.status, answer.text)
                with database:
                    database.execute(_NOTE, (state, f"{answer.status} {answer.text}", now + pause_s, key))
        return len(due)

    def run(self) -> None:
        """Until it is stopped, for a thread of its own."""
        while not self._stopped.wait(LOOK_EVERY_S):
            self.send_due(time.time())

    def stop(self) -> None:
        self._stopped.set()

    def _open(self) -> sqlite3.Connection:
        return sqlite3.connect(self._path, timeout=PATIENCE_S)
