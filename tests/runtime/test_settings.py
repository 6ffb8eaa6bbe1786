"""Settings are read once and checked whole."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import pytest

from jts.domain.values import KRW, USDT, BadInput
from jts.runtime.settings import DEFAULT_PORT, read


def written(folder: Path, text: str) -> Path:
    path = folder / "settings.toml"
    path.write_text(text, encoding="utf-8")
    return path


def test_without_a_file_there_is_a_funded_paper_account(tmp_path: Path) -> None:
    settings = read(tmp_path / "settings.toml", {})

    assert settings.port == DEFAULT_PORT
    assert [each.account for each in settings.accounts] == ["paper"]
    assert settings.accounts[0].deposits == {KRW: Decimal(100_000_000), USDT: Decimal(100_000)}


def test_the_environment_goes_before_the_file(tmp_path: Path) -> None:
    path = written(tmp_path, "port = 9000\n")

    assert read(path, {}).port == 9000
    assert read(path, {"JTS_PORT": "9001"}).port == 9001


@pytest.mark.parametrize("port", ["0", "65536", "-1", "80x"])
def test_a_port_that_is_none_is_refused_with_what_was_found(tmp_path: Path, port: str) -> None:
    with pytest.raises(BadInput, match="port"):
        read(tmp_path / "none.toml", {"JTS_PORT": port})


@pytest.mark.parametrize("port", ["1", "65535"])
def test_the_first_and_the_last_port_are_accepted(tmp_path: Path, port: str) -> None:
    assert read(tmp_path / "none.toml", {"JTS_PORT": port}).port == int(port)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("prot = 1", "unknown setting 'prot'; did you mean 'port'"),
        ("[accounts.paper]\ndeposit = {}", "accounts.paper.deposit'; did you mean 'deposits'"),
        ("[demo]\nspede = 2", "demo.spede'; did you mean 'speed'"),
        ('[accounts.paper.limits]\nmax_order_valu = {KRW = "1"}', "did you mean 'max_order_value'"),
        ('port = "x"', "Expected `int`"),
        ("port = ", "not readable TOML"),
        ('[accounts.a.deposits]\nKRW = "many"', "deposits.KRW: expected an amount"),
        ('[accounts.a.deposits]\nKRW = "-5"', "deposits.KRW: expected an amount"),
        ('[accounts.a.limits]\nmax_open_orders = "3"', "expected a whole number"),
        ('[accounts.a.limits]\nprice_collar = "2"', "price_collar is a share"),
        ('[accounts.a]\nkind = "live"', 'expected kind = "paper"'),
    ],
)
def test_a_wrong_line_names_the_key_and_the_next_step(tmp_path: Path, text: str, says: str) -> None:
    with pytest.raises(BadInput) as refused:
        read(written(tmp_path, text), {})

    assert says in str(refused.value)
    assert "settings.toml" in str(refused.value)


def test_naming_one_amount_of_a_limit_keeps_the_others(tmp_path: Path) -> None:
    path = written(tmp_path, '[accounts.paper.limits]\nmax_order_value = {KRW = "5000000"}')

    limits = read(path, {}).accounts[0].limits

    assert limits.max_order_value[KRW] == Decimal(5_000_000)
    assert limits.max_order_value[USDT] == Decimal(100_000)


@pytest.mark.parametrize("speed", [0.0, -1.0, 10_001.0])
def test_a_speed_outside_its_range_is_refused(tmp_path: Path, speed: float) -> None:
    with pytest.raises(BadInput, match="speed"):
        read(tmp_path / "none.toml", {}, speed=speed)
