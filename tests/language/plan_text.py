"""A plan as a few lines of text, exact enough that two different plans never look alike."""

from __future__ import annotations

from decimal import Decimal

from jts.language.plan import (
    Apply,
    Back,
    Column,
    Constant,
    Expression,
    Fact,
    OrderRule,
    Parameter,
    Plan,
    Protection,
    SetRule,
    Size,
    StateValue,
    Unit,
)


def plan_text(plan: Plan) -> str:
    """Settings that differ from the default, then one line per rule, clauses under it."""
    lines = [f"warm-up {plan.warm_up_bars}"]
    if plan.units != 1:
        lines.append(f"units {plan.units}")
    if plan.entries_per_session:
        lines.append(f"entries per session {plan.entries_per_session}")
    if plan.costs:
        lines.append("costs " + ", ".join(f"{name} {rate}" for name, rate in plan.costs))
    if plan.default_size is not None:
        lines.append(f"size {_size(plan.default_size)}")
    for one in plan.parameters:
        allowed = one.choices or (one.low, one.high, one.step)
        values = " ".join("-" if value is None else str(value) for value in allowed)
        lines.append(f"param {one.name}: {one.type.unit.value} = {one.default} in {values}")
    for state in plan.states:
        resets = f" resets {state.resets_each}" if state.resets_each else ""
        lines.append(f"state {state.name}: {state.type.unit.value} = {value_text(state.initial)}{resets}")
    for rule in plan.rules:
        lines += _rule(rule)
    return "\n".join(lines)


def value_text(node: Expression) -> str:
    """Prefix form; literals with their unit."""
    match node:
        case Constant(value=Decimal() as value):
            unit = node.type.unit
            shown = f"{value.normalize():f}"
            return shown if unit is Unit.NUMBER else f"{shown}:{unit.value}"
        case Constant(value=None):
            return "undefined"
        case Constant():
            return str(node.value).lower()
        case Parameter() | Column() | Fact():
            return node.name
        case StateValue():
            return f"<{node.name}>"
        case Back():
            return f"{value_text(node.of)}[{value_text(node.offset).removesuffix(':bars')}]"
        case Apply():
            return f"({' '.join([node.function, *map(value_text, node.arguments)])})"


def _rule(rule: OrderRule | SetRule) -> list[str]:
    when = f" when {value_text(rule.when)}" if rule.when is not None else ""
    if isinstance(rule, SetRule):
        return [f"{rule.view.value}: set {rule.name} = {value_text(rule.value)}{when}"]
    words = [f"{rule.view.value}: {'keep ' if rule.is_kept else ''}{rule.verb} {rule.kind} {rule.timing}"]
    for name, value in (("stop", rule.stop), ("limit", rule.limit)):
        if value is not None:
            words.append(f"{name} {value_text(value)}")
    if rule.size is not None:
        words.append(f"size {_size(rule.size)}")
    if rule.fraction is not None:
        words.append(f"part {rule.fraction}")
    if rule.after_bars is not None:
        words.append(f"after {value_text(rule.after_bars)}")
    if rule.good_for_bars is not None:
        words.append(f"good for {value_text(rule.good_for_bars)}")
    if rule.is_day_order:
        words.append("day")
    if rule.label:
        words.append(f"as {rule.label}")
    if rule.of_entry is not None:
        words.append(f"of entry {rule.of_entry}")
    if rule.because:
        words.append(f'because "{rule.because}"')
    return [f"{' '.join(words)}{when}", *(_protection(one) for one in rule.protections)]


def _protection(one: Protection) -> str:
    part = "" if one.fraction == 1 else f" part {one.fraction}"
    return f"  {one.kind} {value_text(one.price)}{part}"


def _size(size: Size) -> str:
    return f"{'risking ' if size.is_risk else ''}{value_text(size.value)}"
