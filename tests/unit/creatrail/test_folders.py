"""Socket folders are short, private, and never another user's."""

import os
from pathlib import Path

import pytest

from creatrail.embedded.folders import FolderError, open_socket_folder


def test_the_sockets_of_a_deep_folder_fit_in_a_unix_address(tmp_path: Path) -> None:
    folder = open_socket_folder(tmp_path / ("deep/" * 40))

    assert len(os.fsencode(folder / "postgres" / ".s.PGSQL.5432")) <= 107
    folder.rmdir()


def test_two_state_folders_have_two_socket_folders(tmp_path: Path) -> None:
    one, two = open_socket_folder(tmp_path / "one"), open_socket_folder(tmp_path / "two")

    assert one != two
    assert open_socket_folder(tmp_path / "one") == one
    one.rmdir()
    two.rmdir()


def test_a_folder_that_others_can_write_to_is_refused(tmp_path: Path) -> None:
    folder = open_socket_folder(tmp_path)
    folder.chmod(0o777)

    with pytest.raises(FolderError, match="not a private folder"):
        open_socket_folder(tmp_path)
    folder.rmdir()


def test_a_link_in_its_place_is_refused(tmp_path: Path) -> None:
    folder = open_socket_folder(tmp_path)
    folder.rmdir()
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir(mode=0o700)
    folder.symlink_to(elsewhere)

    with pytest.raises(FolderError, match="not a private folder"):
        open_socket_folder(tmp_path)
    folder.unlink()
