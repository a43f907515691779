"""The bench's own scenes, played small: what is expected of them, and that without passes nothing of it is found."""

import random

import asyncpg
import pytest

from bench.behaviour import scenes
from bench.behaviour.bench import MESSAGES, tally
from bench.behaviour.crowd import Door
from bench.behaviour.month import Error, count_by_hours, live_month, read_uniques
from bench.behaviour.scenes import play_message, play_post, play_previews
from bench.behaviour.stage import Stage, open_stage
from tracking.clock import now_ms

SEED = 4
DAY_MS = 86_400_000


async def play_scanned(stage: Stage, links: int, contacts: int) -> list[scenes.Labelled]:
    targets = await stage.make_message(f"m{links}", contacts, links)
    chance = random.Random(SEED)  # noqa: S311 -- the same scene in every run
    return list(play_message(chance, Door(SEED), targets, now_ms() - 3 * DAY_MS, MESSAGES[links]))


@pytest.mark.feature("TR25")
class TestSimulator:
    async def test_scanners_of_three_links_are_found_and_nobody_is_lost(self, pool: asyncpg.Pool) -> None:
        stage = await open_stage(pool, "small")
        clicks = await play_scanned(stage, 3, 120)

        await stage.play([click.event for click in clicks])

        found = (await tally(stage, clicks))[MESSAGES[3]]
        assert found.programs_found == found.programs > 150
        assert (found.people_bots, found.lost) == (0, 0)
        assert found.visitors > 40

    async def test_without_passes_the_same_scanners_are_people(
        self, pool: asyncpg.Pool, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        async def do_nothing(_pool: asyncpg.Pool) -> None:
            pass

        monkeypatch.setattr("bench.behaviour.stage.pass_all", do_nothing)
        stage = await open_stage(pool, "blind")
        clicks = await play_scanned(stage, 3, 120)

        await stage.play([click.event for click in clicks])

        found = (await tally(stage, clicks))[MESSAGES[3]]
        assert found.programs_found == 0 < found.programs

    async def test_a_creators_post_behind_carriers_is_people(
        self, pool: asyncpg.Pool, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(scenes, "BURST_CLICKS", 1_500)
        monkeypatch.setattr(scenes, "HOUR_MS", 600_000)
        stage = await open_stage(pool, "post")
        targets = await stage.make_links(2)
        chance, start_ms = random.Random(SEED), now_ms() - DAY_MS  # noqa: S311 -- the same scene in every run
        clicks = list(play_post(chance, Door(SEED), targets, start_ms))
        clicks += play_previews(chance, Door(SEED), targets[1:], start_ms)

        await stage.play([click.event for click in clicks])

        found = await tally(stage, clicks)
        assert [(each.people_bots, each.people_suspects, each.lost) for each in found.values()] == [(0, 0, 0)] * 2
        assert found["previews by senders"].recall == 1

    async def test_a_known_month_is_counted_within_two_percent_and_better_than_by_hours(
        self, pool: asyncpg.Pool, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("bench.behaviour.month.DAYS", 6)
        start_ms = (now_ms() // DAY_MS - 8) * DAY_MS
        errors = []
        for has_cookies in (True, False):
            stage = await open_stage(pool, "cookies" if has_cookies else "none")
            month = live_month(SEED, await stage.make_links(2), start_ms, has_cookies=has_cookies)
            await stage.play(month.events)
            errors.append(Error.compare(await read_uniques(stage), month.person_days))
        by_hours = Error.compare(count_by_hours(month), month.person_days)

        assert errors[0].worst < 0.02
        assert errors[0].worst < errors[1].mean < by_hours.mean
