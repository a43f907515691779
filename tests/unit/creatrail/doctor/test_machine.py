"""What of a machine, a clock or a disk the doctor warns of, and what it takes as it is."""

import resource
from pathlib import Path

import pytest

from creatrail.clocks import describe_skew
from creatrail.doctor.machine import describe_disk, describe_file_system, describe_files, find_file_system

MOUNTS = """\
/dev/vda1 / ext4 rw 0 0
tmpfs /run tmpfs rw 0 0
filer:/x /srv/with\\040blank nfs4 rw 0 0
"""


@pytest.mark.parametrize(("limit", "is_fine"), [(1_024, False), (4_096, True), (resource.RLIM_INFINITY, True)])
def test_few_open_files_are_a_warning(limit: int, is_fine: bool) -> None:
    assert (describe_files(limit) is None) is is_fine


@pytest.mark.parametrize(
    ("folder", "kind"),
    [
        ("/var/spool", "ext4"),
        ("/run/spool", "tmpfs"),
        ("/srv/with blank/spool", "nfs4"),
        ("/runner", "ext4"),
    ],
)
def test_the_file_system_is_that_of_the_nearest_mount(folder: str, kind: str) -> None:
    assert find_file_system(Path(folder), MOUNTS) == kind


def test_a_spool_in_memory_or_over_the_network_is_a_warning() -> None:
    assert (describe_file_system("tmpfs") or "").startswith("the spool is on tmpfs: give it a disk")
    assert (describe_file_system("nfs4") or "").startswith("the spool is on nfs4: give it a disk of this machine")
    assert describe_file_system("ext4") is describe_file_system(None) is None


def test_a_disk_with_room_for_the_spool_or_a_twentieth_of_it_is_enough() -> None:
    gib = 1024**3
    assert describe_disk(3 * gib, 100 * gib, 2 * gib) is None
    assert describe_disk(1 * gib, 10 * gib, 2 * gib) is None
    assert describe_disk(gib // 4, 100 * gib, 2 * gib) == (
        "the disk of the spool has 256 MiB left: clicks are lost once both it and Redis are full"
    )


@pytest.mark.parametrize("theirs_s", [94.0, 108.0])
def test_a_clock_that_is_apart_is_a_warning(theirs_s: float) -> None:
    said = "its clock and this machine's are 6 s apart: let both keep time by NTP"
    assert describe_skew(100.0, theirs_s, 102.0) == said


@pytest.mark.parametrize("theirs_s", [95.0, 101.0, 107.0])
def test_a_clock_within_five_seconds_is_none(theirs_s: float) -> None:
    assert describe_skew(100.0, theirs_s, 102.0) is None
