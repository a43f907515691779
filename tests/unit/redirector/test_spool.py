"""The spool's files: whose they are, and what is read from one that ends badly."""

import errno
import fcntl
import os
from pathlib import Path

import pytest

from redirector.recording.spool import Spool

ROOM = 1_000_000


@pytest.fixture
def spool(tmp_path: Path) -> Spool:
    return Spool(tmp_path / "spool", ROOM)


def replay(folder: Path) -> list[bytes]:
    """What another process finds there, and deletes."""
    records = []
    for claimed in Spool(folder, ROOM).claim():
        records += [record for batch in claimed.read(2) for record in batch]
        claimed.delete()
    return records


class TestOwnership:
    def test_a_file_that_is_being_written_is_nobody_elses(self, spool: Spool, tmp_path: Path) -> None:
        spool.write([b"a"])
        assert replay(tmp_path / "spool") == []
        spool.close()
        assert replay(tmp_path / "spool") == [b"a"]

    def test_a_file_has_no_claimable_name_before_it_is_locked(
        self, spool: Spool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        found: list[bytes] = []
        lock = fcntl.flock

        def race(fd: int, how: int) -> None:
            if how == fcntl.LOCK_EX:
                found.extend(replay(tmp_path / "spool"))
            lock(fd, how)

        monkeypatch.setattr("redirector.recording.spool.fcntl.flock", race)
        spool.write([b"a", b"b", b"c"])
        spool.close()
        assert replay(tmp_path / "spool") == [b"a", b"b", b"c"]
        assert found == []

    def test_a_released_file_is_claimed_again(self, spool: Spool) -> None:
        spool.write([b"a"])
        spool.close()
        [claimed] = spool.claim()
        assert spool.claim() == []
        claimed.release()
        assert [again.path for again in spool.claim()] == [claimed.path]

    def test_one_that_cannot_be_opened_holds_up_no_other(self, spool: Spool, tmp_path: Path) -> None:
        """As when somebody ran a redirector as root; root itself may open every file, but no folder."""
        (tmp_path / "spool" / "0-1-a.ready").mkdir()
        spool.write([b"a"])
        spool.close()
        assert replay(tmp_path / "spool") == [b"a"]


class TestSize:
    def test_a_full_file_is_left_to_replay(self, spool: Spool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr("redirector.recording.spool.FULL_BYTES", 1)
        spool.write([b"a", b"b"])
        spool.write([b"c"])
        assert replay(tmp_path / "spool") == [b"a", b"b"]
        assert len(list((tmp_path / "spool").iterdir())) == 1

    def test_no_more_files_are_claimed_than_a_process_may_open(
        self, spool: Spool, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("redirector.recording.spool.CLAIMED_AT_ONCE", 2)
        for record in (b"a", b"b", b"c"):
            spool.write([record])
            spool.close()
        assert [len(spool.claim()) for _ in range(3)] == [2, 1, 0]

    def test_a_file_that_goes_away_meanwhile_weighs_nothing(
        self, spool: Spool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        gone = tmp_path / "spool" / "1-1-gone.ready"
        monkeypatch.setattr(Path, "iterdir", lambda _: iter([gone]))
        assert spool.measure() == 0


class TestBadEnds:
    @pytest.mark.parametrize("tail", [bytes(64), b"\0\0\0\x05\0\0", b"\0\0\0\x01\0\0\0\0x"])
    def test_what_was_never_acknowledged_is_not_read(self, spool: Spool, tmp_path: Path, tail: bytes) -> None:
        spool.write([b"a", b"b"])
        spool.close()
        [path] = (tmp_path / "spool").iterdir()
        path.write_bytes(path.read_bytes() + tail)
        assert replay(tmp_path / "spool") == [b"a", b"b"]

    def test_a_bit_that_flipped_costs_one_record(self, spool: Spool, tmp_path: Path) -> None:
        spool.write([b"first", b"second", b"third"])
        spool.close()
        [path] = (tmp_path / "spool").iterdir()
        path.write_bytes(path.read_bytes().replace(b"second", b"sacond"))
        assert replay(tmp_path / "spool") == [b"first", b"third"]

    def test_a_torn_record_that_cannot_be_cut_off_does_not_hide_later_ones(
        self, spool: Spool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def fail(*_: object) -> None:
            raise OSError(errno.EIO, "disk error")

        def tear(fd: int, data: bytes) -> None:
            os.write(fd, data[:-1])
            fail()

        spool.write([b"a"])
        with monkeypatch.context() as broken:
            broken.setattr("redirector.recording.spool._write_all", tear)
            broken.setattr(os, "ftruncate", fail)
            with pytest.raises(OSError, match="disk error"):
                spool.write([b"torn"])
        spool.write([b"b"])
        spool.close()
        assert sorted(replay(tmp_path / "spool")) == [b"a", b"b"]
