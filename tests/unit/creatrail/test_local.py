"""What `up` keeps in the state folder is made once, private, and held by one process."""

import json
import os
import stat
from pathlib import Path

import pytest

from creatrail.local import (
    AlreadyRunningError,
    hold_lock,
    load_local_settings,
    read_or_make_secrets,
    write_private,
    write_running,
)
from tracking.settings import SettingsError, load_settings

STORES = {"DATABASE_URL": "postgresql://localhost/up", "REDIS_URL": "redis://localhost"}


def test_secrets_are_made_once_and_readable_by_their_owner_alone(tmp_path: Path) -> None:
    made = read_or_make_secrets(tmp_path)

    assert read_or_make_secrets(tmp_path) == made
    assert stat.S_IMODE((tmp_path / "secrets.json").stat().st_mode) == 0o600


def test_a_folder_of_an_older_version_gets_what_it_lacks_and_keeps_the_rest(tmp_path: Path) -> None:
    made = read_or_make_secrets(tmp_path)
    old = {name: value for name, value in made.items() if name != "SECRETS_KEYS"}
    write_private(tmp_path / "secrets.json", json.dumps(old))

    filled = read_or_make_secrets(tmp_path)

    assert {name: filled[name] for name in old} == old
    assert len(load_settings({**STORES, **filled}).secrets_keys) == 1
    assert read_or_make_secrets(tmp_path) == filled


def test_secrets_of_two_folders_differ_and_are_good_settings(tmp_path: Path) -> None:
    (tmp_path / "other").mkdir()

    here = load_settings({**STORES, **read_or_make_secrets(tmp_path)})
    there = load_settings({**STORES, **read_or_make_secrets(tmp_path / "other")})

    assert here.click_token_keys[0].key_id == 1
    assert here.click_token_keys[0].secret != there.click_token_keys[0].secret
    assert here.cookie_secret != there.cookie_secret


def test_a_private_file_is_replaced_whole(tmp_path: Path) -> None:
    write_private(tmp_path / "file", "first, and longer")
    write_private(tmp_path / "file", "second")

    assert [path.name for path in tmp_path.iterdir()] == ["file"]
    assert (tmp_path / "file").read_text() == "second"


def test_a_second_holder_is_told_who_runs(tmp_path: Path) -> None:
    with hold_lock(tmp_path), pytest.raises(AlreadyRunningError, match=f"process {os.getpid()}"), hold_lock(tmp_path):
        pytest.fail("two holders")


def test_the_lock_is_free_again_afterwards(tmp_path: Path) -> None:
    with hold_lock(tmp_path):
        pass
    with hold_lock(tmp_path):
        assert (tmp_path / "up.lock").read_text() != ""


class TestSettingsOfARunningUp:
    def test_commands_use_the_stores_of_the_up_that_runs_here(self, tmp_path: Path) -> None:
        with hold_lock(tmp_path):
            write_running(tmp_path, {**STORES, **read_or_make_secrets(tmp_path)})

            assert load_local_settings({"STATE_DIR": str(tmp_path)}).database_url == "postgresql://localhost/up"

    def test_what_the_environment_sets_wins(self, tmp_path: Path) -> None:
        chosen = {"STATE_DIR": str(tmp_path), "DATABASE_URL": "postgresql://localhost/mine"}
        with hold_lock(tmp_path):
            write_running(tmp_path, {**STORES, **read_or_make_secrets(tmp_path)})

            assert load_local_settings(chosen).database_url == "postgresql://localhost/mine"

    def test_what_a_killed_up_left_is_not_believed(self, tmp_path: Path) -> None:
        write_running(tmp_path, {**STORES, **read_or_make_secrets(tmp_path)})

        with pytest.raises(SettingsError, match="DATABASE_URL is not set"):
            load_local_settings({"STATE_DIR": str(tmp_path)})
