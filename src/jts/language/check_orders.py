"""From an order statement to a rule of the plan: what it is, when it is decided, what protects it."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from decimal import Decimal

from jts.domain.market.timeframe import Timeframe
from jts.language import check_units as units
from jts.language import syntax as s
from jts.language.check_expressions import Expressions
from jts.language.check_names import Scope
from jts.language.check_place import Place, Stop
from jts.language.check_values import apply, both, constant, fact, guarantees_holding, is_positive, walk
from jts.language.plan import (
    Apply,
    Back,
    Column,
    Constant,
    Expression,
    Fact,
    OrderRule,
    Protection,
    Size,
    Stage,
    Type,
    Unit,
    View,
)

WHOLE = Decimal(1)
HALF = Decimal("0.5")
ENTRIES = ("buy", "short")
_ALLOWED = {
    "buy": {"stop", "limit", "timed", "size", "as", "when"},
    "sell": {"stop", "limit", "timed", "size", "as", "when"},
    "exit": {"stop", "limit", "timed", "after", "as", "when"},
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Around:
    """What stands around a statement: its view, its names, the condition under which it runs."""

    view: View
    scope: Scope
    when: Expression | None
    is_top: bool


class Orders:
    """Makes order rules; knows the program's rights and the protection written at its top level."""

    def __init__(
        self,
        *,
        on: Expressions,
        timeframe: Timeframe,
        may_short: bool,
        protection: tuple[s.Protect, ...],
        next_id: Callable[[], int],
    ) -> None:
        self._on = on
        self._timeframe = timeframe
        self._may_short = may_short
        self._protection = protection
        self._next_id = next_id

    def rules(self, order: s.OrderStatement, around: Around) -> list[OrderRule]:
        """The rule of this order and of the exits written under it. What is wrong is among the findings."""
        on = self._on
        if not self._verb(order):
            return []
        parts = {part.kind: part for part in order.parts}
        for kind in parts.keys() - _ALLOWED[order.verb]:
            on.findings.error("J313", parts[kind].span, part=kind, verb=order.verb)
        timing = self._timing(order, parts, around)
        view = View.OPEN if self._is_exit_at_open(order, parts, around) else around.view
        is_held = order.verb in ("exit", "sell") or guarantees_holding(around.when)
        place = Place(view=view, scope=around.scope, is_held=is_held)
        own_when = self._part(parts, "when", lambda expr: on.condition(expr, place))
        place = Place(view=view, scope=around.scope, is_held=is_held or guarantees_holding(own_when))
        when = both(around.when, own_when)
        if view is not around.view:
            when = both(self._after_entry(order), when)
        price = Type(Unit.PRICE, on.market.currency)
        stop = self._part(parts, "stop", lambda expr: on.number(expr, price, place))
        limit = self._part(parts, "limit", lambda expr: on.number(expr, price, place))
        after = self._part(parts, "after", lambda expr: self._bars(expr, place))
        id = self._next_id()
        clauses = self._clauses(order, place, id)
        size = clauses.size
        if "size" in parts:
            size = self._size(parts["size"].value, place)
        self._check_shape(order, parts, stop, limit, size, clauses)
        if around.view is View.OPEN and order.verb == "buy" and not (stop or limit) and timing == "now":
            self._warn_of_opening_price(order, when, size)
        rule = OrderRule(
            id=id,
            view=view,
            verb=order.verb,
            kind=_kind(stop, limit),
            timing=timing,
            when=when,
            stop=stop,
            limit=limit,
            size=size,
            fraction=self._fraction(order),
            after_bars=after,
            good_for_bars=clauses.good_for,
            is_day_order=clauses.is_day,
            is_kept=order.is_kept,
            protections=tuple(clauses.protections),
            because=clauses.because,
            label=self._label(parts),
            span=order.head,
            text=on.text(order.head),
        )
        return [rule, *clauses.exits]

    # ---- the order itself ----

    def _verb(self, order: s.OrderStatement) -> bool:
        on = self._on
        if order.verb in ("short", "cover"):
            if not self._may_short:
                on.findings.error("J301", order.head, found=order.verb)
            else:
                on.later(order.head, f"`{order.verb}`")
            return False
        target = order.target
        if isinstance(target, s.Word) and target.text not in (on.market.symbol, *on.market.aliases):
            if target.kind == "SYMBOL":
                on.later(target.span, f"a second symbol (`{target.text}`)")
            else:
                better = "an order here names nothing: it is about what the program trades"
                on.findings.error("J241", target.span, found=target.text, better=better)
            return False
        return True

    def _is_exit_at_open(self, order: s.OrderStatement, parts: dict[str, s.Part], around: Around) -> bool:
        """`exit at open` outside a handler is decided at every open after the entry."""
        timed = parts.get("timed")
        return (
            around.is_top
            and order.verb == "exit"
            and timed is not None
            and isinstance(timed.value, s.Word)
            and timed.value.kind == "OPEN"
        )

    def _after_entry(self, order: s.OrderStatement) -> Expression:
        at = order.head
        one = constant(WHOLE, Type(Unit.BARS), at)
        since = fact("bars_since_entry", Unit.BARS, Stage.NOW, at)
        return apply("greater_equal", (since, one), Type(Unit.BOOL), at)

    def _timing(self, order: s.OrderStatement, parts: dict[str, s.Part], around: Around) -> str:
        on, timed = self._on, parts.get("timed")
        if timed is None or not isinstance(timed.value, s.Word):
            return "now"
        word = timed.value
        if word.kind == "TIME":
            on.later(word.span, f"an order at a time (`at {word.text}`)", "use `at open` or `at close`")
            return "now"
        for other in ("stop", "limit"):
            if other in parts:
                on.findings.error("J314", timed.span, timing=word.text, found=other)
        if word.kind == "CLOSE" and around.view is View.CLOSE and not self._timeframe.is_intraday:
            better = "decide in `at open:`, or leave `at close` out and fill at the next open"
            on.findings.error(
                "J302", timed.span, found="close", place="a rule decided at that close", better=better
            )
        if word.kind == "OPEN" and around.view is View.OPEN:
            better = "leave `at open` out, or decide at the close before"
            on.findings.error("J302", timed.span, found="open", place="a handler at that open", better=better)
        return "at_open" if word.kind == "OPEN" else "at_close"

    def _part(
        self, parts: dict[str, s.Part], kind: str, make: Callable[[s.Expr], Expression]
    ) -> Expression | None:
        part = parts.get(kind)
        if part is None:
            return None
        assert not isinstance(part.value, s.Word | s.Sizing | s.Label), f"{kind} is followed by an expression"
        try:
            return make(part.value)
        except Stop:
            return None

    def _size(self, sizing: s.Node, place: Place) -> Size | None:
        assert isinstance(sizing, s.Sizing), f"size is followed by a sizing, was {type(sizing).__name__}"
        on = self._on
        try:
            value = on.value(sizing.value, place)
        except Stop:
            return None
        return checked_size(on, sizing, value)

    def _fraction(self, order: s.OrderStatement) -> Decimal | None:
        on, fraction = self._on, order.fraction
        if fraction is None:
            return None
        if order.verb == "buy":
            on.findings.error(
                "J313",
                fraction.span,
                part="half" if not isinstance(fraction, s.PercentLiteral) else on.text(fraction.span),
                verb="buy",
            )
        return self._fraction_of(fraction)

    def _fraction_of(self, fraction: s.Node) -> Decimal:
        if not isinstance(fraction, s.PercentLiteral):
            return HALF
        if not 0 < fraction.value <= 1 or fraction.is_points:
            shown = f"{(fraction.value * 100).normalize():f} %"
            self._on.findings.error("J317", fraction.span, found=shown)
        return fraction.value

    def _label(self, parts: dict[str, s.Part]) -> str:
        part = parts.get("as")
        if part is None or not isinstance(part.value, s.Label):
            return ""
        if part.value.index is not None:
            self._on.later(part.span, "a family of orders", "give each order a name of its own")
        return part.value.name.text

    def _bars(self, expr: s.Expr, place: Place) -> Expression:
        return self._on.number(expr, Type(Unit.BARS), place)

    # ---- what stands under it ----

    def _clauses(self, order: s.OrderStatement, place: Place, id: int) -> _Clauses:
        on, made = self._on, _Clauses()
        seen: set[str] = set()
        for clause in order.clauses:
            kind = clause.kind
            once = kind not in ("exit", "target")
            if once and kind in seen:
                on.findings.error("J315", clause.span, found=kind.replace("_", " "))
                continue
            seen.add(kind)
            try:
                if isinstance(clause, s.Protect):
                    if order.verb != "buy":
                        on.findings.error("J313", clause.span, part=f"{kind} at", verb=order.verb)
                        continue
                    made.protections.append(self.protection(clause, place))
                else:
                    self._clause(clause, order, place, made, id)
            except Stop:
                continue
        if order.verb == "buy":
            for protect in self._protection:
                try:
                    made.protections.append(self.protection(protect, place))
                except Stop:
                    continue
        total = sum(
            (p.fraction for p in made.protections if p.kind == "target" and p.fraction < 1), Decimal(0)
        )
        if total > 1:
            on.findings.error("J307", order.head, found=f"{(total * 100).normalize():f} %")
        return made

    def _clause(
        self, clause: s.Clause, order: s.OrderStatement, place: Place, made: _Clauses, id: int
    ) -> None:
        on, first = self._on, clause.values[0] if clause.values else clause
        if clause.kind == "exit":
            if order.verb != "buy":
                raise on.refuse("J313", clause.span, part="exit", verb=order.verb)
            made.exits.append(self._exit(clause, place.scope, id, made))
        elif clause.kind == "size":
            if any(part.kind == "size" for part in order.parts):
                raise on.refuse("J315", clause.span, found="size")
            made.size = self._size(first, place)
        elif clause.kind == "because":
            text = first.text.strip('"') if isinstance(first, s.Word) else ""
            if "{" in text:
                raise on.later(clause.span, "a value inside a text", "leave the braces out")
            made.because = text
        elif clause.kind == "good_until":
            if not (isinstance(first, s.Word) and first.text == "cancelled"):
                raise on.later(clause.span, "`good until` a time", "use `good for day` or `good for 4 bars`")
        elif len(clause.values) > 1:
            raise on.later(clause.span, "`then pause`", "leave it out")
        elif isinstance(first, s.Name) and first.text == "day":
            made.is_day = True
        else:
            made.good_for = self._bars(_expression(first), place)

    def _exit(self, clause: s.Clause, scope: Scope, id: int, made: _Clauses) -> OrderRule:
        """`exit when …`, `exit after …`, `exit at open` under an entry: it lives while that is held."""
        on = self._on
        parts = {part.kind: part for part in clause.values if isinstance(part, s.Part)}
        for kind in parts.keys() & {"stop", "limit"}:
            on.findings.error("J313", parts[kind].span, part=f"{kind} at", verb="exit")
        for kind in parts.keys() & {"size", "as"}:
            on.findings.error("J313", parts[kind].span, part=kind, verb="exit")
        if not parts.keys() & {"when", "after", "timed"}:
            raise on.refuse("J100", clause.span, expected="`when`, `after` or `at open`", found="nothing")
        if "after" in parts and any(exit.after_bars and exit.when is None for exit in made.exits):
            on.findings.warning("J308", clause.span)
        exit = s.OrderStatement(
            clause.span, "exit", False, None, None, tuple(parts.values()), (), clause.span
        )
        around = Around(view=View.CLOSE, scope=scope, when=None, is_top=True)
        (rule,) = self.rules(exit, around)
        return replace(rule, of_entry=id)

    def protection(self, protect: s.Protect, place: Place) -> Protection:
        """A stop, target or trail: read at the decision, moved to the fill, a trail at every close."""
        on = self._on
        if protect.then_kind is not None:
            raise on.later(protect.span, f"`then {protect.then_kind} at`", "write a `trail at` clause")
        view = View.CLOSE if protect.kind == "trail" else place.view
        inside = Place(view=view, scope=place.scope, is_held=True)
        price = on.number(protect.price, Type(Unit.PRICE, on.market.currency), inside)
        self._side(protect, price)
        fraction = WHOLE if protect.fraction is None else self._fraction_of(protect.fraction)
        return Protection(
            id=self._next_id(),
            kind=protect.kind,
            price=price,
            fraction=fraction,
            span=protect.span,
            text=on.text(protect.span),
        )

    def _side(self, protect: s.Protect, price: Expression) -> None:
        """A long's stop above its entry, or target below it, would act at once."""
        above = _against_entry(price)
        wrong = {"stop": True, "target": False}.get(protect.kind)
        if above is None or above is not wrong:
            return
        on, text = self._on, self._on.text(protect.price.span)
        side = "below" if protect.kind == "stop" else "above"
        swapped = text.replace("+", "-", 1) if protect.kind == "stop" else text.replace("-", "+", 1)
        on.findings.error(
            "J304", protect.span, kind=protect.kind, side=side, found=f"`{text}`", better=swapped
        )

    # ---- the whole ----

    def _check_shape(
        self,
        order: s.OrderStatement,
        parts: dict[str, s.Part],
        stop: Expression | None,
        limit: Expression | None,
        size: Size | None,
        clauses: _Clauses,
    ) -> None:
        on = self._on
        if order.is_kept and not parts.keys() & {"stop", "limit"}:
            on.findings.error("J309", order.head)
        if size is not None and size.is_risk:
            if order.verb != "buy":
                on.findings.error("J313", order.head, part="risking", verb=order.verb)
            elif not any(one.kind == "stop" for one in order.clauses) and not any(
                one.kind == "stop" for one in self._protection
            ):
                on.findings.error("J303", parts["size"].span if "size" in parts else order.head)
        if order.fraction is not None and size is not None:
            on.findings.error("J318", order.head, first="a part of the position", second="size")
        if clauses.is_day and clauses.good_for is not None:
            on.findings.error("J318", order.head, first="good for day", second="good for … bars")

    def _warn_of_opening_price(
        self, order: s.OrderStatement, when: Expression | None, size: Size | None
    ) -> None:
        if any(isinstance(leaf, Column) and leaf.name == "open" for leaf in _unshifted(when)):
            self._on.findings.warning("J311", order.head)


class _Clauses:
    """What the indented lines under an order say."""

    def __init__(self) -> None:
        self.size: Size | None = None
        self.good_for: Expression | None = None
        self.is_day = False
        self.because = ""
        self.protections: list[Protection] = []
        self.exits: list[OrderRule] = []


def checked_size(on: Expressions, sizing: s.Sizing, value: Expression) -> Size:
    """How much: a quantity or money. Errors: Stop-free; a wrong kind is among the findings."""
    wanted = (Unit.MONEY,) if sizing.is_risk else (Unit.QUANTITY, Unit.MONEY)
    if value.type.unit is Unit.NUMBER and not sizing.is_risk:
        # A bare number adopts the unit its place asks for: here it counts shares or coins, as traders say it.
        value = replace(value, type=replace(value.type, unit=Unit.QUANTITY))
    if value.type.unit not in wanted and not units.is_undefined(value):
        text = on.text(sizing.value.span)
        better = {
            Unit.NUMBER: f"`{text} shares` or `{text} {on.market.currency or 'KRW'}`",
            Unit.RATIO: f"`{text} of equity`",
            Unit.PRICE: f"an amount of money divided by it, as in `10% of cash / ({text})`",
        }.get(value.type.unit, "such as `10% of cash`")
        on.findings.error("J223", sizing.span, found=units.WORDS[value.type.unit], better=better)
    return Size(value=value, is_risk=sizing.is_risk)


def _kind(stop: Expression | None, limit: Expression | None) -> str:
    if stop is not None:
        return "stop" if limit is None else "stop_limit"
    return "market" if limit is None else "limit"


def _expression(node: s.Node) -> s.Expr:
    assert not isinstance(node, s.Part | s.Word | s.Sizing), "this clause is followed by an expression"
    return node  # type: ignore[return-value]  # the grammar allows expressions only


def _against_entry(price: Expression) -> bool | None:
    """True if the price is surely above the entry, False if surely below, None if that is open."""
    if not isinstance(price, Apply) or len(price.arguments) != 2:
        return None
    left, right = price.arguments
    if not (isinstance(left, Fact) and left.name in ("entry", "average_cost")):
        return None
    if price.function == "multiply" and isinstance(right, Constant) and isinstance(right.value, Decimal):
        return None if right.value == 1 else right.value > 1
    if price.function in ("add", "subtract") and is_positive(right):
        return price.function == "add"
    return None


def _unshifted(node: Expression | None) -> Iterable[Expression]:
    """The leaves of a value that belong to this instant, not to bars before."""
    shifted = {id(leaf) for back in walk(node) if isinstance(back, Back) for leaf in walk(back.of)}
    return (leaf for leaf in walk(node) if id(leaf) not in shifted)
