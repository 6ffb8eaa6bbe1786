"""Settings: read once, checked whole, frozen. An unknown key is an error, with the nearest known one."""

from __future__ import annotations

import difflib
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Any

import msgspec

from jts.domain.risk.limits import Limits
from jts.domain.values import AccountId, BadInput, Currency

DEFAULT_PORT = 8787


class AccountFile(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """One account as written in settings.toml."""

    kind: str = "paper"
    broker: str = "paper"
    deposits: dict[str, str] = {}
    limits: dict[str, Any] = {}


class DemoFile(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    speed: float = 1.0


class SettingsFile(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Everything settings.toml may say."""

    port: int = DEFAULT_PORT
    language: str = "en"
    accounts: dict[str, AccountFile] = {}
    demo: DemoFile = DemoFile()


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountSettings:
    account: AccountId
    kind: str
    broker: str
    deposits: Mapping[Currency, Decimal]
    limits: Limits


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    port: int
    language: str
    accounts: tuple[AccountSettings, ...]
    demo_speed: float


PAPER = AccountFile(deposits={"KRW": "100000000", "USDT": "100000"})
"""What a newcomer begins with, when settings.toml names no account."""


def read(path: Path, environment: Mapping[str, str], *, speed: float | None = None) -> Settings:
    """settings.toml (it may be absent), then the environment, then what the command line said.

    Errors: BadInput naming the file, the key, what was expected and what was found.
    """
    written = _file(path)
    port = _port(environment.get("JTS_PORT"), written.port)
    accounts = written.accounts or {"paper": PAPER}
    chosen = written.demo.speed if speed is None else speed
    if not 0 < chosen <= 10_000:
        raise BadInput(f"expected a demo speed above 0 and at most 10000; found {chosen}", code="settings")
    return Settings(
        port=port,
        language=written.language,
        accounts=tuple(_account(path, name, each) for name, each in accounts.items()),
        demo_speed=chosen,
    )


def _file(path: Path) -> SettingsFile:
    try:
        found = tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return SettingsFile()
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise BadInput(f"{path} is not readable TOML: {error}", code="settings") from error
    except OSError as error:
        raise BadInput(f"cannot read {path} ({error.strerror})", code="settings") from error
    _refuse_unknown(path, found, SettingsFile, "")
    try:
        return msgspec.convert(found, SettingsFile)
    except msgspec.ValidationError as error:
        raise BadInput(
            f"{path}: {error}. Mend the line, or remove it to use the default.", code="settings"
        ) from error


def _refuse_unknown(path: Path, found: Mapping[str, Any], kind: type[msgspec.Struct], place: str) -> None:
    known = {field.name: field.type for field in msgspec.structs.fields(kind)}
    for key, value in found.items():
        if key not in known:
            near = difflib.get_close_matches(key, known, n=1)
            hint = f"did you mean {near[0]!r}?" if near else f"known: {', '.join(sorted(known))}"
            raise BadInput(f"{path}: unknown setting {place + key!r}; {hint}", code="settings")
        if key == "accounts" and isinstance(value, dict):
            for name, account in value.items():
                if isinstance(account, dict):
                    _refuse_unknown(path, account, AccountFile, f"accounts.{name}.")
        elif key == "demo" and isinstance(value, dict):
            _refuse_unknown(path, value, DemoFile, "demo.")


def _port(text: str | None, written: int) -> int:
    if text is None or text == "":
        port = written
    else:
        try:
            port = int(text)
        except ValueError:
            raise BadInput(f"JTS_PORT: expected a port number, found {text!r}", code="settings") from None
    if not 1 <= port <= 65_535:
        raise BadInput(f"expected a port from 1 to 65535, found {port}", code="settings")
    return port


def _account(path: Path, name: str, written: AccountFile) -> AccountSettings:
    place = f"{path}: accounts.{name}"
    if written.kind != "paper" or written.broker != "paper":
        raise BadInput(
            f'{place}: expected kind = "paper" and broker = "paper" (the brokers of live accounts follow); '
            f"found kind {written.kind!r}, broker {written.broker!r}",
            code="settings",
        )
    return AccountSettings(
        account=AccountId(name),
        kind=written.kind,
        broker=written.broker,
        deposits={
            Currency(currency): _decimal(f"{place}.deposits.{currency}", text)
            for currency, text in written.deposits.items()
        },
        limits=_limits(f"{place}.limits", written.limits),
    )


def _limits(place: str, written: Mapping[str, Any]) -> Limits:
    """Limits as written, over the defaults. Amounts per currency are merged, so that naming one keeps the
    others."""
    defaults = Limits()
    known = {name: getattr(defaults, name) for name in Limits.__dataclass_fields__}
    changed: dict[str, Any] = {}
    for key, value in written.items():
        if key not in known:
            near = difflib.get_close_matches(key, known, n=1)
            hint = f"did you mean {near[0]!r}?" if near else f"known: {', '.join(sorted(known))}"
            raise BadInput(f"{place}: unknown limit {key!r}; {hint}", code="settings")
        default = known[key]
        if isinstance(default, Mapping):
            if not isinstance(value, dict):
                raise BadInput(
                    f"{place}.{key}: expected a table of amounts, found {value!r}", code="settings"
                )
            amounts = {name: _decimal(f"{place}.{key}.{name}", text) for name, text in value.items()}
            changed[key] = {**default, **amounts}
        elif isinstance(default, Decimal):
            changed[key] = _decimal(f"{place}.{key}", value)
        elif isinstance(default, frozenset):
            changed[key] = frozenset(str(each) for each in value)
        elif isinstance(value, bool) or not isinstance(value, int):
            raise BadInput(f"{place}.{key}: expected a whole number, found {value!r}", code="settings")
        else:
            changed[key] = value
    try:
        return Limits(**changed)
    except AssertionError as error:
        raise BadInput(f"{place}: {error}", code="settings") from error


def _decimal(place: str, value: Any) -> Decimal:
    try:
        number = Decimal(str(value))
    except InvalidOperation:
        number = Decimal("NaN")
    if isinstance(value, bool) or not number.is_finite() or number < 0:
        raise BadInput(f'{place}: expected an amount such as "1000000", found {value!r}', code="settings")
    return number
