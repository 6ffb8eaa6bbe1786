"""Why a live program did what it did: the gates as words, conditions with their numbers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from jts.language.compile.prepare import Prepared
from jts.language.compile.running import Running
from jts.language.evaluate.explain import Explainer, shown
from jts.language.evaluate.tape import Tape
from jts.language.evaluate.values import Moment, Value, Values
from jts.language.evaluate.why import Why
from jts.language.kernels import records
from jts.language.kernels.facts import NUMBERS, TRUTHS
from jts.language.plan import Apply, Expression, OrderRule, View

GATES = {
    records.GATE_WORKING: ("working", "an order of this rule is already working"),
    records.GATE_POSITION: ("position", "the position already has as many entries as the program allows"),
    records.GATE_FLAT: ("flat", "nothing is held"),
    records.GATE_PRICE: ("price", "its price is undefined or not above 0"),
    records.GATE_SIZE: ("size", "its size is undefined or less than one lot"),
    records.GATE_MINIMUM: ("minimum", "its size is under the venue's minimum"),
    records.GATE_CASH: ("cash", "the cash does not cover one lot"),
    records.GATE_SESSION: ("session", "the entries allowed per session are used up"),
}

ENDINGS = {
    records.ENDED_BY_FLAT: "the position is closed",
    records.ENDED_BY_FULL: "the position has all the entries the program allows",
    records.ENDED_BY_RULE: "its rule no longer wishes it",
    records.ENDED_BY_MOVE: "its price or quantity has moved",
    records.ENDED_BY_TIME: "its time is over",
    records.ENDED_OUTSIDE: "it was ended outside the program",
    records.GATE_CASH: "the cash does not cover one lot",
}


@dataclass(frozen=True, slots=True)
class _Column:
    """A column of the module, read by the number of the bar."""

    running: Running
    name: str

    def __len__(self) -> int:
        return self.running.origin + self.running.capacity

    def __getitem__(self, bar: int) -> float:
        at = bar - self.running.origin
        return float(self.running.floats(self.name)[at]) if at >= 0 else float("nan")


class _LiveValues(Values):
    """Values whose columns are those of the module."""

    def __init__(self, running: Running, parameters: Mapping[str, float], live: _Live) -> None:
        super().__init__(live, live, parameters)
        self._running = running

    def column(self, e: Apply) -> Sequence[float]:
        node = self._running.program.graph.indicator(e)
        return _Column(self._running, f"node.{node}")  # type: ignore[return-value]  # read by index only


class _Live:
    """The market and the account of a running module."""

    def __init__(self, running: Running, tape: Tape) -> None:
        self._running = running
        self._tape = tape
        self.view = View.CLOSE

    @property
    def bars(self) -> int:
        return self._tape.next + 1

    def field(self, name: str) -> Sequence[float]:
        return _Prices(self._running, name)  # type: ignore[return-value]  # read by index only

    def units(self, name: str) -> tuple[Sequence[int], float]:
        raise AssertionError("indicators are read from the module")

    def fact(self, name: str) -> Value:
        at = self._tape.next - self._running.origin
        column = "open" if self.view is View.OPEN else "close"
        newest = int(self._running.ints(column)[at])
        kernel = NUMBERS.get(name) or TRUTHS[name]
        return kernel(self._running.book(), newest, self._tape.next)

    def fact_at(self, name: str, bar: int) -> Value:
        return _Column(self._running, f"sample.{name}")[bar]

    def state(self, name: str) -> Value:
        place = self._running.program.memory.address(f"state.{name}")
        return float(self._running.machine.floats(place, 1)[0])


@dataclass(frozen=True, slots=True)
class _Prices:
    """A field of the bars as doubles."""

    running: Running
    name: str

    def __getitem__(self, bar: int) -> float:
        at = bar - self.running.origin
        if at < 0:
            return float("nan")
        if self.name == "volume":
            node = self.running.volume_node()
            return float(self.running.floats(node)[at]) if node is not None else float("nan")
        return int(self.running.ints(self.name)[at]) / float(10**self.running.terms.price_scale)


class Reasons:
    """Reads the gates of an instant and explains its rules."""

    def __init__(
        self, prepared: Prepared, running: Running, tape: Tape, parameters: Mapping[str, float]
    ) -> None:
        self._prepared = prepared
        self._running = running
        self._live = _Live(running, tape)
        self._values = _LiveValues(running, parameters, self._live)
        self._explainer = Explainer(prepared.plan.text, self._values)

    def begin(self) -> None:
        """An instant begins: no rule has been asked yet."""
        for slot in range(len(self._running.program.slots)):
            order = self._running.order(slot)
            order.gate = records.GATE_NOT_TRUE
            self._running.write_order(slot, order)

    def of_order(self, slot: int, bar: int) -> tuple[str, dict[str, str]]:
        """(why it is wished, the values it was made of)."""
        known = self._running.program.slots[slot]
        rule = known.rule
        if known.protection is not None:
            return f"protects the entry: {known.protection.text}", {}
        self._live.view = rule.view
        moment = Moment(bar)
        values = self._explainer.operands(_read_by(rule), moment)
        why = self._explainer.because(rule.when, moment) if rule.when is not None else "always wished"
        return (f"{rule.because}: {why}" if rule.because else why), values

    def decisions(self, view: View, bar: int) -> tuple[Why, ...]:
        """What became of each order rule of a view at the instant that was just decided."""
        self._live.view = view
        return tuple(
            self._decision(rule, bar) for rule in self._prepared.ordered(view) if isinstance(rule, OrderRule)
        )

    def _decision(self, rule: OrderRule, bar: int) -> Why:
        moment = Moment(bar)
        gate = self._running.order(self._prepared.slot_of(rule)).gate
        values = self._explainer.operands(_read_by(rule), moment)
        condition = self._explainer.because(rule.when, moment) if rule.when is not None else ""
        if gate == records.NO_GATE:
            return self._why(rule, "wish", "", condition, values)
        if gate != records.GATE_NOT_TRUE:
            name, words = GATES[gate]
            return self._why(rule, "declined", name, words, values)
        if rule.view is View.CLOSE or rule.verb != "buy":
            return self._quiet(rule, moment, condition, values)
        truth = True if rule.when is None else self._values.truth(rule.when, moment)
        if truth is True:
            return self._why(
                rule, "declined", "exit first", "it waits for an exit of the same instant", values
            )
        return self._quiet(rule, moment, condition, values)

    def _quiet(self, rule: OrderRule, moment: Moment, condition: str, values: dict[str, str]) -> Why:
        """The rule's condition did not hold, or could not be told."""
        truth = True if rule.when is None else self._values.truth(rule.when, moment)
        if truth is True:
            bars = "" if rule.after_bars is None else shown(self._values.value(rule.after_bars, moment))
            since = shown(self._live.fact("bars_since_entry"))
            holds = bars and since != "undefined"
            condition = f"held for {since} of {bars} bars" if holds else "nothing of it is held"
        outcome = "undefined" if truth is None else "false"
        return self._why(rule, outcome, "", condition, values)

    def _why(self, rule: OrderRule, outcome: str, gate: str, because: str, values: dict[str, str]) -> Why:
        return Why(
            rule=rule.id, rule_text=rule.text, outcome=outcome, gate=gate, because=because, values=values
        )


def _read_by(rule: OrderRule) -> list[Expression]:
    found = [rule.when, rule.stop, rule.limit, rule.size.value if rule.size else None]
    return [one for one in found if one is not None]
