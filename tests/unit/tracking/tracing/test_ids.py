"""Every program finds the same ids and the same answer, from the id of the event alone."""

import secrets
import subprocess
import sys

import pytest

from tests.unit.house.sources import ROOT
from tracking.clicks.ids import ClickIdMint
from tracking.conversions.event import find_conversion_id
from tracking.tracing.ids import Step, find_span_id, find_trace_id, is_sampled

CLICK = bytes.fromhex("0192f0c1d2e37abc8def0123456789ab")


def test_a_trace_has_the_id_of_its_click() -> None:
    assert f"{find_trace_id(CLICK):032x}" == CLICK.hex()


def test_each_step_and_each_report_has_a_span_of_its_own() -> None:
    spans = [find_span_id(CLICK, step, at_ms) for step in Step for at_ms in (0, 1)]

    assert len(set(spans)) == len(spans)
    assert all(0 < span < 2**64 for span in spans)


def test_another_program_finds_the_same() -> None:
    """What a process does not share with another, such as its seed of hashes, decides nothing."""
    code = f"from tracking.tracing.ids import *; print(find_span_id(bytes.fromhex('{CLICK.hex()}'), Step.STORE))"

    printed = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True).stdout

    assert int(printed) == find_span_id(CLICK, Step.STORE)


@pytest.mark.parametrize("kind", ["click", "conversion"])
def test_the_share_that_is_sampled_is_what_was_asked_for(kind: str) -> None:
    """Version and variant of an id, which never change, would shift it."""
    mint = ClickIdMint().mint
    ids = [
        mint() if kind == "click" else find_conversion_id(1, f"t:{secrets.token_hex(4)}", "purchase", "")
        for _ in range(20_000)
    ]

    for ratio in (0.0, 0.1, 0.5, 1.0):
        share = sum(is_sampled(event_id, ratio) for event_id in ids) / len(ids)
        assert abs(share - ratio) < 0.02, ratio


def test_a_larger_share_holds_the_smaller() -> None:
    ids = [ClickIdMint().mint() for _ in range(200)]

    assert [each for each in ids if is_sampled(each, 0.1) and not is_sampled(each, 0.3)] == []
