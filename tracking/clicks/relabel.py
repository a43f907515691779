"""Clicks that are judged anew: by later evidence, a person's verdict, another ruleset or policy (rules 4 and 6)."""

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from enum import IntEnum
from typing import Any, Final, NamedTuple
from uuid import UUID
from zoneinfo import ZoneInfo

import asyncpg

from tracking.bots.hosting.queries import renumber_versions
from tracking.bots.policies.queries import read_policies
from tracking.clicks.elections import Ballot, Holders, elect, lock_uniques, settle
from tracking.clicks.judging import Judgement, find_counter
from tracking.clicks.labels import write_standing
from tracking.clicks.prepare import UniqueKey
from tracking.clicks.rejudging import FACT_COLUMNS, IS_KEPT_WHOLE, find_policy_moment, judge_stored, read_unique_key
from tracking.clicks.uniques import STAGE, KeyGoneError, count_unique, read_delta_key
from tracking.clicks.zones import read_zones
from tracking.database import list_columns
from tracking.events.outbox import EventKind, append_events
from tracking.faults import maybe_crash
from tracking.reports.deltas import Deltas
from tracking.reports.scopes import COUNTED

_LABELS: Final = ("id", "creator_id", "message_id", "slot", "offer_id", "sharer_id", "visitor_key", "visitor_day")
_JUDGED: Final = ("verdict", "traffic_class", "reasons", "score", "ruleset", "is_counted")
_LEARNED: Final = ("evidence", "manual_verdict", "policy_at")
_COLUMNS: Final = ", ".join(dict.fromkeys((*_LABELS, *_JUDGED, *FACT_COLUMNS, "lists_id")))

# Whoever slept through the end of a correction does not come back over what later ones have judged since.
_IS_APPLYING: Final = "SELECT id FROM correction WHERE id = $1 AND status = 'APPLYING' FOR SHARE"
_LOCK: Final = "SELECT id FROM click WHERE id = ANY ($1) ORDER BY id FOR NO KEY UPDATE"
# Whom an election would find if what is judged stood in the table already; those that gained are candidates anyway.
_STILL_COUNTS: Final = "is_counted AND id <> ALL ($6)"
_READ: Final = f"""
    SELECT {_COLUMNS}, (SELECT user_agent FROM user_agent WHERE user_agent.id = click.user_agent_id),
        {write_standing("label.verdict")} AS label
    FROM click WHERE account_id = $1 AND id = ANY ($2) AND {IS_KEPT_WHOLE} ORDER BY id
"""
_READ_OTHERS: Final = f"SELECT {_COLUMNS} FROM click WHERE id = ANY ($1)"
_UPDATE: Final = """
    UPDATE click SET verdict = new.verdict, traffic_class = new.traffic_class, reasons = new.reasons,
        score = new.score, ruleset = new.ruleset, is_counted = new.is_counted, evidence = new.evidence,
        manual_verdict = new.manual_verdict, policy_at = new.policy_at, lists_id = new.lists_id,
        changed_at = CASE WHEN new.is_told THEN now() ELSE click.changed_at END
    FROM unnest($1::uuid[], $2::smallint[], $3::smallint[], $4::bigint[], $5::smallint[], $6::smallint[],
            $7::boolean[], $8::bigint[], $9::smallint[], $10::timestamptz[], $11::integer[], $12::boolean[])
        AS new (id, verdict, traffic_class, reasons, score, ruleset, is_counted, evidence, manual_verdict, policy_at,
            lists_id, is_told)
    WHERE click.id = new.id
"""
_NOTE_CHANGES: Final = "UPDATE click SET changed_at = now() WHERE id = ANY ($1)"
_LOG_COLUMNS: Final = (
    "account_id",
    "click_id",
    "cause",
    "correction_id",
    *(f"{column}_{when}" for column in _JUDGED for when in ("before", "after")),
)


class Cause(IntEnum):
    """Why clicks were judged anew; stored, so never reused."""

    BEHAVIOUR = 1
    CONFIRMATION = 2
    RESCORE = 3
    RECLASSIFY = 4
    UNDO = 5
    CONVERSION = 6


class Learned(NamedTuple):
    """What is new about one click; what is left out changes nothing."""

    evidence: int = 0  # bits to add
    evidence_gone: int = 0  # bits to take away: what a behaviour pass sees otherwise when a click comes late
    labels_changed: bool = False  # read the person's verdict anew: the newest correction's that was not taken back
    ruleset: int | None = None
    policy_at: dt.datetime | None = None  # judge by the policy of that moment, not by that of the click's own


class _Change(NamedTuple):
    """A stored click, what is known of it now, and what that makes of it."""

    before: asyncpg.Record
    known: Mapping[str, Any]
    after: Judgement

    @property
    def click_id(self) -> UUID:
        click_id: UUID = self.before["id"]
        return click_id

    @property
    def judged(self) -> tuple[int | bool, ...]:
        verdict, traffic_class, reasons, score, ruleset = self.after.columns
        return verdict, traffic_class, int(reasons), score, ruleset, self.after.is_counted

    @property
    def is_judged_otherwise(self) -> bool:
        return any(self.before[column] != value for column, value in zip(_JUDGED, self.judged, strict=True))

    @property
    def is_any(self) -> bool:
        return self.is_judged_otherwise or any(self.before[name] != self.known[name] for name in _LEARNED)


class _Move(NamedTuple):
    """A unit that goes from one click to another; None: that was not counted before, or is not any more."""

    lost_by: asyncpg.Record | None
    won_by: asyncpg.Record | None


class _Outcome(NamedTuple):
    judged: list[_Change]  # those that are judged otherwise
    moves: list[_Move]

    @property
    def told(self) -> set[UUID]:
        """Those that count or are judged otherwise than before."""
        ids = {change.click_id for change in self.judged}
        return ids.union(click["id"] for move in self.moves for click in move if click is not None)


async def relabel_clicks(
    pool: asyncpg.Pool,
    account_id: int,
    learned: Mapping[UUID, Learned],
    cause: Cause,
    correction_id: int | None = None,
) -> list[UUID]:
    """Judge these clicks of an account anew and move columns, counts and uniques with them, in one transaction.

    Answers with those that are judged otherwise now. Doing it again changes nothing; clicks that are not stored are
    left out, and a correction that is over judges none. For at most 1,000 clicks a call, as all of them and their
    uniques stay locked meanwhile.
    """
    zones = await read_zones(pool, [account_id])
    while True:
        async with pool.acquire() as connection:
            # most of what a large correction means to change stays as it is, and is seen to without a lock
            expected = await _judge_anew(connection, account_id, learned, learned)
            if not expected:
                return []
            try:
                async with connection.transaction():
                    if correction_id is not None and await connection.fetchrow(_IS_APPLYING, correction_id) is None:
                        return []
                    outcome = await _judge_locked(connection, account_id, learned, expected)
                    maybe_crash("after_relabel")
                    await _count(outcome, zones.by_account[account_id]).append(connection)
                    await _announce(connection, account_id, outcome, (cause, correction_id))
                    maybe_crash("before_relabel_commit")
            except KeyGoneError:
                continue
            return [change.click_id for change in outcome.judged]


async def _judge_locked(
    connection: asyncpg.Connection, account_id: int, learned: Mapping[UUID, Learned], expected: Sequence[_Change]
) -> _Outcome:
    """Locks, after a correction: unique rows by their keys, then clicks by their ids; appends come later (rule 6).

    Whoever judges a click anew holds its key: with the keys locked, who wins is known before the clicks are.
    """
    claims = {read_unique_key(change.before): (account_id, change.click_id) for change in expected}
    await connection.execute(STAGE)
    held = await lock_uniques(connection, claims)
    changes = await _judge_anew(connection, account_id, learned, [change.click_id for change in expected])
    ballots = _read_ballots(changes)
    lost = [click_id for ballot in ballots.values() for click_id in ballot.lost]
    elected = await elect(connection, held, ballots, _STILL_COUNTS, [lost])
    rows = await _read_movers(connection, changes, held, elected)
    for key, holder in held.items():
        if holder is not None and holder != elected[key] and holder not in rows:
            elected[key] = holder  # it is not stored any more: nobody can say from where its unit would move
    moves = [_Move(rows.get(held[key]), rows.get(elected[key])) for key in held if held[key] != elected[key]]
    outcome = _Outcome([change for change in changes if change.is_judged_otherwise], moves)
    await _write(connection, changes, outcome.told)
    await settle(connection, held, elected, claims)
    return outcome


async def _write(connection: asyncpg.Connection, changes: Sequence[_Change], told: set[UUID]) -> None:
    """Raises KeyGoneError when a click of theirs has been deleted meanwhile."""
    judged = {change.click_id for change in changes}
    if len(await connection.fetch(_LOCK, judged | told)) < len(judged | told):
        raise KeyGoneError
    if changes:
        lists = await renumber_versions(connection, {change.before["lists_id"] for change in changes})
        await connection.execute(_UPDATE, *_transpose_updates(changes, lists, told))
    if told - judged:
        await connection.execute(_NOTE_CHANGES, told - judged)


async def _judge_anew(
    connection: asyncpg.Connection, account_id: int, learned: Mapping[UUID, Learned], wanted: Iterable[UUID]
) -> list[_Change]:
    """Those of the wanted clicks about which something is new, in the order of their ids."""
    rows = await connection.fetch(_READ, account_id, list(wanted))
    if not rows:
        return []
    known = [_learn(row, learned[row["id"]]) for row in rows]
    links = {click["link_id"] for click in known}
    policies = await read_policies(connection, [account_id], links, since=min(map(find_policy_moment, known)))
    changes = [_Change(row, click, judge_stored(click, policies)) for row, click in zip(rows, known, strict=True)]
    return [change for change in changes if change.is_any]


def _learn(click: asyncpg.Record, news: Learned) -> dict[str, Any]:
    known = dict(click)
    known["evidence"] = known["evidence"] & ~news.evidence_gone | news.evidence
    if news.labels_changed:
        known["manual_verdict"] = click["label"]
    if news.ruleset is not None:
        known["ruleset"] = news.ruleset
    if news.policy_at is not None:
        known["policy_at"] = news.policy_at
    return known


def _transpose_updates(
    changes: Iterable[_Change], lists: Mapping[int | None, int | None], told: set[UUID]
) -> list[list[Any]]:
    rows = [
        (
            change.click_id,
            *change.judged,
            *(change.known[name] for name in _LEARNED),
            lists[change.before["lists_id"]],
            change.click_id in told,
        )
        for change in changes
    ]
    return list_columns(rows)


def _read_ballots(changes: Iterable[_Change]) -> dict[UniqueKey, Ballot]:
    ballots: dict[UniqueKey, Ballot] = {}
    for change in changes:
        if change.before["is_counted"] != change.after.is_counted:
            key = read_unique_key(change.before)
            ballot = ballots.setdefault(key, Ballot(set(), set(), change.before["contact_id"]))
            (ballot.gained if change.after.is_counted else ballot.lost).add(change.click_id)
    return ballots


async def _read_movers(
    connection: asyncpg.Connection, changes: Iterable[_Change], held: Holders, elected: Holders
) -> dict[UUID | None, asyncpg.Record]:
    """The clicks that lose or win a unique, as far as they are stored."""
    movers = {click_id for key in held if held[key] != elected[key] for click_id in (held[key], elected[key])}
    known = {change.click_id: change.before for change in changes if change.click_id in movers}
    others = [click_id for click_id in movers if click_id is not None and click_id not in known]
    found = await connection.fetch(_READ_OTHERS, others) if others else []
    return {**known, **{row["id"]: row for row in found}}


def _count(outcome: _Outcome, zone: ZoneInfo) -> Deltas:
    deltas = Deltas()
    for change in outcome.judged:
        key = read_delta_key(change.before, zone)
        deltas.add(key, find_counter(change.before["verdict"], change.before["traffic_class"]), -1)
        deltas.add(key, change.after.counter)
        if change.before["is_counted"] != change.after.is_counted:
            deltas.add(key, COUNTED, 1 if change.after.is_counted else -1)
    for move in outcome.moves:
        for click, amount in ((move.lost_by, -1), (move.won_by, 1)):
            if click is not None:
                count_unique(deltas, read_delta_key(click, zone), click["visitor_method"], amount)
    return deltas


async def _announce(
    connection: asyncpg.Connection, account_id: int, outcome: _Outcome, why: tuple[Cause, int | None]
) -> None:
    """A row of the log for each click that is judged otherwise; one event for all that count otherwise."""
    records = []
    for change in outcome.judged:
        pairs = zip((change.before[column] for column in _JUDGED), change.judged, strict=True)
        records.append((account_id, change.click_id, *why, *(value for pair in pairs for value in pair)))
    await connection.copy_records_to_table("reclassification_log", records=records, columns=_LOG_COLUMNS)
    if outcome.told:
        await append_events(connection, [(account_id, EventKind.CLICKS_RECLASSIFIED, sorted(outcome.told))])
