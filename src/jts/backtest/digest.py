"""One line per order that was decided, and the digest that two runs must share if they decided the same.

The digest is SHA-256 over a heading and rows of eleven 64-bit whole numbers, little-endian, in the order
in which
the orders were placed. Live runs, replays and backtests make the same rows.
"""

from __future__ import annotations

import hashlib

import numpy
from numpy.typing import NDArray

from jts.language.compile.running import EVENT_FIELDS
from jts.language.compile.terms import Terms
from jts.language.kernels.records import FILLED, PLACED

Ints = NDArray[numpy.int64]

DIGEST_DECIMALS = 8
WORKING = 0
NOT_FILLED = 1
IS_FILLED = 2
ROW_FIELDS = (
    "placed_ns",
    "side",
    "kind",
    "timing",
    "quantity",
    "stop",
    "limit",
    "outcome",
    "filled",
    "fill_price",
    "fill_ns",
)
_AT = {name: at for at, name in enumerate(EVENT_FIELDS)}


def order_rows(events: Ints, open_ns: Ints) -> Ints:
    """The order rows of a log. `open_ns` labels the bars; a fill's price is that of the last part.

    An order that was given up before the bar it was for (protection replaced within the entry's bar) was
    never
    sent, and is no row.
    """
    placed = events[events[:, _AT["what"]] == PLACED]
    rows = numpy.zeros((len(placed), len(ROW_FIELDS)), dtype=numpy.int64)
    at = {name: column for column, name in enumerate(ROW_FIELDS)}
    rows[:, at["placed_ns"]] = open_ns[placed[:, _AT["bar"]]]
    for name in ("side", "kind", "timing", "quantity", "stop", "limit"):
        rows[:, at[name]] = placed[:, _AT[name]]
    ended = events[events[:, _AT["what"]] > FILLED]
    rows[ended[:, _AT["id"]], at["outcome"]] = NOT_FILLED
    filled = events[events[:, _AT["what"]] == FILLED]
    ids = filled[:, _AT["id"]]
    rows[ids, at["outcome"]] = IS_FILLED
    numpy.add.at(rows[:, at["filled"]], ids, filled[:, _AT["quantity"]])
    rows[ids, at["fill_price"]] = filled[:, _AT["price"]]
    rows[ids, at["fill_ns"]] = open_ns[filled[:, _AT["bar"]]]
    ended_at = numpy.full(len(placed), numpy.iinfo(numpy.int64).max)
    ended_at[ended[:, _AT["id"]]] = ended[:, _AT["bar"]]
    was_sent = (ended_at >= placed[:, _AT["active_from"]]) | (rows[:, at["filled"]] > 0)
    return numpy.ascontiguousarray(rows[was_sent])


def orders_digest(rows: Ints, terms: Terms) -> str:
    """Hex SHA-256 of order rows reckoned in these terms, whatever their scales.

    Prices and quantities enter with eight decimals, so a replay that reckons finer gives the same digest.
    """
    at = {name: column for column, name in enumerate(ROW_FIELDS)}
    canonical = rows.astype("<i8")
    for name in ("stop", "limit", "fill_price"):
        canonical[:, at[name]] *= 10 ** (DIGEST_DECIMALS - terms.price_scale)
    for name in ("quantity", "filled"):
        canonical[:, at[name]] *= 10 ** (DIGEST_DECIMALS - terms.quantity_scale)
    state = hashlib.sha256(f"jts orders 1\n{len(rows)}\n".encode())
    state.update(canonical.tobytes())
    return state.hexdigest()
