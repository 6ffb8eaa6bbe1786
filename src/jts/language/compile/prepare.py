"""A plan made ready for lowering: which slots its orders have, what is fixed at a decision, what is looked
back at.

The reference evaluator starts from the same preparation, so that both speak of the same slots.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from jts.domain.values import BadInput
from jts.language.compile.column_graph import (
    ColumnGraph,
    expand,
    facts_in,
    fields_in,
    indicators_in,
    offset_constant,
    parts,
    sampled_facts,
)
from jts.language.compile.ir import Machine
from jts.language.compile.names import Slot
from jts.language.kernels.records import (
    BUY,
    ENTRY,
    EXIT,
    PROTECTIVE_STOP,
    PROTECTIVE_TARGET,
    PROTECTIVE_TRAIL,
    SELL,
)
from jts.language.plan import (
    Apply,
    Back,
    Constant,
    Expression,
    OrderRule,
    Parameter,
    Plan,
    Protection,
    SetRule,
    Size,
    View,
)

FILL_FACTS = frozenset(
    {
        "entry",
        "initial_risk",
        "average_cost",
        "last_fill",
        "quantity",
        "units",
        "bars_since_entry",
        "profit",
        "holding",
        "flat",
        "long",
        "entered",
    }
)
"""What a clause reads at the fill; everything else in it is fixed at the decision."""

_ROLES = {"stop": PROTECTIVE_STOP, "target": PROTECTIVE_TARGET, "trail": PROTECTIVE_TRAIL}
_ENTRIES = {"buy"}
_EXITS = {"sell", "exit"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Prepared:
    """`captured[rule id]` are the expressions fixed when that rule's order is placed, in order, each with the
    number of its cell."""

    plan: Plan
    rules: tuple[OrderRule | SetRule, ...]
    default_size: Size | None
    slots: tuple[Slot, ...]
    captured: dict[int, tuple[tuple[int, Expression], ...]]
    captures: int
    samples: frozenset[str]
    look_backs: tuple[int | str, ...]

    @property
    def has_open_view(self) -> bool:
        return any(rule.view is View.OPEN for rule in self.rules)

    def slot_of(self, rule: OrderRule) -> int:
        return next(
            at for at, slot in enumerate(self.slots) if slot.rule.id == rule.id and not slot.protection
        )

    def slot_of_id(self, id: int) -> int:
        return next(at for at, slot in enumerate(self.slots) if slot.rule.id == id and not slot.protection)

    @property
    def pending(self) -> tuple[tuple[str, Machine], ...]:
        """What the open view notes about its entries until the exits of the instant have filled."""
        out: list[tuple[str, Machine]] = []
        for rule in self.rules:
            if isinstance(rule, OrderRule) and rule.view is View.OPEN and rule.verb in _ENTRIES:
                out += [(f"wished_{rule.id}", "i32"), (f"stop_{rule.id}", "f64"), (f"limit_{rule.id}", "f64")]
                out += [(f"fixed_{at}", "f64") for at, _ in self.captured[rule.id]]
        return tuple(out)

    def protections_of(self, rule: OrderRule) -> list[tuple[int, Protection]]:
        """(slot, clause) of an entry, stops before targets before trails."""
        found = [
            (at, slot.protection)
            for at, slot in enumerate(self.slots)
            if slot.protection is not None and slot.rule.id == rule.id
        ]
        return sorted(found, key=lambda one: (_ROLES[one[1].kind], one[0]))

    def ordered(self, view: View) -> list[OrderRule | SetRule]:
        return [rule for rule in self.rules if rule.view is view]

    def enter_columns(self, graph: ColumnGraph) -> None:
        """Makes the nodes of every expression, in the order of the text."""
        for expression in _expressions(self.rules, self.default_size):
            for call in indicators_in(expression):
                graph.indicator(call)
            for name in fields_in(expression):
                graph.price(name)


def prepare(plan: Plan) -> Prepared:
    """Errors: BadInput for a plan this version cannot run."""
    rules = tuple(_expanded(rule) for rule in plan.rules)
    orders = [rule for rule in rules if isinstance(rule, OrderRule)]
    slots: list[Slot] = []
    for rule in orders:
        if rule.verb not in _ENTRIES | _EXITS:
            raise BadInput(f"expected buy, sell or exit on line {rule.span.line}; found {rule.verb}")
        is_entry = rule.verb in _ENTRIES
        slots.append(Slot(rule, None, ENTRY if is_entry else EXIT, BUY if is_entry else SELL))
    for rule in orders:
        slots += [Slot(rule, one, _ROLES[one.kind], SELL) for one in rule.protections]
    captured: dict[int, tuple[tuple[int, Expression], ...]] = {}
    captures = 0
    for rule in orders:
        found: list[Expression] = []
        for clause in rule.protections:
            if clause.kind != "trail":
                found += _fixed_parts(clause.price)
        captured[rule.id] = tuple((captures + at, one) for at, one in enumerate(found))
        captures += len(found)
    default_size = _expanded_size(plan.default_size)
    every = list(_expressions(rules, default_size))
    return Prepared(
        plan=plan,
        rules=rules,
        default_size=default_size,
        slots=tuple(slots),
        captured=captured,
        captures=captures,
        samples=frozenset(name for one in every for name in sampled_facts(one)),
        look_backs=tuple(dict.fromkeys(one for e in every for one in _look_backs(e))),
    )


def _expanded(rule: OrderRule | SetRule) -> OrderRule | SetRule:
    """The rule with composed indicators spelled out, and `after` turned into a condition."""
    if isinstance(rule, SetRule):
        return replace(rule, when=_maybe(rule.when), value=expand(rule.value))
    return replace(
        rule,
        when=_maybe(rule.when),
        stop=_maybe(rule.stop),
        limit=_maybe(rule.limit),
        size=_expanded_size(rule.size),
        after_bars=_maybe(rule.after_bars),
        good_for_bars=_maybe(rule.good_for_bars),
        protections=tuple(replace(one, price=expand(one.price)) for one in rule.protections),
    )


def _maybe(expression: Expression | None) -> Expression | None:
    return None if expression is None else expand(expression)


def _expanded_size(size: Size | None) -> Size | None:
    return None if size is None else replace(size, value=expand(size.value))


def _expressions(rules: tuple[OrderRule | SetRule, ...], default_size: Size | None) -> list[Expression]:
    out: list[Expression | None] = []
    for rule in rules:
        if isinstance(rule, SetRule):
            out += [rule.when, rule.value]
        else:
            out += [rule.when, rule.stop, rule.limit, rule.after_bars, rule.good_for_bars]
            out += [rule.size.value if rule.size else None]
            out += [one.price for one in rule.protections]
    out.append(default_size.value if default_size else None)
    return [one for one in out if one is not None]


def _fixed_parts(expression: Expression) -> list[Expression]:
    """The largest parts of a clause's price that do not depend on the fill; constants need no fixing."""
    if isinstance(expression, Constant | Parameter):
        return []
    if not facts_in(expression) & FILL_FACTS:
        return [expression]
    return [one for part in parts(expression) for one in _fixed_parts(part)]


def _look_backs(expression: Expression, shift: int = 0) -> list[int | str]:
    """Offsets an expression reads at, summed along each path; parameters by name."""
    match expression:
        case Back(of=of, offset=Constant() as offset):
            return _look_backs(of, shift + offset_constant(offset))
        case Back(of=of, offset=Parameter(name=name)):
            return [name, *_look_backs(of, shift)]
        case Apply(function="crosses_above" | "crosses_below", arguments=arguments):
            return [one for part in arguments for one in _look_backs(part, shift + 1)]
        case Apply(arguments=arguments) if arguments:
            return [one for part in arguments for one in _look_backs(part, shift)]
        case _:
            return [shift] if shift else []
