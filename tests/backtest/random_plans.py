"""Seeded plans nobody would write: every rule form over every kind of expression."""

from __future__ import annotations

import random
from decimal import Decimal

from jts.language.plan import Apply, Expression, OrderRule, Plan, Protection, SetRule, Size, Unit, View
from tests.backtest.makers import (
    back,
    call,
    column,
    declared,
    declared_state,
    fact,
    number,
    order,
    parameter,
    plan,
    protection,
    set_state,
    share_of,
    shares,
    state,
    undefined,
)

FIELDS = ("open", "high", "low", "close")
SERIES = ("sma", "ema", "wilder", "highest", "lowest", "sum", "std", "rsi", "mean", "change", "roc")
NUMBER_FACTS = ("cash", "equity", "quantity", "profit", "bars_since_entry", "average_cost", "units", "entry")
LOOKED_BACK = ("equity", "quantity", "profit")


class Maker:
    """One plan from one seed."""

    def __init__(self, seed: int) -> None:
        self.chance = random.Random(seed)
        self.has_open = self.chance.random() < 0.4
        self.with_state = self.chance.random() < 0.5
        self.with_parameter = self.chance.random() < 0.4

    def plan(self) -> Plan:
        chance = self.chance
        rules: list[OrderRule | SetRule] = []
        for _ in range(chance.randint(1, 2)):
            rules.append(self.entry(View.CLOSE))
        if self.has_open:
            rules.append(self.entry(View.OPEN))
        for _ in range(chance.randint(1, 3)):
            rules.append(self.leave(View.OPEN if self.has_open and chance.random() < 0.4 else View.CLOSE))
        if self.with_state:
            rules.insert(chance.randint(0, len(rules)), self.set_rule())
        chance.shuffle(rules)
        entries = [one for one in rules if isinstance(one, OrderRule) and one.verb == "buy"]
        if chance.random() < 0.4:
            clause = order("exit", self.condition(View.CLOSE, 1), text="exit when clause")
            object.__setattr__(clause, "of_entry", entries[0].id)
            rules.append(clause)
        return plan(
            *rules,
            units=chance.choice((1, 1, 1, 2, 3, 0)),
            entries_per_session=chance.choice((0, 0, 0, 1)),
            default_size=chance.choice((None, None, share_of("cash", "0.5"), shares(3))),
            parameters=[declared("n", 5, 2, 30), declared("k", "0.5", "0.1", 3, "0.1")]
            if self.with_parameter
            else [],
            states=[
                declared_state("s", chance.choice((0, undefined())), chance.choice((None, "week", "month")))
            ]
            if self.with_state
            else [],
            timeframe="1d",
        )

    # ---- rules ----

    def entry(self, view: View) -> OrderRule:
        kind = self.chance.choice(("market", "market", "stop", "limit", "stop_limit"))
        return self._order("buy", view, kind, self.protections(view))

    def leave(self, view: View) -> OrderRule:
        kind = self.chance.choice(("market", "market", "market", "stop", "limit"))
        return self._order(self.chance.choice(("sell", "exit")), view, kind, [])

    def _order(self, verb: str, view: View, kind: str, protections: list[Protection]) -> OrderRule:
        chance = self.chance
        is_kept = kind != "market" and chance.random() < 0.3
        is_day = kind != "market" and chance.random() < 0.3
        return order(
            verb,
            None if chance.random() < 0.1 and verb != "buy" else self.condition(view, 2),
            view=view,
            kind=kind,
            timing=chance.choice(("now", "now", "now", "at_open", "at_close")) if kind == "market" else "now",
            stop=self.price(view) if kind in ("stop", "stop_limit") else None,
            limit=self.price(view) if kind in ("limit", "stop_limit") else None,
            size=self.size(view, protections) if verb == "buy" else None,
            fraction=chance.choice((None, None, "0.5", "0.3")) if verb == "sell" else None,
            after_bars=chance.choice((None, None, None, 3)) if verb == "exit" else None,
            good_for_bars=chance.choice((None, 2, 3)) if kind != "market" and not is_day else None,
            is_day_order=is_day,
            is_kept=is_kept,
            protections=protections,
        )

    def price(self, view: View) -> Expression:
        near = column("open") if view is View.OPEN else column("close")
        factor = number(self.chance.choice(("0.97", "0.99", "1", "1.01", "1.03", "1.005")))
        if self.chance.random() < 0.2:
            return back(call("highest", "high", 5), 1)
        return call("multiply", near, factor)

    def size(self, view: View, protections: list[Protection]) -> Size | None:
        roll = self.chance.random()
        if roll < 0.3:
            return None
        if roll < 0.5:
            return share_of(self.chance.choice(("cash", "equity")), self.chance.choice(("0.3", "0.8", "1.2")))
        if roll < 0.7:
            return shares(self.chance.choice((1, 5, 17)))
        if roll < 0.85 and any(one.kind == "stop" for one in protections):
            risk = share_of("equity", "0.01")
            return Size(value=risk.value, is_risk=True)
        atr = call("max", number(1), back(call("atr", 7), 1))
        money = call("multiply", number("0.02"), fact("equity"), unit=Unit.MONEY)
        return Size(value=call("divide", money, atr, unit=Unit.QUANTITY))

    def protections(self, view: View) -> list[Protection]:
        out: list[Protection] = []
        if self.chance.random() < 0.5:
            width = call("multiply", number("2"), back(call("atr", 5), 1))
            price = self.chance.choice(
                (call("multiply", fact("entry"), number("0.97")), call("subtract", fact("entry"), width))
            )
            out.append(protection("stop", price, text="stop at"))
        if self.chance.random() < 0.4:
            risk = call("add", fact("entry"), call("default", fact("initial_risk"), number(20)))
            price = self.chance.choice((call("multiply", fact("entry"), number("1.04")), risk))
            out.append(protection("target", price, self.chance.choice((1, "0.5")), text="target at"))
        if self.chance.random() < 0.3:
            price = call("multiply", call("highest", "close", 4), number("0.96"))
            out.append(protection("trail", price, text="trail at"))
        return out

    def set_rule(self) -> SetRule:
        value = self.chance.choice(
            (call("add", call("default", state("s"), number(0)), number(1)), column("close"), fact("equity"))
        )
        return set_state("s", value, self.chance.choice((None, self.condition(View.CLOSE, 1))))

    # ---- expressions ----

    def series(self, depth: int) -> Expression:
        roll = self.chance.random()
        if depth <= 0 or roll < 0.35:
            return column(self.chance.choice(FIELDS))
        if roll < 0.45:
            return call("atr", self.length())
        if roll < 0.55:
            return call("subtract", self.series(depth - 1), self.series(0))
        name = self.chance.choice(SERIES)
        return call(name, self.series(depth - 1), self.length())

    def length(self) -> Expression:
        if self.with_parameter and self.chance.random() < 0.3:
            return parameter("n", Unit.BARS)
        return number(self.chance.choice((1, 2, 3, 5, 9, 20)), Unit.BARS)

    def number(self, view: View, depth: int) -> Expression:
        chance, roll = self.chance, self.chance.random()
        if depth <= 0 or roll < 0.5:
            found = self.series(1)
            if view is View.OPEN:
                by = parameter("n", Unit.BARS) if self.with_parameter and roll < 0.1 else chance.randint(1, 3)
                return back(found, by)
            return back(found, chance.randint(0, 4)) if roll < 0.3 else found
        if roll < 0.56 and view is View.OPEN:
            return column("open")
        if roll < 0.66:
            return fact(chance.choice(NUMBER_FACTS))
        if roll < 0.7:
            return back(fact(chance.choice(LOOKED_BACK)), chance.randint(1, 3))
        if roll < 0.75 and self.with_state:
            return state("s")
        if roll < 0.8:
            return call("if", self.condition(view, depth - 1), self.number(view, depth - 1), undefined())
        if roll < 0.84 and self.with_parameter:
            return call("multiply", parameter("k"), self.number(view, depth - 1))
        name = chance.choice(("add", "subtract", "multiply", "divide", "min", "max", "default"))
        return call(name, self.number(view, depth - 1), self.number(view, depth - 1))

    def condition(self, view: View, depth: int) -> Apply:
        chance, roll = self.chance, self.chance.random()
        if depth <= 0 or roll < 0.45:
            name = chance.choice(
                ("less", "greater", "less_equal", "greater_equal", "crosses_above", "crosses_below")
            )
            return call(name, self.number(view, 1), self.number(view, 1))
        if roll < 0.5:
            return call("not_equal", call("sign", self.number(view, 1)), number(1))
        if roll < 0.6:
            return call("not", self.condition(view, depth - 1))
        if roll < 0.66:
            return call("defined", self.number(view, 1))
        if roll < 0.7:
            since = call("barssince", self.market_condition())
            return call("less", back(since, 1) if view is View.OPEN else since, number(4))
        name = chance.choice(("and", "or"))
        return call(name, self.condition(view, depth - 1), self.condition(view, depth - 1))

    def market_condition(self) -> Apply:
        return call(self.chance.choice(("less", "greater")), self.series(1), self.series(0))


def random_plan(seed: int) -> Plan:
    """The plan of a seed; in an open view it reads nothing of the bar but its open."""
    return Maker(seed).plan()


FEES = (Decimal(0), Decimal("1.5"), Decimal(10))
