"""`jts data`: import files of bars, list what is stored, show bars."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Awaitable, Callable, Coroutine, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any, TypeVar

import click
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from rich.table import Column, Table

from jts.adapters.bar_files.bar_file import BarFile, Wishes
from jts.adapters.bar_files.instants import zone_named
from jts.adapters.bar_files.read import read_bar_file
from jts.cli.data_home import DataHome, Row, at_text, open_data
from jts.cli.options import home_option, json_option, print_json
from jts.domain.market.timeframe import Timeframe
from jts.domain.values import BadInput, InstrumentId, OutsideError
from jts.services.market_data.keep_series import grade_of

T = TypeVar("T")

FILES_MAX = 100_000
SHOWN_MAX = 20_000
_INTERRUPTED = 130


@click.group()
def command() -> None:
    """Bars: import files, list what is stored, show it.

    Parquet, CSV (also Korean headers, cp949, exports of home trading systems), Binance kline zips and Upbit
    candles are recognised by their content. Importing a file twice changes nothing.

    \b
    jts data import BTCUSDT-1m-2024-08.zip
    jts data list
    jts data show KRX:005930 --timeframe 1d
    """


@command.command("import")
@click.argument("files", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option("--symbol", help="Which instrument this is, such as KRX:005930, if the file does not say.")
@click.option("--timeframe", help="The length of its bars, such as 1m or 1d, if the file does not say.")
@click.option("--timezone", help="The zone of its times, such as Asia/Seoul, if the file does not say.")
@click.option("--dry-run", is_flag=True, help="Read, check and grade; store nothing.")
@home_option
@json_option
def import_files(
    files: tuple[Path, ...],
    symbol: str | None,
    timeframe: str | None,
    timezone: str | None,
    dry_run: bool,
    home: Path,
    as_json: bool,
) -> None:
    """Import FILES of bars. Each file goes in whole or not at all; one that is refused does not stop the
    others."""
    if len(files) > FILES_MAX:
        raise click.UsageError(f"expected at most {FILES_MAX} files, found {len(files)}")
    wishes = _wishes(symbol, timeframe, timezone)
    outcomes: list[Row] = []
    interrupted, failure = False, ""
    try:
        _said(lambda: _import_all(files, wishes, None if dry_run else home, outcomes, show=not as_json))
    except KeyboardInterrupt:
        interrupted = True
    except click.ClickException as error:
        failure = error.format_message()
    refused = sum(1 for outcome in outcomes if outcome["outcome"] == "refused")
    if as_json:
        told = {"files": outcomes, "refused": refused, "interrupted": interrupted, "failure": failure}
        print_json(told | {"dry_run": dry_run})
    else:
        _print_outcomes(outcomes, dry_run=dry_run)
    left = len(files) - len(outcomes)
    if failure:
        click.echo(f"Error: {failure}\n{left} file(s) were not imported; those above are complete.", err=True)
        sys.exit(1)
    if interrupted:
        click.echo(f"Interrupted: {left} file(s) were not imported; those above are complete.", err=True)
        sys.exit(_INTERRUPTED)
    sys.exit(1 if refused else 0)


@command.command("list")
@home_option
@json_option
def list_series(home: Path, as_json: bool) -> None:
    """What is stored: every series with its span, grade and findings."""

    async def ask() -> list[Row]:
        async with open_data(home) as data:
            return await data.series()

    rows = _said(ask)
    if as_json:
        print_json({"series": rows})
        return
    if not rows:
        click.echo("No bars are stored yet. Import some: `jts data import FILES...`")
        return
    plain = ("Instrument", "Bars", "Count", "From (UTC)", "To (UTC)", "Grade")
    table = Table(*(Column(name, no_wrap=True) for name in plain), "Findings", "Source")
    for row in rows:
        table.add_row(
            row["instrument"],
            row["timeframe"],
            f"{row['count']:,}",
            row["first_at"][:16].replace("T", " "),
            row["last_at"][:16].replace("T", " "),
            row["grade"],
            _findings_text(row["findings"]),
            row["source"],
        )
    _console().print(table)


@command.command("show")
@click.argument("instrument")
@click.option("--timeframe", required=True, help="The length of the bars, such as 1m, 5m, 1h or 1d.")
@click.option("--last", default=20, show_default=True, type=click.IntRange(1, SHOWN_MAX), help="How many.")
@home_option
@json_option
def show(instrument: str, timeframe: str, last: int, home: Path, as_json: bool) -> None:
    """The newest bars of INSTRUMENT (VENUE:CODE), oldest first. 1m bars can be seen as 5m, 1h or 1d."""

    async def ask() -> Row:
        async with open_data(home) as data:
            return await data.bars(InstrumentId(instrument), Timeframe.parse(timeframe), last)

    answer = _said(ask)
    if as_json:
        print_json(answer)
        return
    table = Table(
        Column("Opens (UTC)", no_wrap=True),
        *(Column(name, justify="right") for name in ("Open", "High", "Low", "Close", "Volume")),
        title=f"{instrument} {timeframe}",
    )
    scale = int(answer.get("price_scale", 0))
    for open_ms, *prices, volume in answer["bars"]:
        shown = (f"{float(price):,.{scale}f}" for price in prices)
        table.add_row(at_text(int(open_ms)), *shown, f"{float(volume):,g}")
    _console().print(table)


# ---- private ----


def _wishes(symbol: str | None, timeframe: str | None, timezone: str | None) -> Wishes:
    try:
        if symbol is not None and not (symbol.count(":") == 1 and all(symbol.split(":"))):
            raise BadInput(f"expected VENUE:CODE such as KRX:005930; found {symbol!r}")
        if timezone is not None:
            zone_named(timezone)
        return Wishes(
            instrument=InstrumentId(symbol) if symbol else None,
            timeframe=Timeframe.parse(timeframe) if timeframe else None,
            zone=timezone,
        )
    except BadInput as error:
        raise click.UsageError(str(error)) from None


def _said(do: Callable[[], Awaitable[T]]) -> T:
    """Run it; what the outside or the person did wrong becomes one message instead of a trace."""

    async def run() -> T:
        return await do()

    try:
        return asyncio.run(run())
    except (BadInput, OutsideError) as error:
        raise click.ClickException(str(error)) from None


async def _import_all(
    files: Sequence[Path], wishes: Wishes, home: Path | None, outcomes: list[Row], *, show: bool
) -> None:
    touched: set[tuple[InstrumentId, Timeframe]] = set()
    with _progress(show) as progress:
        work = progress.add_task("files", total=len(files))
        if home is None:
            for path in files:
                outcomes.append(await _one(path, wishes, None, touched))
                progress.advance(work)
            return
        async with open_data(home) as data:
            try:
                for path in files:
                    await _whole(_one(path, wishes, data, touched), outcomes)
                    progress.advance(work)
            finally:
                for instrument, timeframe in touched:
                    await data.regrade(instrument, timeframe)


async def _whole(one: Coroutine[Any, Any, Row], outcomes: list[Row]) -> None:
    """Let the file that is being written be finished when the person interrupts."""
    task = asyncio.create_task(one)
    try:
        outcomes.append(await asyncio.shield(task))
    except asyncio.CancelledError:
        outcomes.append(await task)
        raise


async def _one(
    path: Path, wishes: Wishes, data: DataHome | None, touched: set[tuple[InstrumentId, Timeframe]]
) -> Row:
    """Read, grade and keep one file. A refusal is an outcome; a store that fails ends the whole import."""
    try:
        file = await asyncio.to_thread(read_bar_file, path, wishes)
    except BadInput as error:
        return {"file": str(path), "outcome": "refused", "reason": str(error)}
    letter, findings = await asyncio.to_thread(grade_of, file.bars, [file.findings])
    kept = await data.keep(file, path.name) if data is not None else {}
    if data is not None:
        touched.add((file.bars.instrument, file.bars.timeframe))
    return _outcome(path, file, letter, findings, kept)


def _outcome(path: Path, file: BarFile, letter: str, findings: dict[str, int], kept: Row) -> Row:
    return {
        "file": str(path),
        "outcome": "imported" if kept else "checked",
        "instrument": file.bars.instrument,
        "timeframe": file.bars.timeframe.text,
        "form": file.understood.form,
        "timezone": file.understood.zone,
        "labels": file.understood.labels.value,
        "rows": file.rows,
        "bars": len(file.bars),
        **kept,
        "grade": letter,
        "findings": findings,
    }


def _progress(show: bool) -> Progress:
    """On standard error and only for a person; gone when done."""
    console = Console(stderr=True)
    return Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeRemainingColumn(),
        console=console,
        transient=True,
        disable=not (show and console.is_terminal),
    )


def _print_outcomes(outcomes: list[Row], *, dry_run: bool) -> None:
    table = Table(
        Column("File", no_wrap=True, overflow="ellipsis"),
        Column("Series", no_wrap=True),
        *(Column(name, justify="right", no_wrap=True) for name in ("Rows", "Added", "Unchanged", "Replaced")),
        Column("Grade", no_wrap=True),
        "Findings",
    )
    for outcome in outcomes:
        name = Path(outcome["file"]).name
        if outcome["outcome"] == "refused":
            table.add_row(name, "[red]refused[/red]", "", "", "", "", "", "")
            continue
        series = f"{outcome['instrument']} {outcome['timeframe']}"
        numbers = (
            f"{outcome[key]:,}" if key in outcome else "-" for key in ("added", "unchanged", "replaced")
        )
        findings = _findings_text(outcome["findings"])
        table.add_row(name, series, f"{outcome['rows']:,}", *numbers, outcome["grade"], findings)
    if outcomes:
        _console().print(table)
    for outcome in outcomes:
        if outcome["outcome"] == "refused":
            click.echo(f"refused {outcome['file']}: {outcome['reason']}", err=True)
        elif outcome.get("replaced"):
            click.echo(
                f"note {outcome['file']}: {outcome['replaced']:,} bars replaced stored ones with other "
                "values. If the "
                "price basis differs (splits), the series is now a mixture: `jts data list` shows its grade.",
                err=True,
            )
    if dry_run:
        click.echo("Nothing was stored (--dry-run).")


def _console() -> Console:
    """As wide as the terminal; wide enough for a file or a pipe."""
    console = Console()
    return console if console.is_terminal else Console(width=160)


def _findings_text(findings: dict[str, Any]) -> str:
    return ", ".join(f"{kind} {count:,}" for kind, count in findings.items()) or "none"


with suppress(AttributeError):  # a file name in cp949 or worse must not end an import while it is printed
    sys.stdout.reconfigure(errors="replace")  # type: ignore[union-attr]
