"""docs/conversions.md says what the code does: every code, word and parameter, and a signature to the letter."""

import re
from enum import IntEnum

import pytest

from examples.reporting.signed_report import sign
from redirector.conversions.answers import STATUSES
from redirector.conversions.apps import OFFER_REPORT_PATH, PIXEL_PATH, REPORT_PATH
from redirector.conversions.preview import PREVIEW_PATH
from redirector.impressions import IMPRESSION_PATH
from redirector.snippets.seen import SEEN_PATH
from redirector.snippets.serving import SCRIPT_PATH
from tests.unit.house.sources import ROOT
from tracking.conversions.kinds import CORRECTIONS, Method, Status, Trust
from tracking.conversions.signing import SignedParts, is_signed_by, read_signature
from tracking.snippets.scripts import SCRIPTS

PAGE = (ROOT / "docs" / "conversions.md").read_text()
KEY = "ct_sign_abcdefgh_0123456789012345678901234567890123456789"
ASKED_FOR = re.compile(r'(?:named|parameters\.get|given\.get)\("(\w+)"')


def read_section(title: str) -> str:
    [section] = [text for text in re.split(r"\n#{2,3} ", PAGE) if text.startswith(f"{title}\n")]
    return section


def read_first_cells(section: str) -> list[str]:
    """What stands as code in the first cell of each row."""
    cells = re.findall(r"^\| (`[^|]*) \|", section, re.MULTILINE)
    return [name for cell in cells for name in re.findall(r"`([^`]+)`", cell)]


def test_every_code_of_a_refusal_is_there_with_its_status() -> None:
    rows = re.findall(r"^\| `(\w+)` \| (\d{3}) \| .+ \|$", read_section("The addresses"), re.MULTILINE)

    assert {code: int(status) for code, status in rows} == {
        code.value: int(status) for code, status in STATUSES.items()
    }


def test_every_address_is_there() -> None:
    [_, addresses, *_] = read_section("The addresses").split("\n\n| ")
    paths = {re.sub(r"<\w+>", "{slug}", path) for path in read_first_cells(f"| {addresses}")}
    scripts = {SCRIPT_PATH.format(name=name) for name in SCRIPTS}

    assert paths == {REPORT_PATH, OFFER_REPORT_PATH, PIXEL_PATH, PREVIEW_PATH, IMPRESSION_PATH, SEEN_PATH, *scripts}


def test_every_parameter_is_there_and_no_other() -> None:
    sources = [path.read_text() for path in (ROOT / "redirector" / "conversions").glob("*.py")]
    asked_for = {name for source in sources for name in ASKED_FOR.findall(source)} | {
        "click_id",
        "ct",
        "first_click_id",
    }

    [_, _, parameters, *_] = read_section("The addresses").split("\n\n| ")
    assert set(read_first_cells(f"| {parameters}")) == asked_for


@pytest.mark.parametrize(
    ("title", "words"),
    [
        ("Which click earned it", [word for word in Method if word is not Method.NONE]),
        ("How sure it is", [*Trust, *(word for word in Status if word is not Status.APPROVED)]),
        ("Refunds, chargebacks and voids", list(CORRECTIONS)),
    ],
)
def test_every_word_of_the_graph_is_explained(title: str, words: list[IntEnum]) -> None:
    explained = read_first_cells(read_section(title))

    assert sorted(word.upper() for word in explained) == sorted(word.name for word in words)


def test_the_worked_signature_is_what_the_doors_and_the_example_compute() -> None:
    [signed, digest] = re.findall(r"```text\n(.*?)\n```", read_section("Signatures"), re.DOTALL)
    at_s, nonce, method, host, target, body = signed.split("\n")
    parts = SignedParts(method, host, target.encode(), body.encode())

    signature = read_signature(digest)
    assert signature is not None
    assert is_signed_by(KEY.encode(), signature, parts)
    assert sign(KEY, f"https://{host}{target}", body.encode(), at_s=int(at_s), nonce=nonce) == digest
    assert not is_signed_by(KEY.encode(), signature, parts._replace(body=b"{}"))


def test_every_link_inside_the_page_and_to_files_leads_somewhere() -> None:
    titles = re.findall(r"^#+ (.+)$", PAGE, re.MULTILINE)
    anchors = {re.sub(r"[^\w -]", "", title.lower()).replace(" ", "-") for title in titles}
    targets = re.findall(r"\]\(([^)]+)\)", PAGE)

    broken = [target for target in targets if target.startswith("#") and target[1:] not in anchors]
    files = [target.partition("#")[0] for target in targets if not target.startswith(("#", "https:"))]
    assert broken == []
    assert [file for file in files if not (ROOT / "docs" / file).exists()] == []
