"""Calls, offsets and powers: functions of the library, the few below it, and those a program defines."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

from jts.language import check_units as units
from jts.language import syntax as s
from jts.language.check_expressions import Expressions
from jts.language.check_names import (
    LATER_FUNCTIONS,
    PRIMITIVES,
    FunctionBinding,
    LetBinding,
    NodeBinding,
    Scope,
    function_names,
)
from jts.language.check_place import Place
from jts.language.check_values import BOOL, NUMBER, apply, constant, fact, own_affair
from jts.language.diagnostics import did_you_mean
from jts.language.indicators.catalog import BY_NAME
from jts.language.indicators.definition import (
    LENGTH_MAX_BARS,
    Argument,
    ArgumentKind,
    Indicator,
    ResultUnit,
)
from jts.language.plan import (
    Back,
    Constant,
    Expression,
    Parameter,
    Span,
    Stage,
    Type,
    Unit,
    View,
)

POWER_MAX = 8


def call(on: Expressions, expr: s.Call, place: Place) -> Expression:
    """`sma(close, 20)`, `max(a, b)`, `my_function(x)`."""
    name = expr.function.text
    binding = place.scope.find(name)
    if isinstance(binding, FunctionBinding):
        return _own_function(on, expr, binding, place)
    if _is_since_entry(expr):
        return _since_entry(on, expr, place)
    if name in BY_NAME:
        return _indicator(on, expr, BY_NAME[name], place)
    if name in PRIMITIVES:
        return _primitive(on, expr, place)
    if name in LATER_FUNCTIONS:
        raise on.later(expr.function.span, f"`{name}`")
    near = did_you_mean(name, [*function_names(), *place.scope.all_names()])
    better = f"did you mean `{near}`?" if near else f"the functions of this version are {_some_functions()}"
    raise on.refuse("J241", expr.function.span, hint=near, found=name, better=better)


def offset(on: Expressions, expr: s.Offset, place: Place) -> Expression:
    """`close[3]`: the value three bars before."""
    by = _fixed_bars(on, expr.bars, place, name="an offset", least=0)
    inside = place
    if isinstance(expr.of, s.Name) and expr.of.text == "price" and place.view is View.OPEN:
        # Prices are sampled at each close; only the newest sample is this instant's.
        inside = replace(place, view=View.CLOSE)
    is_now = isinstance(by, Constant) and by.value == 0
    of = on.untimed(expr.of, place if is_now else inside)
    on.with_past(expr.of, of)
    if is_now:
        return of
    stage = Stage.ANY if of.stage is Stage.ANY else Stage.OPEN
    if isinstance(by, Parameter) and _least(on, by) < 1:
        stage = of.stage
    return Back(of=of, offset=by, type=of.type, stage=stage, span=expr.span)


def power(on: Expressions, expr: s.Binary, left: Expression, right: Expression) -> Expression:
    """A whole power of a number, spelled out as products."""
    if left.type.unit not in (Unit.NUMBER, Unit.RATIO):
        found = f"{units.WORDS[left.type.unit]} to a power"
        raise on.later(expr.span, found, "make ratios of prices first")
    value = right.value if isinstance(right, Constant) else None
    if not isinstance(value, Decimal) or value != value.to_integral_value() or not 1 <= value <= POWER_MAX:
        raise on.later(expr.right.span, f"a power other than 1 to {POWER_MAX}", "multiply, or use `sqrt`")
    node = left
    for _ in range(int(value) - 1):
        node = apply("multiply", (node, left), left.type, expr.span)
    return node


# ---- the library ----


def _indicator(on: Expressions, expr: s.Call, indicator: Indicator, place: Place) -> Expression:
    written = _by_place(on, expr, [argument.name for argument in indicator.arguments])
    made: list[Expression] = []
    for argument in indicator.arguments:
        given = written.get(argument.name)
        if given is None:
            if argument.default is None:
                raise _wrong_arguments(on, expr, indicator)
            unit = Unit.BARS if argument.kind is ArgumentKind.LENGTH else Unit.NUMBER
            made.append(constant(argument.default, Type(unit), expr.span))
        else:
            made.append(_argument(on, given, argument, place))
    return apply(indicator.name, tuple(made), _result(on, indicator, made), expr.span)


def _is_since_entry(expr: s.Call) -> bool:
    last = expr.arguments[-1] if len(expr.arguments) == 2 else None
    return (
        expr.function.text in ("highest", "lowest")
        and isinstance(last, s.Since)
        and isinstance(last.condition, s.Name)
        and last.condition.text == "entry"
    )


def _since_entry(on: Expressions, expr: s.Call, place: Place) -> Expression:
    """`highest(x, since entry)`: the greatest at a close from the entry's bar on; undefined while flat.

    Kept in a memory `m` that every close renews: on the entry's bar it is x; later the greater of x and m. An
    entry filled at the very close has no memory yet on the next bar: its own bar is then one bar back.
    """
    value = _plain(on, expr.arguments[0])
    x = on.untimed(value, place)
    if x.type.unit not in units.NUMBERS:
        _refuse_kind(on, value.span, expr.function.text, "a number", x)
    _market_only(on, value, x)
    if place.view is View.OPEN:
        raise on.later(
            expr.span, f"`{on.text(expr.span)}` at the open", "use it at the close or in a `trail`"
        )
    at, name = expr.span, expr.function.text
    memory = on.remember(f"{name} since entry", x.type, at)
    one = constant(Decimal(1), Type(Unit.BARS), at)
    before = Back(of=x, offset=one, type=x.type, stage=Stage.OPEN, span=at)
    so_far = apply("default", (memory, before), x.type, at)
    farthest = apply("max" if name == "highest" else "min", (so_far, x), x.type, at)
    since = fact("bars_since_entry", Unit.BARS, Stage.NOW, at)
    is_later = apply("greater_equal", (since, one), BOOL, at)
    now = apply("if", (is_later, farthest, x), x.type, at)
    held = fact("holding", Unit.BOOL, Stage.NOW, at)
    nothing = constant(None, Type(x.type.unit, x.type.currency), at)
    on.memories.append((memory, apply("if", (held, now, nothing), x.type, at)))
    return now


def _argument(on: Expressions, given: s.Argument, argument: Argument, place: Place) -> Expression:
    if argument.kind is ArgumentKind.LENGTH:
        return _fixed_bars(on, given, place, name=argument.name, least=1)
    value = _plain(on, given)
    node = on.untimed(value, place)
    if argument.kind is ArgumentKind.CONDITION:
        on.expect_condition(value, node)
        _market_only(on, value, node)
        return node
    if node.type.unit not in units.NUMBERS:
        _refuse_kind(on, value.span, argument.name, "a number", node)
    if argument.kind is ArgumentKind.NUMBER:
        taken = units.adopted(node, NUMBER)
        if taken is None or not units.is_parameter_or_literal(taken):
            raise on.refuse("J203", value.span, found=f"`{on.text(value.span)}`")
        return taken
    _market_only(on, value, node)
    if place.view is View.OPEN and _reads_price_now(value, place):
        raise on.later(value.span, "`price` in a window at the open", "use `open` or `close[1]`")
    return node


def _reads_price_now(value: s.Expr, place: Place) -> bool:
    return isinstance(value, s.Name) and value.text == "price" and place.scope.find("price") is None


def _result(on: Expressions, indicator: Indicator, made: list[Expression]) -> Type:
    match indicator.result:
        case ResultUnit.SAME:
            places = [
                place
                for place, argument in enumerate(indicator.arguments)
                if argument.kind is ArgumentKind.SERIES
            ]
            return made[places[0]].type
        case ResultUnit.PRICE:
            return Type(Unit.PRICE, on.market.currency)
        case other:
            return Type(Unit(other.value))


def _by_place(on: Expressions, expr: s.Call, names: list[str]) -> dict[str, s.Argument]:
    """Arguments by the name of their place; written names win their own place."""
    written: dict[str, s.Argument] = {}
    for place, argument in enumerate(expr.arguments):
        if isinstance(argument, s.NamedArgument):
            name = argument.name.text
            value: s.Argument = argument.value
        elif place < len(names):
            name, value = names[place], argument
        else:
            name, value = "", argument
        if name not in names or name in written:
            at = argument.name.span if isinstance(argument, s.NamedArgument) else argument.span
            expected = ", ".join(f"`{known}`" for known in names) or "no arguments"
            raise on.refuse(
                "J232",
                at,
                name=expr.function.text,
                expected=expected,
                found=f"`{name}`" if name else f"{len(expr.arguments)} arguments",
                better=f"`{expr.function.text}({', '.join(names)})`",
            )
        written[name] = value
    return written


def _wrong_arguments(on: Expressions, expr: s.Call, indicator: Indicator) -> Exception:
    names = [argument.name for argument in indicator.arguments]
    needed = [argument.name for argument in indicator.arguments if argument.default is None]
    return on.refuse(
        "J232",
        expr.span,
        name=indicator.name,
        expected=" and ".join(f"`{name}`" for name in needed),
        found=f"{len(expr.arguments)} arguments" if len(expr.arguments) != 1 else "1 argument",
        better=f"`{indicator.name}({', '.join('close' if name == 'x' else name for name in names)})`",
    )


# ---- lengths and offsets ----


def _fixed_bars(
    on: Expressions, given: s.Argument, place: Place, *, name: str, least: int
) -> Constant | Parameter:
    value = _plain(on, given)
    node = on.untimed(value, place)
    text = on.text(value.span)
    if not units.is_fixed(node):
        raise on.refuse("J203", value.span, found=f"`{text}`")
    if node.type.unit not in (Unit.NUMBER, Unit.BARS):
        _refuse_kind(on, value.span, name, "a length in bars", node)
    taken = units.adopted(node, Type(Unit.BARS))
    if not isinstance(taken, Constant | Parameter):
        raise on.later(
            value.span, f"arithmetic with a parameter as a length (`{text}`)", "give it its own `param`"
        )
    if isinstance(taken, Constant):
        allowed: tuple[object, ...] = (taken.value,)
    else:
        declared = on.parameters[taken.name]
        steps = () if declared.step is None or declared.step % 1 == 0 else (declared.step,)
        allowed = declared.choices or (declared.low, declared.high, declared.default, *steps)
    for one in allowed:
        _whole(on, one, value.span, text, name=name, least=least)
    return taken


def _whole(on: Expressions, value: object, at: Span, text: str, *, name: str, least: int) -> None:
    shown = f"{value:f}" if isinstance(value, Decimal) else "an undefined value"
    if not isinstance(value, Decimal) or value != value.to_integral_value():
        raise on.refuse(
            "J224", at, name=name, expected="a length in bars", found=shown, better="a whole number"
        )
    if value < 0 and least == 0:
        raise on.refuse("J201", at, found=shown)
    if value < least:
        expected = "a whole length in bars, 1 or more,"
        raise on.refuse("J224", at, name=name, expected=expected, found=shown, better="1 or more")
    if value > LENGTH_MAX_BARS:
        raise on.refuse("J501", at, limit=f"{LENGTH_MAX_BARS:,}", found=f"{value:,f}")


def _least(on: Expressions, parameter: Parameter) -> Decimal:
    declared = on.parameters[parameter.name]
    values = [one for one in (*declared.choices, declared.low, declared.default) if isinstance(one, Decimal)]
    return min(values)


# ---- the functions below the library ----


def _primitive(on: Expressions, expr: s.Call, place: Place) -> Expression:
    name = expr.function.text
    least, most = PRIMITIVES[name]
    if not least <= len(expr.arguments) <= most:
        wanted = f"{least}" if least == most else f"{least} to {most}"
        raise on.refuse(
            "J232",
            expr.span,
            name=name,
            expected=f"{wanted} arguments",
            found=len(expr.arguments),
            better=f"`{name}({', '.join('abc'[:least])})`",
        )
    written = [_plain(on, argument) for argument in expr.arguments]
    nodes = [on.untimed(value, place) for value in written]
    if name == "defined":
        return apply(name, (nodes[0],), BOOL, expr.span)
    for value, node in zip(written, nodes, strict=True):
        if node.type.unit not in units.NUMBERS and not (name == "default" and node.type.unit is Unit.BOOL):
            _refuse_kind(on, value.span, name, "a number", node)
    if len(nodes) > 1:
        return _of_one_kind(on, name, nodes, expr)
    unit = nodes[0].type
    if name == "sign":
        unit = NUMBER
    if name == "sqrt" and unit.unit not in (Unit.NUMBER, Unit.RATIO):
        _refuse_kind(on, written[0].span, name, "a number", nodes[0])
    return apply(name, (nodes[0],), unit, expr.span)


def _of_one_kind(on: Expressions, name: str, nodes: list[Expression], expr: s.Call) -> Expression:
    """min, max, default, clip: all arguments of the first unit that is not a bare number."""
    like = next((node for node in nodes if not units.is_fixed(node)), None)
    like = like or next((node for node in nodes if node.type.unit is not Unit.NUMBER), nodes[0])
    same = [on.same_kind(like, node, node.span)[1] for node in nodes]
    if name == "clip":
        value, low, high = same
        inner = apply("min", (value, high), like.type, expr.span)
        return apply("max", (inner, low), like.type, expr.span)
    made = same[0]
    for node in same[1:]:
        made = apply(name, (made, node), like.type, expr.span)
    return made


# ---- functions of the program ----


def _own_function(on: Expressions, expr: s.Call, binding: FunctionBinding, place: Place) -> Expression:
    function = binding.function
    name = function.name.text
    if binding.is_open:
        raise on.refuse("J243", expr.span, found=f"`{name}` calling itself")
    binding.is_used = True
    written = _by_place(on, expr, [parameter.name.text for parameter in function.parameters])
    inside = Scope(outer=on.globals)
    for parameter in function.parameters:
        given = written.get(parameter.name.text, parameter.default)
        if given is None:
            expected = ", ".join(f"`{one.name.text}`" for one in function.parameters)
            found = f"{len(expr.arguments)} arguments"
            raise on.refuse(
                "J232", expr.span, name=name, expected=expected, found=found, better=f"`{name}(…)`"
            )
        value = _plain(on, given)
        node = on.untimed(value, place)
        if parameter.type is not None:
            node = on.as_declared(node, parameter.type, value.span)
        inside.names[parameter.name.text] = NodeBinding(node=node)
    binding.is_open = True
    try:
        node = _body(on, function, inside, place)
    finally:
        binding.is_open = False
    return node if function.result is None else on.as_declared(node, function.result, expr.span)


def _body(on: Expressions, function: s.Function, inside: Scope, place: Place) -> Expression:
    if not isinstance(function.body, tuple):
        return on.untimed(function.body, Place(view=place.view, scope=inside, is_held=True))
    lets: list[LetBinding] = []
    result: Expression | None = None
    for statement in function.body:
        if result is not None or not isinstance(statement, s.Let | s.Return):
            better = "use `let` lines and end with one `return`"
            raise on.later(statement.span, "such a line in a function", better)
        if isinstance(statement, s.Let):
            binding = LetBinding(statement=statement, scope=inside)
            inside = Scope(outer=inside, names={statement.name.text: binding})
            lets.append(binding)
        else:
            result = on.untimed(statement.value, Place(view=place.view, scope=inside, is_held=True))
    if result is None:
        raise on.refuse("J100", function.span, expected="a `return` line at the end", found="none")
    for binding in lets:
        if not binding.is_used:
            on.findings.error("J240", binding.statement.name.span, found=binding.statement.name.text)
    return result


# ---- small words ----


def _market_only(on: Expressions, expr: s.Expr, node: Expression) -> None:
    """Refuses what is not market data: a window reads bars."""
    on.with_past(expr, node)
    found = own_affair(node)
    if found is not None:
        raise on.later(expr.span, f"`{found.name}` in a window", "keep it in a `state`")


def _plain(on: Expressions, argument: s.Argument) -> s.Expr:
    match argument:
        case s.Since() | s.Range() | s.Across() | s.Comprehension():
            raise on.later(argument.span, f"the window `{on.text(argument.span)}`", "give a number of bars")
        case s.NamedArgument():
            return argument.value
        case _:
            return argument


def _refuse_kind(on: Expressions, at: Span, name: str, expected: str, node: Expression) -> None:
    better = "a whole number such as 20" if "bars" in expected else "a value such as `close`"
    raise on.refuse(
        "J224", at, name=name, expected=expected, found=units.WORDS[node.type.unit], better=better
    )


def _some_functions() -> str:
    return ", ".join(sorted(function_names())[:8]) + ", …"
