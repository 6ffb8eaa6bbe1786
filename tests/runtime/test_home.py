"""One home, one platform; what is secret stays with its owner."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from jts.domain.values import BadInput
from jts.runtime.home import Home, HomeLock, Occupied, announce, withdraw


def test_a_second_platform_on_the_same_home_is_told_who_is_there(tmp_path: Path) -> None:
    home = Home(tmp_path)
    home.prepare()
    first = HomeLock(home)
    first.take()

    with pytest.raises(Occupied, match="another JTS"):
        HomeLock(home).take()

    first.release()
    again = HomeLock(home)
    again.take()
    again.release()


def test_a_key_is_made_once_and_readable_by_its_owner_only(tmp_path: Path) -> None:
    home = Home(tmp_path)
    home.prepare()

    first, second = home.key("approval"), home.key("approval")

    assert first == second
    assert len(first) == 32
    assert (tmp_path / "secrets" / "approval.key").stat().st_mode & 0o777 == 0o600


def test_a_damaged_key_is_refused_rather_than_made_anew(tmp_path: Path) -> None:
    home = Home(tmp_path)
    home.prepare()
    (tmp_path / "secrets" / "approval.key").write_bytes(b"short")

    with pytest.raises(BadInput, match="expected 32 bytes, found 5"):
        home.key("approval")


def test_a_home_that_is_a_file_is_refused_with_the_next_step(tmp_path: Path) -> None:
    (tmp_path / "home").write_text("in the way")

    with pytest.raises(BadInput, match="JTS_HOME"):
        Home(tmp_path / "home").prepare()


def test_the_address_of_the_platform_is_readable_by_its_owner_only(tmp_path: Path) -> None:
    home = Home(tmp_path)
    home.prepare()

    announce(home, url="http://127.0.0.1:1", key="secret", version="0")

    assert json.loads(home.platform.read_text())["url"] == "http://127.0.0.1:1"
    assert home.platform.stat().st_mode & 0o777 == 0o600
    withdraw(home)
    assert not home.platform.exists()
