"""The house rules notice what they are there to notice."""

from __future__ import annotations

import ast
import importlib.util
import sys
from pathlib import Path
from types import ModuleType

import pytest

ROOT = Path(__file__).resolve().parents[2]


def _tidy() -> ModuleType:
    spec = importlib.util.spec_from_file_location("tidy", ROOT / "tools" / "tidy.py")
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules["tidy"] = module
    spec.loader.exec_module(module)
    return module


TIDY = _tidy()
LONG_FUNCTION = "def f():\n" + "    x = 1\n" * 70


@pytest.mark.parametrize(
    ("rule", "place", "text"),
    [
        ("file-length", "domain/a.py", '"""A."""\n' + "x = 1\n" * 501),
        ("function-length", "domain/a.py", LONG_FUNCTION),
        ("drawer", "domain/utils.py", '"""A."""\n'),
        ("purpose", "domain/a.py", "x = 1\n"),
        ("init", "domain/__init__.py", '"""A."""\nimport os\n'),
        ("seam", "services/a.py", "import time\nt = time.time()\n"),
        ("seam", "gateway/a.py", "import asyncio\nasyncio.sleep(1)\n"),
        ("pure", "domain/a.py", "import numpy\n"),
        ("pure", "domain/a.py", "from jts.ports.clock import Clock\n"),
        ("approved", "gateway/a.py", "Approved(command=1, approval=2)\n"),
        ("absolute", "domain/a.py", "from . import b\n"),
        ("pickle", "services/a.py", "import pickle\n"),
    ],
)
def test_each_rule_finds_its_offence(rule: str, place: str, text: str) -> None:
    path = TIDY.SOURCE / place

    found = {finding.rule for check in TIDY.RULES for finding in check(path, ast.parse(text), text)}

    assert rule in found


@pytest.mark.parametrize(
    ("place", "text"),
    [
        ("adapters/clock/system.py", '"""A."""\nimport time\nt = time.time()\n'),
        ("services/risk/service.py", '"""A."""\nApproved(command=1, approval=2)\n'),
        ("domain/a.py", '"""A."""\nfrom decimal import Decimal\nfrom jts.domain.values import Money\n'),
        ("domain/a.py", '"""A."""\ndef f():\n' + "    x = 1\n" * 69),
    ],
)
def test_what_is_allowed_is_left_alone(place: str, text: str) -> None:
    path = TIDY.SOURCE / place

    found = [finding for check in TIDY.RULES for finding in check(path, ast.parse(text), text)]

    assert found == []
