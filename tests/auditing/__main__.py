"""`./dev check`: known holes of what we depend on, and secrets that somebody left in a file. 0 unless one is found."""

import sys

from tests.auditing.packages import check_packages
from tests.auditing.secret_scan import check_files
from tests.auditing.tools import ROOT, Outcome
from tests.unit.house.sources import read_text_files


def main() -> int:
    outcomes = [check_files(read_text_files()), check_packages(ROOT / "requirements-dev.lock")]
    return 1 if Outcome.FOUND in outcomes else 0


if __name__ == "__main__":
    sys.exit(main())
