"""From the stream into the ledger: each conversion once, whatever comes again, out of order, or half-way (R3)."""

import asyncio
from pathlib import Path

import pytest

from tests.clicking import make_event
from tests.converting import make_report
from tests.integration.worker.conftest import Scene
from tests.integration.worker.test_crashes import CRASHED, crash
from tests.settling import look_again, read_everything, read_figures, read_standing, report_click
from tracking.conversions.kinds import Method, StandingReason, Status
from tracking.events.outbox import CONVERSION_KINDS, EventKind
from tracking.reports.audit import audit
from tracking.reports.fold_outcomes import fold_all_outcomes
from worker.contracts import StreamEvent

pytestmark = pytest.mark.feature("R3", "R7")

CREDITED = (Status.APPROVED, StandingReason.NONE, Method.CLICK_ID)
ONE_SALE = {"conversions": 1, "credited_conversions": 1, "gross_minor": 1250}


@pytest.mark.feature("TR13", "R6")
class TestOrder:
    @pytest.mark.parametrize("is_click_first", [True, False])
    @pytest.mark.parametrize("are_together", [True, False])
    async def test_either_order_of_click_and_conversion_ends_alike(
        self, scene: Scene, is_click_first: bool, are_together: bool
    ) -> None:
        click = make_event(scene.account_id)
        report = report_click(click)
        both: list[StreamEvent] = [click, report] if is_click_first else [report, click]
        for part in [both] if are_together else [[each] for each in both]:
            await scene.publish(*part)
            await scene.make_ingester().drain()
        await look_again(scene.pool)

        assert (await read_standing(scene.pool, report))[:3] == CREDITED
        assert await read_figures(scene.pool) == await read_figures(scene.pool, dating=2) == ONE_SALE
        assert await scene.read_waiting() == (0, 0)

    async def test_without_a_second_look_a_conversion_before_its_click_would_wait(self, scene: Scene) -> None:
        """The check itself is checked."""
        click = make_event(scene.account_id)
        report = report_click(click)
        for event in (report, click):
            await scene.publish(event)
            await scene.make_ingester().drain()

        assert (await read_standing(scene.pool, report))[0] is Status.WAITING
        assert await read_figures(scene.pool) == {}

    async def test_a_click_in_one_lane_and_its_conversion_in_another_meet(self, scene: Scene) -> None:
        """One worker has the clicks, the other their conversions; whoever comes second, all are credited."""
        reports = []
        for turn in range(10):
            clicks = [make_event(scene.account_id, visitor=10 * turn + number) for number in range(3)]
            named = [report_click(click) for click in clicks]
            await scene.publish(*clicks)
            await scene.hand_out("w1")
            await scene.publish(*named)
            await scene.hand_out("w2")
            await asyncio.gather(*(scene.make_ingester(worker_name=name).drain() for name in ("w1", "w2")))
            reports += named
        await look_again(scene.pool)

        assert {(await read_standing(scene.pool, report))[:3] for report in reports} == {CREDITED}
        expected = {"conversions": 30, "credited_conversions": 30, "gross_minor": 37_500}
        assert await read_figures(scene.pool) == expected


class TestOnce:
    @pytest.mark.feature("TR16")
    async def test_fifty_reports_of_each_order_over_several_workers_are_one_each(self, scene: Scene) -> None:
        click = make_event(scene.account_id)
        reports = [report_click(click, txn_id=f"T{number}") for number in range(20)]
        await scene.publish(click)
        await scene.make_ingester().drain()
        for _ in range(50):
            await scene.publish(*reports)

        names = [f"w{number}" for number in range(4)]
        await asyncio.gather(*(scene.make_ingester(worker_name=name, ingest_batch=60).drain() for name in names))

        assert await scene.pool.fetchval("SELECT count(*) FROM conversion") == 20
        expected = {"conversions": 20, "credited_conversions": 20, "gross_minor": 25_000}
        assert await read_figures(scene.pool) == expected
        assert await scene.read_waiting() == (0, 0)

    @pytest.mark.feature("R13")
    async def test_each_is_told_once(self, scene: Scene) -> None:
        calls: list[None] = []
        click = make_event(scene.account_id)
        report = report_click(click)
        for _ in range(3):
            await scene.publish(click, report)
            ingester = scene.make_ingester(on_stored=lambda: calls.append(None))
            await ingester.drain()

        kinds = await scene.pool.fetch(
            "SELECT kind, cardinality(ids) FROM event_outbox WHERE kind = ANY ($1::smallint[])", CONVERSION_KINDS
        )
        assert [tuple(row) for row in kinds] == [(EventKind.CONVERSIONS_RECORDED, 1)]
        assert len(calls) == 2  # one for the click, one for its conversion


@pytest.mark.parametrize("point", ["after_read", "after_conversion_insert", "before_conversion_commit", "after_commit"])
async def test_a_crash_loses_and_doubles_nothing(point: str, scene: Scene, tmp_path: Path) -> None:
    clicks = [make_event(scene.account_id, visitor=number) for number in range(20)]
    await scene.publish(*clicks)
    await scene.make_ingester().drain()
    reports = [report_click(click, txn_id=f"T{number % 60}") for number, click in enumerate(clicks * 6)]
    reports += [make_report(scene.account_id, link_id=None, txn_id=f"U{number}") for number in range(20)]
    await scene.publish(*reports)

    assert crash(scene.settings, point, tmp_path / "log") == CRASHED, (tmp_path / "log").read_text()

    is_stored = await scene.pool.fetchval("SELECT EXISTS (SELECT FROM conversion)")
    assert is_stored is (point == "after_commit")
    assert (await scene.read_waiting())[0] == len(reports)

    await scene.make_ingester().drain()

    assert await scene.read_waiting() == (0, 0)
    assert await scene.pool.fetchval("SELECT count(*) FROM conversion") == 80
    assert await read_figures(scene.pool) == {"conversions": 60, "credited_conversions": 60, "gross_minor": 75_000}
    tables = await read_everything(scene.pool)
    await scene.publish(*reports)
    await scene.make_ingester().drain()
    assert await read_everything(scene.pool) == tables
    await fold_all_outcomes(scene.pool)
    assert (await audit(scene.pool)).differences == []
