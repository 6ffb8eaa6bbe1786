"""Three strategies written by hand in plain Python, compared trade by trade with the engine on real bars.

The hand-written ones share nothing with the engine: loops over numbers, exact integer or Decimal money.
"""

from __future__ import annotations

import math
from decimal import ROUND_FLOOR, Decimal
from itertools import pairwise

import pytest

from jts.backtest.bars_file import read_bars
from jts.backtest.history import History
from jts.backtest.run import backtest
from jts.language.check import check
from jts.language.plan import Plan
from tests.market_data_files import market_data_file

FEE = Decimal("0.00015")

pytestmark = pytest.mark.data


def _bars(name: str) -> History:
    return read_bars(market_data_file(f"bars/{name}"))


def _plan(text: str) -> Plan:
    checked = check(text)
    assert checked.plan is not None, [one.message for one in checked.diagnostics]
    return checked.plan


def _columns(history: History) -> tuple[list[int], list[int], list[int], list[int]]:
    names = ("open", "high", "low", "close")
    open_, high, low, close = (history.column(name).tolist() for name in names)
    return open_, high, low, close


def _fee(amount: int) -> int:
    return int(amount * FEE)


def _cover(cash: int, price: int, wanted: int) -> int:
    """floor(cash / price incl. fee), if the cash does not cover what is wanted."""
    if wanted * price + _fee(wanted * price) <= cash:
        return wanted
    return int(Decimal(cash) / (price * (1 + FEE)))


@pytest.mark.parametrize("name", ["krx/005930_1d.parquet", "krx/035720_1d.parquet"])
def test_a_cross_of_averages_trades_as_written_by_hand(name: str) -> None:
    history = _bars(name)
    text = (
        'strategy "Cross" version 1\ntrade KRX:005930 on 1d\n'
        "buy when sma(close, 5) crosses above sma(close, 20)\n"
        "sell when sma(close, 5) crosses below sma(close, 20)\n"
    )
    result = backtest(_plan(text), history, cash=Decimal(10_000_000), fee_bps=Decimal("1.5"))

    open_, _, _, close = _columns(history)
    cash, held, bought_at, wish, trades = 10_000_000, 0, 0, 0, []
    for t in range(len(close)):
        if wish > 0:
            quantity = _cover(cash, open_[t], wish)
            cash -= quantity * open_[t] + _fee(quantity * open_[t])
            held, bought_at = quantity, open_[t]
        elif wish < 0:
            cash += held * open_[t] - _fee(held * open_[t])
            trades.append((bought_at, open_[t], held))
            held = 0
        wish = 0
        if t >= 20:
            # Sums are whole numbers: 20 x sum of 5 against 5 x sum of 20 compares the means exactly.
            now = 20 * sum(close[t - 4 : t + 1]) - 5 * sum(close[t - 19 : t + 1])
            before = 20 * sum(close[t - 5 : t]) - 5 * sum(close[t - 20 : t])
            if before <= 0 < now and held == 0:
                wish = int((Decimal(cash) * 95 / 100 / close[t]).to_integral_value(rounding=ROUND_FLOOR))
            elif before >= 0 > now and held > 0:
                wish = -1

    found = [(int(one.entry_price), int(one.exit_price), int(one.quantity)) for one in result.trades()]
    assert len(trades) > 40
    assert found == trades
    assert result.final_equity == cash + held * close[-1]


def test_a_breakout_with_a_stop_trades_as_written_by_hand() -> None:
    history = _bars("binance/BTCUSDT_1d.parquet")
    text = (
        'strategy "Breakout" version 1\ntrade BINANCE:BTCUSDT on 1d\n'
        "exit at open when bars_since_entry >= 3\n"
        "at open when flat:\n"
        "  buy stop at open + 0.5 * (high[1] - low[1]) size 50% of cash\n"
        "    good for day\n"
        "    stop at entry - 4%\n"
    )
    result = backtest(_plan(text), history, cash=Decimal(10_000), fee_bps=Decimal(10))

    open_, high, low, close = _columns(history)
    scale, lot, cent = Decimal("0.01"), Decimal("0.00001"), Decimal("0.00000001")
    price = [[Decimal(units) * scale for units in column] for column in (open_, high, low, close)]
    cash, held, entry, entered_at, stop = Decimal(10_000), Decimal(0), Decimal(0), -1, Decimal(0)
    trades = []

    def cut(amount: Decimal, step: Decimal) -> Decimal:
        return (amount / step).to_integral_value(rounding=ROUND_FLOOR) * step

    def sell(at: Decimal) -> None:
        nonlocal cash, held
        amount = cut(at * held, cent)
        cash += amount - cut(amount * Decimal("0.001"), cent)
        trades.append((entry, at, held))
        held = Decimal(0)

    for t in range(len(close)):
        o, h, low_, _ = (column[t] for column in price)
        if held and t > entered_at and o <= stop:
            sell(o)  # the stop was through at the open, before anybody decided
        was_flat = held == 0
        if held and t - entered_at >= 3:
            sell(o)
        elif held and t > entered_at and low_ <= stop:
            sell(min(o, stop))
        if was_flat and t >= 1:
            reach = (price[1][t - 1] - price[2][t - 1]) / 2
            trigger = -cut(-(o + reach), scale)
            quantity = cut(cash / 2 / trigger, lot)
            if h >= trigger and quantity > 0:
                at = max(o, trigger)
                amount = cut(at * quantity, cent)
                cash -= amount + cut(amount * Decimal("0.001"), cent)
                held, entry, entered_at = quantity, at, t
                stop = cut(at * Decimal("0.96"), scale)

    found = [(one.entry_price, one.exit_price, one.quantity) for one in result.trades()]
    assert len(trades) > 150
    assert found == trades
    assert result.final_equity == cash + cut(held * price[3][-1], cent)


def test_an_rsi_dip_with_stop_and_target_trades_as_written_by_hand() -> None:
    history = _bars("krx/069500_1d.parquet")
    text = (
        'strategy "Dip" version 1\ntrade KRX:069500 on 1d\n'
        "buy size 90% of equity when rsi(close, 5) < 30\n"
        "  stop at entry - 3%\n"
        "  target at entry + 4%\n"
        "exit when rsi(close, 5) > 55\n"
    )
    result = backtest(_plan(text), history, cash=Decimal(10_000_000), fee_bps=Decimal("1.5"))

    open_, high, low, close = _columns(history)
    strength = _rsi(close, 5)
    cash, held, entry, entered_at, wish, trades = 10_000_000, 0, 0, -1, 0, []
    ticks = history.instrument.ticks
    instants = history.column("open_ns").tolist()
    stop = target = 0

    def sell(at: int, why: str) -> None:
        nonlocal cash, held
        cash += held * at - _fee(held * at)
        trades.append((entry, at, held, why))
        held = 0

    for t in range(len(close)):
        if wish < 0 and held:
            sell(open_[t], "exit")
        elif held and t > entered_at and low[t] <= stop:
            sell(min(open_[t], stop), "stop")
        elif held and t > entered_at and high[t] >= target:
            sell(max(open_[t], target), "target")
        if wish > 0 and not held:
            held = _cover(cash, open_[t], wish)
            cash -= held * open_[t] + _fee(held * open_[t])
            entry, entered_at = open_[t], t
            # The tick table in force that day; a stop rounds down, a target up.
            tick = int(ticks.tick(Decimal(entry) * 97 / 100, instants[t]))
            stop = entry * 97 // 100 // tick * tick
            tick = int(ticks.tick(Decimal(entry) * 104 / 100, instants[t]))
            target = -(-entry * 104 // (100 * tick)) * tick
        wish = 0
        if math.isnan(strength[t]):
            continue
        if strength[t] < 30 and not held:
            equity = Decimal(cash)
            wish = int((equity * 9 / 10 / close[t]).to_integral_value(rounding=ROUND_FLOOR))
        elif strength[t] > 55 and held:
            wish = -1

    words = {"exit": "exit when", "stop": "stop at", "target": "target at"}
    found = [(int(one.entry_price), int(one.exit_price), int(one.quantity)) for one in result.trades()]
    assert len(trades) > 100
    assert {one[3] for one in trades} == {"exit", "stop", "target"}
    assert found == [one[:3] for one in trades]
    assert all(
        one.reason_out.startswith(words[hand[3]]) for one, hand in zip(result.trades(), trades, strict=True)
    )
    assert result.final_equity == cash + held * close[-1]


def _rsi(close: list[int], n: int) -> list[float]:
    out = [math.nan] * len(close)
    gains = [max(b - a, 0) for a, b in pairwise(close)]
    losses = [max(a - b, 0) for a, b in pairwise(close)]
    up, down = sum(gains[:n]) / n, sum(losses[:n]) / n
    for t in range(n, len(close)):
        if t > n:
            up = (up * (n - 1) + gains[t - 1]) / n
            down = (down * (n - 1) + losses[t - 1]) / n
        out[t] = 50.0 if up + down == 0 else 100.0 * up / (up + down)
    return out
