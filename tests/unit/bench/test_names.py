"""`./dev` lists every bench that there is."""

import re

from bench.__main__ import BENCHES
from creatrail.embedded.folders import PROJECT


def test_the_verb_lists_every_bench() -> None:
    verbs = (PROJECT / "dev").read_text()
    [listed] = re.findall(r"^\./dev bench NAME  measure: (.*); all without a name$", verbs, re.MULTILINE)

    assert set(listed.split(", ")) == set(BENCHES)
