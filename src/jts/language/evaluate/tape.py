"""The bars of a live program in its memory: appended one by one, moved on when the room is used up.

Bars are numbered from the first one ever given. When the columns are full the newest bars move to the
front and
their numbers stay: the directory of the module says where bar 0 would lie.
"""

from __future__ import annotations

import numpy

from jts.domain.instruments.instrument import Instrument
from jts.domain.market.bars import Bars
from jts.language.compile.column_graph import IndicatorNode
from jts.language.compile.running import Running
from jts.language.compile.sessions import period_of, session_of
from jts.language.plan import Constant, Parameter

ROOM_MIN_BARS = 4_096
ROOM_PER_LOOK_BACK = 4
INPUTS = ("open", "high", "low", "close", "instant")
_SPARE_BARS = 8


class Tape:
    """`next` is the number of the bar that is forming."""

    def __init__(self, running: Running, instrument: Instrument, parameters: dict[str, float]) -> None:
        self._running = running
        self._instrument = instrument
        self._factor = 10 ** (running.terms.price_scale - instrument.price_scale)
        self._keep = running.pad + _longest(running, parameters) + _SPARE_BARS
        self._columns = running.machine.caller("columns", 2)
        has_open = running.program.has_open_view
        self._columns_open = running.machine.caller("columns_open", 2) if has_open else None
        self._columns_close = running.machine.caller("columns_close", 2) if has_open else None
        self._is_open_done = False
        self.next = 0
        running.lay_out(max(ROOM_MIN_BARS, ROOM_PER_LOOK_BACK * self._keep), wanted=INPUTS)
        for name in running.program.memory.samples:
            running.floats(f"sample.{name}")[:] = numpy.nan

    def warm(self, bars: Bars) -> None:
        """History, oldest first: every column advances."""
        assert bars.price_scale == self._instrument.price_scale, (
            f"prices at scale {self._instrument.price_scale}, were at {bars.price_scale}"
        )
        opened = numpy.asarray(bars.open_ns)
        volume = numpy.asarray(bars.volume)
        units = {name: numpy.asarray(getattr(bars, f"{name}_units")) for name in INPUTS[:4]}
        done = 0
        while done < len(bars):
            self._make_room()
            count = min(len(bars) - done, self._running.origin + self._running.capacity - self.next)
            place = slice(self.next - self._running.origin, self.next - self._running.origin + count)
            source = slice(done, done + count)
            for name, column in units.items():
                self._running.ints(name)[place] = column[source] * self._factor
            self._running.ints("instant")[place] = opened[source]
            node = self._running.volume_node()
            if node is not None:
                self._running.floats(node)[place] = volume[source]
            self._columns(self.next, self.next + count)
            self.next += count
            done += count

    def open(self, open_ns: int, open_units: int) -> None:
        """The forming bar has opened."""
        self._make_room()
        at = self.next - self._running.origin
        self._running.ints("open")[at] = open_units * self._factor
        self._running.ints("instant")[at] = open_ns
        self._write_periods(at, open_ns)
        if self._columns_open is not None and not self._is_open_done:
            self._columns_open(self.next, self.next + 1)
            self._is_open_done = True

    def close(self, open_ns: int, prices: dict[str, int], volume: float) -> None:
        """The forming bar is finished: all its columns are known. `next` stays until `move_on`."""
        self.open(open_ns, prices["open"])
        at = self.next - self._running.origin
        for name, units in prices.items():
            self._running.ints(name)[at] = units * self._factor
        node = self._running.volume_node()
        if node is not None:
            self._running.floats(node)[at] = volume
        if self._columns_close is not None:
            self._columns_close(self.next, self.next + 1)
        else:
            self._columns(self.next, self.next + 1)

    def move_on(self) -> None:
        self.next += 1
        self._is_open_done = False

    def number_of(self, open_ns: int) -> int | None:
        """The number of the held bar that opened at this instant."""
        held = self._running.ints("instant")[: self.next - self._running.origin]
        at = int(numpy.searchsorted(held, open_ns))
        return self._running.origin + at if at < len(held) and held[at] == open_ns else None

    def instant(self, bar: int) -> int:
        return int(self._running.ints("instant")[bar - self._running.origin])

    def _write_periods(self, at: int, open_ns: int) -> None:
        for period in self._running.program.memory.periods:
            session = session_of(self._instrument, open_ns)
            self._running.ints(f"period.{period}")[at] = period_of(period, session)

    def _make_room(self) -> None:
        running = self._running
        if self.next - running.origin < running.capacity:
            return
        drop = running.capacity - self._keep
        for name in running.program.memory.directory():
            if running.has(name):
                column = running.ints(name)
                column[: self._keep] = column[drop:].copy()
        running.origin += drop
        running.point()


def _longest(running: Running, parameters: dict[str, float]) -> int:
    longest = 1
    for node in running.program.graph.nodes:
        if isinstance(node, IndicatorNode):
            longest = max([longest, *(_length(one, parameters) for one in node.lengths)])
    return longest


def _length(one: Constant | Parameter, parameters: dict[str, float]) -> int:
    return int(parameters[one.name]) if isinstance(one, Parameter) else int(str(one.value))
