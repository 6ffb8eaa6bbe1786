"""Money and grid kernels against exact arithmetic, and the compiler of kernels against Python itself."""

from __future__ import annotations

import random
from decimal import Decimal
from types import FunctionType

import pytest

from jts.domain.instruments.markets import describe
from jts.domain.values import InstrumentId, Nanos, Rounding
from jts.language.compile import ir
from jts.language.compile.kernel import NotAKernel, compile_kernel, with_callees
from jts.language.compile.machine import Machine, ProgramStopped
from jts.language.compile.wasm import encode
from jts.language.kernels.grid import grid_price
from jts.language.kernels.money import cover, fee_of, multiply_divide, notional, whole
from jts.language.kernels.records import Band, Book
from jts.language.kernels.types import Ints


def compiled(kernel: object) -> Machine:
    assert isinstance(kernel, FunctionType)
    functions, imports = with_callees([kernel], frozenset({kernel.__name__}))
    assert not imports
    return Machine(encode(ir.Module(functions=functions)))


def test_a_product_too_large_for_a_register_is_divided_exactly() -> None:
    call = compiled(multiply_divide).caller("multiply_divide", 4)
    chance = random.Random(5)
    tried = 0
    while tried < 3_000:
        a, b = (chance.randrange(2 ** chance.randrange(1, 62)) for _ in range(2))
        c, d = (chance.choice((1, 7, 10**9, 2**31 - 1)) for _ in range(2))
        expected = a * b // (c * d)
        if expected < 2**62:
            tried += 1
            assert multiply_divide(a, b, c, d) == expected
            assert call(a, b, c, d) == expected


def test_a_result_that_does_not_fit_stops_the_program() -> None:
    call = compiled(multiply_divide).caller("multiply_divide", 4)

    with pytest.raises(ProgramStopped):
        call(2**61, 2**61, 1, 1)
    with pytest.raises(AssertionError):
        multiply_divide(2**61, 2**61, 1, 1)


def test_a_whole_number_missed_by_noise_is_reached() -> None:
    assert whole(0.29 * 100_000_000) == 29_000_000  # 28999999.999999996 in doubles
    assert whole(28_999_999.5) == 28_999_999
    assert whole(float("nan")) == whole(-3.0) == whole(float("inf")) == 0


def test_cash_covers_exactly_what_it_covers() -> None:
    chance = random.Random(11)
    book = Book()
    for _ in range(2_000):
        book.cash, book.fee_rate = chance.randrange(1, 10**8), chance.choice((0, 15_000, 150_000, 1_000_000))
        price, wanted = chance.randrange(1, 10**6), chance.randrange(1, 10**5)

        found = cover(book, price, wanted)

        exact = int(Decimal(book.cash) / (price * (1 + Decimal(book.fee_rate) / 10**9)))
        amount = notional(book, price, found)
        assert amount + fee_of(book, amount) <= book.cash
        assert found == wanted or found == min(exact, wanted)


@pytest.mark.parametrize("symbol", ["KRX:005930", "KRX:069500", "UPBIT:KRW-BTC", "BINANCE:BTCUSDT"])
def test_the_grid_kernel_agrees_with_the_instrument(symbol: str) -> None:
    instrument = describe(InstrumentId(symbol))
    scale = 8
    book, bands = Book(), []
    book.price_one = 10**scale
    for era in instrument.ticks.eras:
        for lower, tick in era.bands:
            band = Band()
            band.from_ns = int(era.from_ns)
            band.lower, band.tick = int(lower.scaleb(scale)), int(tick.scaleb(scale))
            bands.append(band)
    book.bands = len(bands)
    chance = random.Random(3)
    for _ in range(500):
        value = Decimal(chance.randrange(1, 10**9)).scaleb(-3)
        at = Nanos(chance.choice([int(era.from_ns) + 1 for era in instrument.ticks.eras]))
        for is_up, rounding in ((True, Rounding.UP), (False, Rounding.DOWN)):
            expected = instrument.ticks.round(value, rounding, at)
            assert grid_price(book, bands, at, float(value), is_up) == int(expected.scaleb(scale))


class Pair:
    """Two fields."""

    first: int = 0
    second: int = 0


def loops(column: Ints, n: int) -> int:
    """Nested loops, early leaving, chained comparison, conditional values."""
    total = 0
    for i in range(n):
        if column[i] < 0:
            continue
        for j in range(i, n):
            if column[j] > 50:
                break
            total = total + (column[j] if 0 < column[j] <= 40 else 1)
        while total > 1_000:
            total = total - 999
    return total


def records(pairs: list[Pair], n: int) -> int:
    """A table of records, written and read."""
    for i in range(n):
        pair = pairs[i]
        pair.second = pair.first * 3 - i
    return pairs[n - 1].second + (1 if pairs[0].second in (4, 6) and not (n == 7 or n == 8) else 0)


def test_loops_and_choices_mean_the_same_compiled() -> None:
    machine = compiled(loops)
    chance = random.Random(2)
    for _ in range(50):
        column = [chance.randrange(-5, 60) for _ in range(20)]
        machine.ints(1_024, 20)[:] = column
        assert machine.caller("loops", 2)(1_024, 20) == loops(column, 20)


def test_records_mean_the_same_compiled() -> None:
    machine = compiled(records)
    for n in (3, 7):
        pairs = [Pair() for _ in range(n)]
        for at, pair in enumerate(pairs):
            pair.first = at + 2
        machine.ints(1_024, 2 * n)[:] = [x for pair in pairs for x in (pair.first, 0)]

        assert machine.caller("records", 2)(1_024, n) == records(pairs, n)
        assert machine.ints(1_024, 2 * n)[1::2].tolist() == [pair.second for pair in pairs]


def mixes(a: int, b: float) -> float:
    return a + b


def raises(a: int) -> int:
    try:
        return a
    finally:
        pass


def unknown(a: int) -> int:
    return len(str(a))


@pytest.mark.parametrize("kernel", [mixes, raises, unknown])
def test_what_a_kernel_cannot_say_is_refused_with_its_line(kernel: FunctionType) -> None:
    with pytest.raises(NotAKernel, match=f"{kernel.__name__}, line"):
        compile_kernel(kernel)


def test_the_same_module_has_the_same_bytes() -> None:
    first = encode(ir.Module(functions=with_callees([loops], frozenset({"loops"}))[0]))  # type: ignore[list-item]
    second = encode(ir.Module(functions=with_callees([loops], frozenset({"loops"}))[0]))  # type: ignore[list-item]

    assert first == second
    assert first[:8] == b"\x00asm\x01\x00\x00\x00"
