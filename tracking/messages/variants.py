"""Variants of an A/B test side by side, and what may be said of them (TR18). Pure, but for what is read."""

from collections.abc import Sequence
from typing import Final, NamedTuple

import asyncpg

from tracking.messages.significance import Difference, Share
from tracking.paging import Conditions

MAX_MESSAGES: Final = 1_000
MAX_VARIANTS: Final = 20


class MessagesOfTest(NamedTuple):
    """Those that are all of this; one without a variant is in no test."""

    message_ids: Sequence[int] | None = None
    campaign_id: int | None = None
    name: str | None = None


class VariantShare(NamedTuple):
    """`share` is None where it cannot be told: nothing sent, or more clicked than it was sent to."""

    variant: str
    share: Share | None


async def find_messages_of_test(pool: asyncpg.Pool, account_id: int, wanted: MessagesOfTest) -> list[tuple[int, str]]:
    """Id and variant, by variant and id: one more than MAX_MESSAGES when there are more."""
    conditions = Conditions(account_id)
    conditions.require("account_id = $1")
    conditions.require("variant <> ''")
    if wanted.message_ids is not None:
        conditions.add("id = ANY ({}::bigint[])", list(wanted.message_ids))
    conditions.add_if_given("campaign_id = {}", wanted.campaign_id)
    conditions.add_if_given("name = {}", wanted.name)
    limit = conditions.bind(MAX_MESSAGES + 1)
    rows = await pool.fetch(
        f'SELECT id, variant FROM message WHERE {conditions.where} ORDER BY variant COLLATE "C", id LIMIT {limit}',
        *conditions.parameters,
    )
    return [(row["id"], row["variant"]) for row in rows]


def find_share(clicked: int, sent: int | None) -> Share | None:
    return Share(clicked, sent) if sent and 0 <= clicked <= sent else None


def word_difference(difference: Difference, variants: Sequence[VariantShare]) -> str:
    """Of two variants with shares."""
    pair = [variants[difference.first], variants[difference.second]]
    better, worse = sorted(pair, key=_measure, reverse=True)
    p_value = _word_p_value(difference.adjusted_p_value)
    if difference.is_significant:
        return (
            f"{better.variant} is better than {worse.variant}: {_word_share(better)} against {_word_share(worse)}"
            f" clicked, {p_value}."
        )
    told = (
        f"No difference between {pair[0].variant} and {pair[1].variant} can be told yet: {_word_share(pair[0])} against"
        f" {_word_share(pair[1])} clicked, {p_value}."
    )
    if difference.more_needed is None:
        return told
    return f"{told} If it is as large as it looks, about {difference.more_needed:,} more recipients of each would show."


def find_winner(variants: Sequence[VariantShare], differences: Sequence[Difference]) -> str | None:
    """The variant that is better than every other beyond chance."""
    for place, variant in enumerate(variants):
        of_it = [each for each in differences if place in {each.first, each.second}]
        if of_it and all(
            each.is_significant and (each.value > 0) == (each.second == place) and each.value for each in of_it
        ):
            return variant.variant
    return None


def _measure(variant: VariantShare) -> float:
    return variant.share.value if variant.share else 0


def _word_share(variant: VariantShare) -> str:
    return f"{_measure(variant):.1%}".replace("%", " %")


def _word_p_value(p_value: float) -> str:
    return "p < 0.001" if p_value < 0.001 else f"p = {p_value:.3f}"
