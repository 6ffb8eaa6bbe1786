"""The operating pages say what the code does: settings are compared with it, links lead somewhere."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from decimal import Decimal
from pathlib import Path
from typing import Any

import msgspec
import pytest

from jts.domain.risk.limits import Limits
from jts.runtime.settings import AccountFile, DemoFile, SettingsFile, read

DOCS = Path(__file__).parents[2] / "docs"
SETTINGS = DOCS / "operating" / "settings.md"
ROW = re.compile(r"^\| `([^`]+)` \| `([^`]*)` \|", re.MULTILINE)


def _tables() -> tuple[dict[str, str], dict[str, str]]:
    """Key -> default as written, of the settings and of the limits."""
    settings, limits = SETTINGS.read_text(encoding="utf-8").split("## Limits")
    return dict(ROW.findall(settings)), dict(ROW.findall(limits))


def test_the_table_of_settings_is_what_the_code_reads() -> None:
    keys = {field.name: field.default for field in msgspec.structs.fields(SettingsFile)}
    account = {
        field.name: getattr(AccountFile(), field.name) for field in msgspec.structs.fields(AccountFile)
    }
    expected = {
        "port": str(keys["port"]),
        "language": str(keys["language"]),
        "demo.speed": str(DemoFile().speed),
    }
    expected |= {f"accounts.NAME.{name}": str(default) for name, default in account.items()}

    written, _ = _tables()

    assert written == expected
    assert set(keys) == {"port", "language", "accounts", "demo"}, "a new key belongs on the page"
    assert [field.name for field in msgspec.structs.fields(DemoFile)] == ["speed"]


def test_the_table_of_limits_is_what_risk_measures_by() -> None:
    defaults = Limits()
    expected = {name: _as_written(getattr(defaults, name)) for name in Limits.__dataclass_fields__}

    _, written = _tables()

    assert written == expected


def test_the_example_on_the_page_is_read(tmp_path: Path) -> None:
    example = re.search(r"```toml\n(.*?)```", SETTINGS.read_text(encoding="utf-8"), re.DOTALL)
    assert example is not None
    (tmp_path / "settings.toml").write_text(example[1])

    found = read(tmp_path / "settings.toml", {})

    assert found.port == 9000
    assert found.accounts[0].limits.max_open_orders == 20
    assert found.accounts[0].limits.restricted == {"KRX:000660"}


@pytest.mark.parametrize(
    "page", sorted(DOCS.glob("*.md")) + sorted((DOCS / "operating").glob("*.md")), ids=str
)
def test_links_on_a_page_lead_somewhere(page: Path) -> None:
    links = re.findall(r"\]\(([^)#:]+)(?:#[^)]*)?\)", page.read_text(encoding="utf-8"))

    missing = [link for link in links if not (page.parent / link).exists()]

    assert not missing


def test_every_concept_is_in_the_index() -> None:
    index = (DOCS / "README.md").read_text(encoding="utf-8")

    missing = [page.name for page in (DOCS / "concepts").glob("*.md") if f"concepts/{page.name}" not in index]

    assert not missing


def _as_written(value: Any) -> str:
    """A default as it would stand in settings.toml."""
    if isinstance(value, Mapping):
        inside = ", ".join(f'{key} = "{amount}"' for key, amount in value.items())
        text = f"{{{inside}}}"
        tomllib.loads(f"x = {text}")
        return text
    if isinstance(value, frozenset):
        return str(sorted(value))
    return f"{value:f}" if isinstance(value, Decimal) else str(value)
