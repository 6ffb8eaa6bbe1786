"""A plan becomes a program: one WebAssembly module whose memory is the strategy's state.

The column part (everything that depends on market data alone) is one function over a chunk of bars; the
step part
(rules, protection, states) is one function per view and one for fills. The same bytes run in backtest and
live.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from types import FunctionType

from jts.language.compile import ir
from jts.language.compile.column_graph import (
    ColumnGraph,
    IndicatorNode,
    PriceNode,
    ValuesNode,
)
from jts.language.compile.expressions import Expressions, Scope
from jts.language.compile.kernel import with_callees
from jts.language.compile.memory import Memory
from jts.language.compile.names import Slot
from jts.language.compile.prepare import Prepared, prepare
from jts.language.compile.step import Steps
from jts.language.compile.wasm import encode
from jts.language.indicators.prices import to_prices
from jts.language.plan import Plan

PROGRAMS_KEPT_MAX = 64


@dataclass(frozen=True, slots=True, kw_only=True)
class Program:
    """A compiled plan: the bytes, what lies where, and which columns it wants from its host.

    `look_backs` are the offsets that appear in the plan: numbers of bars, or names of parameters.
    """

    plan: Plan
    binary: bytes
    name: str
    memory: Memory
    graph: ColumnGraph
    slots: tuple[Slot, ...]
    look_backs: tuple[int | str, ...]
    inputs: frozenset[str]
    has_open_view: bool

    def look_back(self, parameters: dict[str, float]) -> int:
        """How many bars before the first one may be read (as undefined)."""
        fixed = max((one for one in self.look_backs if isinstance(one, int)), default=0)
        return fixed + sum(int(parameters[one]) for one in self.look_backs if isinstance(one, str))


_kept: dict[str, Program] = {}


def lower(plan: Plan) -> Program:
    """The program of a plan, kept by the plan's hash. Errors: BadInput for what this version cannot run."""
    program = _kept.get(plan.hash) if plan.hash else None
    if program is None:
        program = _lower(plan)
        if plan.hash:
            if len(_kept) >= PROGRAMS_KEPT_MAX:
                _kept.pop(next(iter(_kept)))
            _kept[plan.hash] = program
    return program


def _lower(plan: Plan) -> Program:
    prepared = prepare(plan)
    graph = ColumnGraph()
    prepared.enter_columns(graph)
    memory = Memory(
        parameters=tuple(one.name for one in plan.parameters),
        states=tuple(one.name for one in plan.states),
        periods=tuple(sorted({one.resets_each for one in plan.states if one.resets_each})),
        samples=tuple(sorted(prepared.samples)),
        slots=len(prepared.slots),
        pending=tuple(name for name, _ in prepared.pending),
        captures=prepared.captures,
        nodes=len(graph.nodes),
    )
    memory.lay_out(
        [
            (f"indicator.{at}.{node.indicator.name}", node.state)
            for at, node in enumerate(graph.nodes)
            if isinstance(node, IndicatorNode)
        ]
    )
    functions = _Functions(prepared, graph, memory)
    module = ir.Module(functions=functions.all(), memory_pages=-(-memory.columns_at // 65_536) + 1)
    binary = encode(module)
    return Program(
        plan=plan,
        binary=binary,
        name=hashlib.sha256(binary).hexdigest(),
        memory=memory,
        graph=graph,
        slots=prepared.slots,
        look_backs=prepared.look_backs,
        inputs=functions.inputs(),
        has_open_view=prepared.has_open_view,
    )


class _Functions:
    """The functions of one program."""

    def __init__(self, prepared: Prepared, graph: ColumnGraph, memory: Memory) -> None:
        self._prepared = prepared
        self._graph = graph
        self._memory = memory
        self._expressions = Expressions(graph, memory)
        self._kernels: dict[str, FunctionType] = {}

    def inputs(self) -> frozenset[str]:
        """Which columns of the directory the functions read, beside those they fill themselves."""
        wanted = {node.name for node in self._graph.nodes if isinstance(node, PriceNode)}
        wanted |= {
            node.units_of for node in self._graph.nodes if isinstance(node, IndicatorNode) and node.units_of
        }
        return frozenset(wanted | {"open", "close"})

    def all(self) -> tuple[ir.Function, ...]:
        every = range(len(self._graph.nodes))
        own = [
            *(self._values(at) for at in every if isinstance(self._graph.nodes[at], ValuesNode)),
            self._columns("columns", list(every)),
        ]
        if self._prepared.has_open_view:
            own.append(self._columns("columns_open", [at for at in every if self._graph.is_open[at]]))
            own.append(self._columns("columns_close", [at for at in every if not self._graph.is_open[at]]))
        steps = Steps(self._prepared, self._memory, self._expressions, self.use)
        own += steps.functions()
        for kernel in self._expressions.calls.values():
            assert isinstance(kernel, FunctionType), "a fact is a kernel"
            self._kernels[kernel.__name__] = kernel
        kernels, imports = with_callees(list(self._kernels.values()), frozenset())
        assert not imports, "a program imports nothing"
        return (*own, *kernels)

    def use(self, kernel: FunctionType) -> str:
        """The name of a kernel, which the module will hold."""
        self._kernels[kernel.__name__] = kernel
        return kernel.__name__

    def _columns(self, name: str, nodes: list[int]) -> ir.Function:
        """Fills the columns of these nodes for the bars from `start` up to `end`."""
        self._memory.open_function()
        body: list[ir.Stmt] = []
        bounds = (ir.Get("i64", "start"), ir.Get("i64", "end"))
        for at in nodes:
            match self._graph.nodes[at]:
                case PriceNode(name="volume"):
                    continue  # the host writes it
                case PriceNode(name=field):
                    one = self._price_one()
                    call = ir.Call(
                        None,
                        self.use(_function(to_prices)),
                        (self._memory.column(field), one, self._memory.node(at), *bounds),
                    )
                case ValuesNode():
                    call = ir.Call(None, f"values_{at}", bounds)
                case IndicatorNode() as node:
                    call = self._indicator(at, node, bounds)
            body.append(ir.Do(call))
        return ir.Function(
            name=name,
            parameters=(("start", "i64"), ("end", "i64")),
            result=None,
            locals=self._memory.column_locals(),
            body=(*self._memory.column_loads(), *body),
            is_exported=True,
        )

    def _price_one(self) -> ir.Expr:
        return ir.op("f64", "f64.convert_i64_s", self._memory.book_field("price_one"))

    def _indicator(self, at: int, node: IndicatorNode, bounds: tuple[ir.Expr, ...]) -> ir.Call:
        kernel = node.indicator.kernel if node.units_of is None else node.indicator.price_kernel
        state = ir.i32(self._memory.address(f"indicator.{at}.{node.indicator.name}"))
        arguments: list[ir.Expr] = [state, *(self._memory.node(one) for one in node.inputs)]
        if node.units_of is not None:
            arguments += [self._memory.column(node.units_of), self._price_one()]
        arguments += [self._expressions.bars(one) for one in node.lengths]
        nowhere = Scope(index=ir.i64(0), newest=ir.i64(0))
        arguments += [self._expressions.number(one, nowhere) for one in node.numbers]
        arguments += [self._memory.node(at), *bounds]
        return ir.Call(None, self.use(_function(kernel)), tuple(arguments))

    def _values(self, at: int) -> ir.Function:
        """An expression for each bar of a chunk."""
        self._memory.open_function()
        node = self._graph.nodes[at]
        assert isinstance(node, ValuesNode), "asked for by kind"
        index = ir.Get("i64", "i")
        value = self._expressions.number(node.expression, Scope(index=index, newest=ir.i64(0)))
        store = ir.Store("f64", ir.element(self._memory.node(at), index), 0, value)
        loop = ir.While(
            ir.op("i32", "i64.lt_s", index, ir.Get("i64", "end")),
            (store,),
            (ir.Set("i", ir.op("i64", "i64.add", index, ir.i64(1))),),
        )
        return ir.Function(
            name=f"values_{at}",
            parameters=(("start", "i64"), ("end", "i64")),
            result=None,
            locals={"i": "i64", **self._memory.column_locals()},
            body=(*self._memory.column_loads(), ir.Set("i", ir.Get("i64", "start")), loop),
        )


def _function(kernel: object) -> FunctionType:
    assert isinstance(kernel, FunctionType), f"a kernel is a plain function, was {kernel!r}"
    return kernel
