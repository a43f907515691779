"""A walk: steps drawn at random, each of which leaves the tables as the oracle says."""

from collections.abc import Awaitable, Callable
from random import Random
from typing import Final

import asyncpg

from tests.crediting.drawn import EVER, draw_told, draw_visits
from tests.crediting.machine import Crediting
from tests.crediting.site import make_site
from tracking.bots.verdicts import Reason, Verdict

FIRST_ACCOUNT: Final = 1_000_000  # far from those that other tests make
Step = Callable[[Crediting], Awaitable[None]]


async def walk(pool: asyncpg.Pool, seed: int, steps: int) -> Crediting:
    """The same for the same seed, wherever. Of some walks a few kinds of steps are left out, so that others meet."""
    crediting = await begin(pool, seed)
    random = crediting.random
    try:
        old = draw_visits(random, 4, 8)
        await crediting.click([each | {"age": random.choice(EVER), "is_stored": True} for each in old])
        kinds = [_report, *random.sample(_OTHERS, random.randint(3, len(_OTHERS)))]
        for _ in range(steps):
            await random.choice(kinds)(crediting)
        await crediting.compare_counts()
    except Exception as error:
        error.add_note(f"walk {seed}, after {crediting.compared} comparisons")
        raise
    return crediting


async def begin(pool: asyncpg.Pool, seed: int) -> Crediting:
    random = Random(seed)  # noqa: S311 -- no secret: it has to be the same again
    known, foreign_id = await make_site(pool, FIRST_ACCOUNT + 2 * seed)
    return Crediting(pool, random, known, foreign_id)


async def _click(crediting: Crediting) -> None:
    await crediting.click(draw_visits(crediting.random, 2, 6))


async def _let_late_ones_come(crediting: Crediting) -> None:
    await crediting.let_late_ones_come()


async def _judge_anew(crediting: Crediting) -> None:
    if stored := crediting.list_stored():
        chosen = crediting.random.choices(stored, k=2)
        await crediting.judge_anew(chosen, crediting.random.choice((Reason.HONEYPOT, Reason.MANY_CLICKS)))


async def _correct(crediting: Crediting) -> None:
    if stored := crediting.list_stored():
        chosen = crediting.random.choice(stored)
        await crediting.correct(chosen, crediting.random.choice((Verdict.HUMAN, Verdict.BOT)))


async def _forget(crediting: Crediting) -> None:
    if stored := crediting.list_stored():
        await crediting.forget(crediting.random.choice(stored))


async def _report(crediting: Crediting) -> None:
    await crediting.report(draw_told(crediting.random), again=crediting.random.random() < 0.5)


async def _rule_by_hand(crediting: Crediting) -> None:
    if conversions := crediting.known.list_conversions():
        chosen = crediting.random.choice(conversions)
        await crediting.rule_by_hand(chosen, is_approved=crediting.random.random() < 0.5)


async def _approve_another_amount(crediting: Crediting) -> None:
    await crediting.approve_another_amount(crediting.random.getrandbits(16))


async def _change_terms(crediting: Crediting) -> None:
    random = crediting.random
    await crediting.change_terms(
        random.choice(("FIRST_CLICK", "LAST_CLICK")),
        random.choice((7, 28)),
        approves_unverified=random.choice((False, False, True)),
        counts_sales=random.choice((False, True)),
        cap=random.choice((10_000, 1)),
    )


_OTHERS: Final[list[Step]] = [
    _click,
    _let_late_ones_come,
    _judge_anew,
    _correct,
    _forget,
    _report,
    _rule_by_hand,
    _approve_another_amount,
    _change_terms,
]
