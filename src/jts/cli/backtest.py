"""`jts backtest`: what would this strategy have done on these bars?"""

from __future__ import annotations

import sys
from decimal import Decimal, InvalidOperation
from pathlib import Path

import click

from jts.cli.options import json_option, print_json
from jts.domain.values import BadInput

TEXT_BYTES_MAX = 1_000_000
EXIT_WRONG = 1
EXIT_UNREADABLE = 2
EXIT_INTERRUPTED = 130


@click.command("backtest")
@click.argument("file", type=click.Path(path_type=Path), metavar="FILE.jts")
@click.option(
    "--bars",
    "bars_files",
    multiple=True,
    required=True,
    metavar="[VENUE:CODE=]FILE.parquet",
    help="The bars to run on; with several, each says which symbol it is.",
)
@click.option("--cash", "cash_text", metavar="N", help="Cash at the start; else what the program says.")
@click.option("--fee-bps", "fee_text", metavar="X", help="Fee of each side in basis points; 0 if not given.")
@click.option(
    "--param", "parameters", multiple=True, metavar="NAME=VALUE", help="Another value for a parameter."
)
@json_option
def command(
    file: Path,
    bars_files: tuple[str, ...],
    cash_text: str | None,
    fee_text: str | None,
    parameters: tuple[str, ...],
    as_json: bool,
) -> None:
    """Run a strategy over a file of bars.

    The program that runs here is, byte for byte, the one that trades. Exit code 1: the program or the
    terms are wrong; 2: a file could not be read.

    \b
    jts backtest examples/average_cross.jts --bars bars.parquet --cash 10000000 --fee-bps 1.5
    jts backtest examples/average_cross.jts --bars bars.parquet --param fast=10 --json
    """
    try:
        _run(file, bars_files, cash_text, fee_text, parameters, as_json)
    except BadInput as error:
        _stop(str(error), EXIT_UNREADABLE if error.code == "bars" else EXIT_WRONG, as_json)
    except KeyboardInterrupt:
        _stop("interrupted; nothing was written", EXIT_INTERRUPTED, as_json)


def _run(
    file: Path,
    bars_files: tuple[str, ...],
    cash_text: str | None,
    fee_text: str | None,
    parameters: tuple[str, ...],
    as_json: bool,
) -> None:
    from jts.backtest.bars_file import read_bars
    from jts.backtest.run import backtest
    from jts.language.check import check
    from jts.language.diagnostics import render

    text = _text(file)
    checked = check(text, file=str(file))
    if checked.plan is None:
        if as_json:
            print_json(
                {"error": "the program is wrong", "diagnostics": [d.to_dict() for d in checked.diagnostics]}
            )
        click.echo(render(checked.diagnostics, text, str(file)), err=True)
        sys.exit(EXIT_WRONG)
    plan = checked.plan
    cash = None if cash_text is None else _number("--cash", cash_text)
    fee_bps = Decimal(0) if fee_text is None else _number("--fee-bps", fee_text)
    given = dict(_parameter(one) for one in parameters)
    bars = read_bars(_bars_of(bars_files, tuple(str(one) for one in plan.instruments)))
    result = backtest(plan, bars, cash=cash, fee_bps=fee_bps, parameters=given)
    warnings = [d.message for d in checked.diagnostics]
    if as_json:
        from jts.backtest.summary import as_json as object_of

        out = object_of(result)
        out["warnings"] += warnings
        print_json(out)
        return
    from rich.console import Console

    from jts.backtest.summary import show

    currency = str(bars.instrument.currency)
    chosen = "--cash" if cash is not None else "the program" if currency in plan.cash else "the default"
    console = Console()
    show(result, console, cash_from=chosen)
    for warning in warnings:
        console.print(f"[yellow]warning[/yellow] {warning}", markup=True, highlight=False)


def _text(file: Path) -> str:
    try:
        if file.stat().st_size > TEXT_BYTES_MAX:
            raise BadInput(
                f"{file}: expected a program of at most {TEXT_BYTES_MAX:,} bytes; it has "
                f"{file.stat().st_size:,}",
                code="bars",
            )
        return file.read_text(encoding="utf-8-sig")
    except OSError as error:
        raise BadInput(f"{file}: expected a program to read; {error.strerror}", code="bars") from None
    except UnicodeDecodeError as error:
        raise BadInput(
            f"{file}: expected UTF-8 text; byte {error.start} is not; save the file as UTF-8", code="bars"
        ) from None


def _bars_of(files: tuple[str, ...], symbols: tuple[str, ...]) -> Path:
    """The file of the program's symbol; a file without a symbol is taken as it is."""
    by_symbol: dict[str, str] = {}
    for one in files:
        symbol, equals, path = one.partition("=")
        is_named = bool(equals) and ":" in symbol and "/" not in symbol
        name, place = (symbol, path) if is_named else ("", one)
        if name in by_symbol:
            raise BadInput(f"expected one --bars for each symbol; found two for {name or 'the program'}")
        by_symbol[name] = place
    for symbol in (*symbols, ""):
        if symbol in by_symbol:
            return Path(by_symbol[symbol])
    found = ", ".join(by_symbol)
    raise BadInput(f"expected --bars for {', '.join(symbols)}, which the program trades; found {found}")


def _number(name: str, text: str) -> Decimal:
    try:
        value = Decimal(text.replace(",", "").replace("_", ""))
    except InvalidOperation:
        value = Decimal("NaN")
    if not value.is_finite():
        raise BadInput(f"expected a number for {name}; found {text!r}")
    return value


def _parameter(text: str) -> tuple[str, Decimal]:
    """`k=0.5`, `part=50%`, `careful=true`."""
    name, equals, value = text.partition("=")
    if not equals or not name.strip():
        raise BadInput(f"expected --param NAME=VALUE, as in --param k=0.5; found {text!r}")
    value = value.strip()
    if value in ("true", "false"):
        return name.strip(), Decimal(value == "true")
    if value.endswith("%"):
        return name.strip(), _number(f"--param {name}", value[:-1]) / 100
    return name.strip(), _number(f"--param {name}", value)


def _stop(message: str, code: int, as_json: bool) -> None:
    if as_json:
        print_json({"error": message})
    click.echo(f"jts backtest: {message}", err=True)
    sys.exit(code)
