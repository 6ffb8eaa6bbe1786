"""A program at work on a live market: bars and fills go in, wishes and reasons come out.

It runs the module that the backtest runs; one bar is a chunk of one.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import ROUND_FLOOR, Decimal
from typing import TypeAlias

from jts.domain.instruments.instrument import Instrument
from jts.domain.market.bars import Bar, Bars
from jts.domain.orders.terms import OrderKind, Timing
from jts.domain.values import BadInput, Side
from jts.language.compile.lower import lower
from jts.language.compile.prepare import prepare
from jts.language.compile.running import EVENT_FIELDS, Running
from jts.language.compile.sessions import ends_session, session_of
from jts.language.compile.terms import parameter_values, terms
from jts.language.evaluate.reasons import ENDINGS, Reasons
from jts.language.evaluate.snapshot import Heading, heading_of, put_back, take
from jts.language.evaluate.tape import Tape
from jts.language.evaluate.why import Why as Why
from jts.language.kernels.records import AT_CLOSE, BUY, ENTRY, EXIT, FILLED, MARKET, PLACED, Order
from jts.language.plan import OrderRule, Plan, View


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """A wish for an order. `slot` names the order within this run; it only ever grows.

    `rule` is the id of the rule in the plan. Prices are on the venue's grid, in its currency; `values` are
    the operands of the rule's condition and prices, name -> text.
    """

    slot: int
    rule: int
    side: Side
    kind: OrderKind
    timing: Timing
    quantity: Decimal
    stop_price: Decimal | None
    limit_price: Decimal | None
    day: bool
    reduce_only: bool
    because: str
    rule_text: str
    values: dict[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Withdraw:
    """The order of this slot is no longer wished."""

    slot: int
    because: str


Wish: TypeAlias = Place | Withdraw


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """Everything one instant asked for, in order, and why."""

    wishes: tuple[Wish, ...] = ()
    decisions: tuple[Why, ...] = field(default=())


_AT = {name: at for at, name in enumerate(EVENT_FIELDS)}
_KINDS = (OrderKind.MARKET, OrderKind.LIMIT, OrderKind.STOP, OrderKind.STOP_LIMIT)
_TIMINGS = (Timing.NOW, Timing.AT_OPEN, Timing.AT_CLOSE)


class LiveProgram:
    """One plan at work. Give it history, then each bar as it opens and closes, and every fill of its orders.

    The account it sees is its own: the cash it was given and the fills it was told. Order: `warm`, then
    optionally `restore`, then bars and fills as they come. Protective orders wished by a fill are told at the
    close of that bar, because they are active from the next bar on.
    """

    def __init__(
        self,
        *,
        plan: Plan,
        instrument: Instrument,
        parameters: Mapping[str, Decimal],
        cash: Decimal,
        fee_bps: Decimal,
    ) -> None:
        values = parameter_values(plan, parameters)
        self._plan = plan
        self._instrument = instrument
        self._terms = terms(plan, instrument, price_scale=instrument.price_scale, cash=cash, fee_bps=fee_bps)
        self._running = Running(lower(plan), self._terms, values)
        self._tape = Tape(self._running, instrument, values)
        self._reasons = Reasons(prepare(plan), self._running, self._tape, values)
        machine = self._running.machine
        self._before_bar = machine.caller("before_bar", 2)
        self._after_bar = machine.caller("after_bar", 2)
        self._advance = machine.caller("advance", 2)
        self._decide_open = machine.caller("decide_open", 1)
        self._enter_open = machine.caller("enter_open", 1)
        self._filled = machine.caller("filled", 6)
        self._ended = machine.caller("ended", 2)
        self._places: dict[int, int] = {}
        self._waiting: list[Place] = []
        self._begun = -1
        self._opened = -1
        self._entries_wait = False
        self.bars_needed: int = plan.warm_up_bars

    # ---- what it is told ----

    def warm(self, bars: Bars) -> None:
        """History, oldest first: every column advances, nothing is decided."""
        self._tape.warm(bars)

    def open_bar(self, *, open_ns: int, open_units: int) -> Step:
        """A bar has opened: the open view decides. Entries wait for exits of this instant to fill."""
        if not self._running.program.has_open_view or self._opened == self._tape.next:
            return Step()
        bar = self._tape.next
        self._tape.open(open_ns, open_units)
        self._begin(open_ns)
        self._opened = bar
        self._reasons.begin()
        self._decide_open(bar)
        wishes = self._wishes(told_now=bar)
        self._entries_wait = True
        wishes += self._let_enter()
        return Step(wishes=tuple(wishes), decisions=self._reasons.decisions(View.OPEN, bar))

    def close_bar(self, bar: Bar) -> Step:
        """A bar is finished: the close view decides."""
        number = self._tape.next
        prices = {
            "open": bar.open_units,
            "high": bar.high_units,
            "low": bar.low_units,
            "close": bar.close_units,
        }
        self._tape.close(bar.open_ns, prices, float(bar.volume))
        self._begin(bar.open_ns)
        self._entries_wait = False
        self._after_bar(int(ends_session(self._instrument, bar.timeframe, bar.open_ns)), number)
        wishes = self._wishes(told_now=number)
        wishes += self._waiting
        self._waiting = []
        self._reasons.begin()
        self._advance(number, number + 1)
        wishes += self._wishes(told_now=number + 1)
        decisions = self._reasons.decisions(View.CLOSE, number)
        self._tape.move_on()
        return Step(wishes=tuple(wishes), decisions=decisions)

    def fill(
        self, *, slot: int, side: Side, quantity: Decimal, price: Decimal, fee: Decimal, at_ns: int
    ) -> Step:
        """A fill of one of its orders, also of one that it has withdrawn meanwhile."""
        if slot not in self._places:
            raise BadInput(f"expected a slot of this run (0 to {len(self._places) - 1}); found {slot}")
        place, bar = self._places[slot], self._tape.next
        self._begin(at_ns)
        units = self._terms.quantity_units(quantity)
        amount = self._floor(price * quantity, self._terms.cash_scale)
        kept = self._make_fillable(place, slot, units, side)
        self._filled(
            place,
            units,
            self._floor(price, self._terms.price_scale),
            amount,
            self._floor(fee, self._terms.cash_scale),
            bar,
        )
        if kept is not None:
            self._running.write_order(place, kept)
        wishes = self._wishes(told_now=bar)
        wishes += self._let_enter()
        return Step(wishes=tuple(wishes))

    def ended(self, slot: int) -> None:
        """The order of this slot is no longer working: cancelled, refused, expired."""
        place = self._places.get(slot)
        if place is not None and self._running.order(place).id == slot:
            self._ended(place, self._tape.next)
            self._wishes(told_now=self._tape.next)
            self._waiting = [one for one in self._waiting if one.slot != slot]

    # ---- what it holds ----

    @property
    def position(self) -> Decimal:
        return self._terms.quantity(self._running.book_field("position"))

    @property
    def cash(self) -> Decimal:
        return self._terms.money(self._running.book_field("cash"))

    @property
    def bought(self) -> Decimal:
        """What the present position was bought for, fees aside: with cash, what is left of the start
        money.
        """
        return self._terms.money(self._running.book_field("bought"))

    def snapshot(self) -> bytes:
        """Position, cash, orders and declared states, to be restored after `warm` in another process."""
        newest = self._tape.instant(self._tape.next - 1) if self._tape.next else -1
        return take(self._running, self._heading(self._tape.next, newest))

    def restore(self, data: bytes) -> None:
        """Errors: BadInput for a snapshot of another plan, another schema, or a bar not in the history."""
        found = heading_of(data)
        own = self._heading(0, -1)
        for what, wanted, given in (
            ("plan", own.plan, found.plan),
            ("state schema", own.schema, found.schema),
            ("scales", str(own.scales), str(found.scales)),
        ):
            if wanted != given:
                raise BadInput(
                    f"expected a snapshot of the {what} {wanted[:16]}; found {given[:16]}; "
                    "stop the run and start it anew",
                    code="snapshot",
                )
        moved = 0
        if found.newest_ns >= 0:
            newest = self._tape.number_of(found.newest_ns)
            if newest is None:
                raise BadInput(
                    f"expected the bar of {found.newest_ns} in the history, where the snapshot was taken; "
                    "warm with a longer history",
                    code="snapshot",
                )
            moved = newest + 1 - found.next
        put_back(self._running, data, moved=moved)
        self._places = {}
        for place in range(len(self._running.program.slots)):
            order = self._running.order(place)
            if order.id >= 0:
                self._places[order.id] = place

    # ---- private ----

    def _heading(self, next: int, newest_ns: int) -> Heading:
        t = self._terms
        return Heading(
            plan=self._plan.hash,
            schema=self._running.program.memory.schema(),
            scales=(t.price_scale, t.quantity_scale, t.cash_scale),
            next=next,
            newest_ns=newest_ns,
        )

    def _begin(self, at_ns: int) -> None:
        """The first thing that happens in a bar: what was good until now is over."""
        if self._begun != self._tape.next:
            self._begun = self._tape.next
            self._before_bar(session_of(self._instrument, at_ns), self._tape.next)

    def _let_enter(self) -> list[Wish]:
        """Entries of the open view, once no exit of that instant is left."""
        if not self._entries_wait:
            return []
        for place, known in enumerate(self._running.program.slots):
            if known.role == EXIT:
                order = self._running.order(place)
                is_leaving = order.is_working and order.kind == MARKET and order.timing != AT_CLOSE
                if is_leaving and order.active_from == self._tape.next:
                    return []
        self._entries_wait = False
        self._enter_open(self._tape.next)
        return self._wishes(told_now=self._tape.next)

    def _wishes(self, *, told_now: int) -> list[Wish]:
        """The log since the last call as wishes. Orders active from a later bar wait for the close."""
        out: list[Wish] = []
        for row in self._running.drain().tolist():
            id, place, what = row[_AT["id"]], row[_AT["slot"]], row[_AT["what"]]
            if what == PLACED:
                self._places[id] = place
                wish = self._place(row)
                is_later = self._running.order(place).active_from > told_now
                (self._waiting if is_later and self._running.order(place).id == id else out).append(wish)
            elif what != FILLED:
                waiting = [one for one in self._waiting if one.slot == id]
                if waiting:
                    self._waiting.remove(waiting[0])
                else:
                    out.append(Withdraw(slot=id, because=ENDINGS[row[_AT["reason"]]]))
        return out

    def _place(self, row: list[int]) -> Place:
        place = row[_AT["slot"]]
        known = self._running.program.slots[place]
        rule: OrderRule = known.rule
        text = rule.text if known.protection is None else known.protection.text
        stop, limit = row[_AT["stop"]], row[_AT["limit"]]
        because, values = self._reasons.of_order(place, self._tape.next)
        return Place(
            slot=row[_AT["id"]],
            rule=rule.id if known.protection is None else known.protection.id,
            side=Side.BUY if known.side == BUY else Side.SELL,
            kind=_KINDS[row[_AT["kind"]]],
            timing=_TIMINGS[row[_AT["timing"]]],
            quantity=self._terms.quantity(row[_AT["quantity"]]),
            stop_price=self._terms.price(stop) if stop else None,
            limit_price=self._terms.price(limit) if limit else None,
            day=rule.is_day_order and known.protection is None,
            reduce_only=known.role != ENTRY,
            because=because,
            rule_text=text,
            values=values,
        )

    def _make_fillable(self, place: int, slot: int, units: int, side: Side) -> Order | None:
        """A fill is a fact: room is made for it even if its order was withdrawn or is smaller.

        Gives the order that works in its place now, to be put back afterwards.
        """
        order = self._running.order(place)
        assert (side is Side.BUY) == (order.side == BUY), f"slot {slot} is not a {side} order"
        if order.is_working and order.id == slot:
            if units > order.quantity:
                order.quantity = units
                self._running.write_order(place, order)
            return None
        late = self._running.order(place)
        late.is_working, late.id, late.quantity = True, slot, units
        self._running.write_order(place, late)
        self._running.set_book_field("working", self._running.book_field("working") + 1)
        return order if order.is_working else None

    @staticmethod
    def _floor(amount: Decimal, scale: int) -> int:
        return int(amount.scaleb(scale).to_integral_value(rounding=ROUND_FLOOR))
