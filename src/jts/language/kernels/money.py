"""Money in whole units, exact to the last one, whatever the size of the product on the way."""

from __future__ import annotations

from jts.language.kernels.records import Book
from jts.language.kernels.types import floor

LIMB = 2147483647
SURELY_FITS = 9.0e18
NEARLY = 3.552713678800501e-15
RATE_ONE = 1000000000


def multiply_divide(a: int, b: int, c: int, d: int) -> int:
    """a * b / (c * d), rounded down, exact. 0 <= a, b < 2**62 and 0 < c, d < 2**31; the result fits 62 bits.

    The product is four limbs of 31 bits; dividing twice and rounding down twice is rounding down once.
    """
    if float(a) * float(b) < SURELY_FITS:
        if c == 1 and d == 1:
            return a * b
        return a * b // c // d
    low = (a & LIMB) * (b & LIMB)
    middle = (a & LIMB) * (b >> 31) + (a >> 31) * (b & LIMB) + (low >> 31)
    high = (a >> 31) * (b >> 31) + (middle >> 31)
    q0 = low & LIMB
    q1 = middle & LIMB
    q2 = high & LIMB
    q3 = high >> 31
    for again in range(2):
        by = c if again == 0 else d
        rest = q3 % by
        q3 = q3 // by
        part = (rest << 31) | q2
        q2 = part // by
        part = ((part % by) << 31) | q1
        q1 = part // by
        part = ((part % by) << 31) | q0
        q0 = part // by
    assert q3 == 0 and q2 < 2
    return (q2 << 62) | (q1 << 31) | q0


def notional(book: Book, price: int, quantity: int) -> int:
    """Price times quantity in units of the currency, cut to the unit."""
    return multiply_divide(price, quantity * book.up, book.down_a, book.down_b)


def fee_of(book: Book, amount: int) -> int:
    """The fee on an amount, cut to the unit."""
    return multiply_divide(amount, book.fee_rate, RATE_ONE, 1)


def whole(value: float) -> int:
    """The whole number at or below; one that is missed by the noise of a few roundings counts as reached.

    Undefined, negative and enormous values give 0.
    """
    if value >= 0.0 and value < SURELY_FITS:
        return int(floor(value + value * NEARLY))
    return 0


def lots_of(book: Book, quantity: float) -> int:
    """A computed quantity, in units, down to the lot."""
    return whole(quantity * float(book.quantity_one) / float(book.lot)) * book.lot


def cover(book: Book, price: int, quantity: int) -> int:
    """How much of a quantity the cash pays for, fee included: floor(cash / price incl. fee), to the lot."""
    amount = notional(book, price, quantity)
    if amount + fee_of(book, amount) <= book.cash:
        return quantity
    if book.cash <= 0:
        return 0
    one_lot = float(price) * float(book.lot) * float(book.up) / float(book.down_a) / float(book.down_b)
    with_fee = one_lot * (float(RATE_ONE + book.fee_rate) / float(RATE_ONE))
    fits = whole(float(book.cash) / with_fee) * book.lot
    if fits > quantity:
        fits = quantity
    amount = notional(book, price, fits)
    while fits > 0 and amount + fee_of(book, amount) > book.cash:
        fits = fits - book.lot
        amount = notional(book, price, fits)
    return fits
