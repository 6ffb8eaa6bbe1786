"""The whole program: its declarations, its handlers, and its statements as rules in the order of the text."""

from __future__ import annotations

from dataclasses import replace

from jts.domain.values import InstrumentId
from jts.language import check_calls
from jts.language import check_units as units
from jts.language import syntax as s
from jts.language.canonical import plan_hash
from jts.language.check_declarations import Declarations
from jts.language.check_expressions import VALUES_MAX, Expressions
from jts.language.check_names import LetBinding, Scope, StateBinding
from jts.language.check_orders import Around, Orders, checked_size
from jts.language.check_place import Place, Stop
from jts.language.check_settings import SEMANTICS, Settings, read_settings
from jts.language.check_values import BOOL, both, constant, guarantees_holding, inverse, walk
from jts.language.diagnostics import Findings
from jts.language.parse import NESTED_MAX
from jts.language.plan import (
    Expression,
    OrderRule,
    Plan,
    SetRule,
    Size,
    StateValue,
    View,
)
from jts.language.warm_up import largest_values, values_of, warm_up_bars

CONDITIONS_NESTED_MAX = 128
"""How deep a condition may become once every block around it has added its own."""

LATER_STATEMENTS = {
    "hold": "`hold`",
    "cancel": "`cancel`",
    "flatten": "`flatten`",
    "alert": "`alert`",
    "together": "`together`",
    "either": "`either`",
    "block_entries": "`block entries`",
    "follow": "`follow`",
    "show": "`show`",
    "listing": "`list`",
    "halt": "`halt`",
    "indicator": "an `indicator` of your own",
    "rules": "`rules`",
    "universe": "`universe`",
    "use": "`use`",
}


def checked_plan(program: s.Program, text: str, findings: Findings) -> Plan | None:
    """The plan, or None after an error finding. `text` is the source, kept in the plan for people."""
    settings = read_settings(program, findings)
    maker = _Maker(program, settings, text, findings)
    maker.declare()
    maker.statements()
    maker.default_size()
    maker.unused()
    maker.sizes()
    return None if findings.has_errors else maker.plan()


class _Maker:
    def __init__(self, program: s.Program, settings: Settings, text: str, findings: Findings) -> None:
        self._program = program
        self._settings = settings
        self._text = text
        self._findings = findings
        self._market = settings.market()
        self._on = Expressions(
            findings=findings, market=self._market, source=text.split("\n"), calls=check_calls
        )
        self._declared = Declarations(self._on)
        self._rules: list[OrderRule | SetRule] = []
        self._local_lets: list[LetBinding] = []
        self._default_size: Size | None = None
        self._ids = 0
        self._orders = Orders(
            on=self._on,
            timeframe=settings.timeframe,
            may_short=settings.allow_short,
            protection=tuple(item for item in program.items if isinstance(item, s.Protect)),
            next_id=self._next_id,
        )

    # ---- the parts ----

    def declare(self) -> None:
        """Names first, values after: declarations may stand in any order."""
        self._declared.names(self._program.items)
        self._declared.values()

    def statements(self) -> None:
        for item in self._program.items:
            try:
                self._item(item)
            except Stop:
                continue
        is_sound = not self._findings.has_errors
        if is_sound and not any(isinstance(rule, OrderRule) for rule in self._rules):
            heading = self._program.heading
            assert heading is not None, "a program without heading has an error"
            self._findings.error("J123", heading.span)

    def unused(self) -> None:
        """What nothing reads. Silent while lines are left unread: they may be the ones that use it."""
        if self._findings.has_unread_lines:
            return
        self._declared.unused()
        for binding in self._local_lets:
            if not binding.is_used:
                name = binding.statement.name
                self._findings.error("J240", name.span, found=name.text)

    def plan(self) -> Plan:
        settings, heading = self._settings, self._program.heading
        assert heading is not None, "a program without heading has an error"
        parameters = tuple(self._on.parameters.values())
        rules = (*self._memory_rules(), *self._rules)
        plan = Plan(
            name=heading.name,
            kind=heading.kind,
            version=int(heading.version),
            semantics=SEMANTICS,
            instruments=(InstrumentId(settings.symbol),),
            timeframe=settings.timeframe,
            cash=dict(settings.cash),
            costs=tuple(settings.costs),
            default_size=self._default_size,
            units=settings.units,
            entries_per_session=settings.entries_per_session,
            allow_short=settings.allow_short,
            repaint_free=settings.repaint_free,
            prices=settings.prices,
            parameters=parameters,
            states=(*self._declared.states, *self._on.memory_states),
            rules=rules,
            warm_up_bars=warm_up_bars(rules, largest_values(parameters)),
            hash="",
            text=self._text,
        )
        return replace(plan, hash=plan_hash(plan))

    def default_size(self) -> None:
        """The size of entries without their own, read at the open if one of them is decided there."""
        sizing = self._settings.size
        if sizing is None:
            return
        needing = [r for r in self._rules if isinstance(r, OrderRule) and r.verb == "buy" and r.size is None]
        view = View.OPEN if any(rule.view is View.OPEN for rule in needing) else View.CLOSE
        try:
            value = self._on.value(sizing.value, Place(view=view, scope=self._on.globals))
        except Stop:
            return
        self._default_size = checked_size(self._on, sizing, value)
        for rule in needing:
            if sizing.is_risk and not any(one.kind == "stop" for one in rule.protections):
                self._findings.error("J303", rule.span)

    def _memory_rules(self) -> list[SetRule]:
        """What keeps `since entry`: first at every close."""
        return [
            SetRule(
                id=self._next_id(),
                view=View.CLOSE,
                when=None,
                name=memory.name,
                value=value,
                span=value.span,
                text=self._on.text(value.span),
            )
            for memory, value in self._on.memories
        ]

    def _next_id(self) -> int:
        self._ids += 1
        return self._ids

    def sizes(self) -> None:
        """Conditions of blocks add up: what a rule reads in the end has a limit of its own."""
        for rule in self._rules:
            for _, value in values_of(rule):
                values, depth = self._on.measure.of(value)
                if depth > CONDITIONS_NESTED_MAX:
                    self._findings.error("J508", rule.span, limit=CONDITIONS_NESTED_MAX)
                if values > VALUES_MAX:
                    self._findings.error("J510", rule.span, limit=f"{VALUES_MAX:,}")

    # ---- one item ----

    def _item(self, item: s.Item) -> None:
        match item:
            case s.Handler():
                self._handler(item)
            case s.OrderStatement() | s.SetStatement() | s.If() | s.For() | s.Return() | s.Other():
                around = Around(view=View.CLOSE, scope=self._on.globals, when=None, is_top=True)
                self._statement(item, around)
            case _:
                return

    def _handler(self, handler: s.Handler) -> None:
        on = self._on
        kinds = [word.kind for word in handler.moment if isinstance(word, s.Word)]
        if handler.word != "at" or kinds not in (["OPEN"], ["CLOSE"]) or len(handler.moment) != 1:
            written = on.text(handler.span).split(" when ")[0].rstrip(":")
            raise on.later(handler.span, f"`{written}:`", "use `at close:` or `at open:`")
        if handler.hours is not None:
            first, last = handler.hours
            at = replace(first, text="").span
            raise on.later(at, f"`from {first.text} to {last.text}`", "leave the hours out")
        view = View.OPEN if kinds == ["OPEN"] else View.CLOSE
        when: Expression | None = None
        if handler.when is not None:
            try:
                when = on.condition(handler.when, Place(view=view, scope=on.globals))
                when = self._remembered(when, (handler.body,), handler.when, view)
            except Stop:
                when = None
        self._block(handler.body, Around(view=view, scope=on.globals, when=when, is_top=False))

    def _block(self, body: tuple[s.Statement, ...], around: Around) -> None:
        for statement in body:
            try:
                if isinstance(statement, s.Let):
                    around = self._local_let(statement, around)
                else:
                    self._statement(statement, around)
            except Stop:
                continue

    def _statement(self, statement: s.Statement, around: Around) -> None:
        on = self._on
        match statement:
            case s.OrderStatement():
                self._rules += self._orders.rules(statement, around)
            case s.SetStatement():
                self._set(statement, around)
            case s.If():
                self._if(statement, around)
            case s.Protect():
                raise on.refuse("J316", statement.span, found=f"{statement.kind} at", place="in a block")
            case s.For():
                raise on.later(statement.span, "`for`", "write the lines out")
            case s.Return():
                better = "`return` ends a function"
                raise on.refuse("J241", statement.span, found="return", better=better)
            case s.Other():
                raise on.later(statement.span, LATER_STATEMENTS[statement.word])
            case s.Let():
                raise AssertionError("lets are read by their block")

    def _local_let(self, let: s.Let, around: Around) -> Around:
        self._declared.check_new(let.name, around.scope)
        binding = LetBinding(statement=let, scope=around.scope)
        self._local_lets.append(binding)
        scope = Scope(outer=around.scope, names={let.name.text: binding})
        return replace(around, scope=scope)

    def _set(self, statement: s.SetStatement, around: Around) -> None:
        on, name = self._on, statement.name
        if statement.index is not None:
            raise on.later(statement.span, "a family of states", "use one state for each")
        binding = around.scope.find(name.text)
        if not isinstance(binding, StateBinding):
            found = f"`{name.text}`, which is {'nothing declared' if binding is None else 'no state'}"
            raise on.refuse("J245", name.span, found=found, name=name.text)
        place = Place(view=around.view, scope=around.scope, is_held=guarantees_holding(around.when))
        was_used = binding.is_used
        value = on.value(statement.value, place)
        binding.is_used = was_used  # a state that only renews itself is read by nobody
        taken = units.adopted(value, binding.type)
        if taken is None:
            raise on.refuse(
                "J246",
                statement.value.span,
                expected=units.WORDS[binding.type.unit],
                found=units.WORDS[value.type.unit],
                name=name.text,
                better=value.type.unit.value,
            )
        self._rules.append(
            SetRule(
                id=self._next_id(),
                view=around.view,
                when=around.when,
                name=name.text,
                value=taken,
                span=statement.span,
                text=on.text(statement.span),
            )
        )

    # ---- choice ----

    def _if(self, statement: s.If, around: Around) -> None:
        """Each branch runs where its condition is true and all before it are false, not merely undefined."""
        if len(statement.branches) > NESTED_MAX:
            raise self._on.refuse("J508", statement.span, limit=NESTED_MAX)
        earlier = around.when
        bodies = tuple(body for _, body in statement.branches)
        for place, (condition, body) in enumerate(statement.branches):
            if condition is None:
                self._block(body, replace(around, when=earlier, is_top=False))
                continue
            inside = Place(view=around.view, scope=around.scope, is_held=guarantees_holding(earlier))
            try:
                node = self._on.condition(condition, inside)
            except Stop:
                node = constant(False, BOOL, condition.span)
            node = self._remembered(node, bodies[place:], condition, around.view)
            self._block(body, replace(around, when=both(earlier, node), is_top=False))
            earlier = both(earlier, inverse(node))

    def _remembered(
        self, node: Expression, bodies: tuple[tuple[s.Statement, ...], ...], written: s.Expr, view: View
    ) -> Expression:
        """The condition as it was when it was asked, though lines after it change a state it reads.

        Conditions are asked again at each line of their block; one whose state is set inside is therefore
        kept in a memory of its own.
        """
        read = {leaf.name for leaf in walk(node) if isinstance(leaf, StateValue)}
        if not read & _set_in(bodies):
            return node
        memory = self._on.remember("condition", BOOL, written.span)
        self._rules.append(
            SetRule(
                id=self._next_id(),
                view=view,
                when=None,
                name=memory.name,
                value=node,
                span=written.span,
                text=self._on.text(written.span),
            )
        )
        return replace(memory, stage=node.stage)


def _set_in(bodies: tuple[tuple[s.Statement, ...], ...]) -> set[str]:
    found: set[str] = set()
    for body in bodies:
        for statement in body:
            if isinstance(statement, s.SetStatement):
                found.add(statement.name.text)
            elif isinstance(statement, s.If):
                found |= _set_in(tuple(inner for _, inner in statement.branches))
    return found
