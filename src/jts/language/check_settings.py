"""The lines at the top of a program: what it trades, with how much, at which costs, within which limits."""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import Decimal

from jts.domain.instruments.markets import describe
from jts.domain.market.timeframe import Timeframe
from jts.domain.values import BadInput, InstrumentId
from jts.language import syntax as s
from jts.language.check_place import Market
from jts.language.diagnostics import Findings
from jts.language.plan import Span

UNITS_MAX = 1_000
ENTRIES_MAX = 10_000
VERSION_MAX = 1_000_000
SEMANTICS = 1
DESCRIBED_VENUES = ("KRX", "UPBIT", "BINANCE")
PRICE_WORDS = ("adjusted", "raw", "unrounded")
COST_WORDS = ("fee", "commission", "tax", "slippage")
LATER_SETTINGS = {
    "prefer": "`prefer`",
    "hours": "`hours`",
    "fx": "`fx`",
}


@dataclass(slots=True)
class Settings:
    """What the settings say; defaults as the language gives them."""

    symbol: str = ""
    aliases: frozenset[str] = frozenset()
    timeframe: Timeframe = field(default_factory=lambda: Timeframe.parse("1d"))
    cash: dict[str, Decimal] = field(default_factory=dict)
    costs: list[tuple[str, Decimal | None]] = field(default_factory=list)
    size: s.Sizing | None = None
    units: int = 1
    entries_per_session: int = 0
    allow_short: bool = False
    repaint_free: bool = False
    prices: tuple[str, ...] = ()

    def market(self) -> Market:
        """What expressions need to know of it. An unknown venue trades in the currency of the cash."""
        currency, base = next(iter(self.cash), None), None
        if self.symbol.partition(":")[0] in DESCRIBED_VENUES:
            instrument = describe(InstrumentId(self.symbol))
            currency, base = str(instrument.currency), instrument.base
        return Market(
            symbol=self.symbol,
            currency=currency,
            base=base,
            aliases=self.aliases,
            timeframe=self.timeframe.text,
            is_repaint_free=self.repaint_free,
        )


def read_settings(program: s.Program, findings: Findings) -> Settings:
    """All settings of a program; what is wrong with them is among the findings."""
    reader = _Reader(findings)
    for item in program.items:
        if isinstance(item, s.Traded):
            reader.traded(item)
        elif isinstance(item, s.Setting):
            reader.setting(item)
    reader.whole(program)
    return reader.settings


class _Reader:
    def __init__(self, findings: Findings) -> None:
        self.settings = Settings()
        self._findings = findings
        self._seen: dict[str, Span] = {}

    def traded(self, traded: s.Traded) -> None:
        if traded.word == "watch":
            self._later(traded.span, "`watch`", "trade one symbol")
            return
        if not self._first("trade", traded.span):
            return
        try:
            self.settings.timeframe = Timeframe.parse(traded.timeframe.text)
        except BadInput:
            self._findings.error("J121", traded.timeframe.span, found=traded.timeframe.text)
        self.settings.aliases = frozenset(alias.text for _, alias in traded.what if alias is not None)
        if traded.is_each or len(traded.what) != 1:
            found = "`trade each of`" if traded.is_each else "trading several symbols"
            self._later(traded.span, found, "trade one symbol")
            return
        what, _ = traded.what[0]
        if not isinstance(what, s.Word) or what.kind != "SYMBOL":
            self._later(what.span, "trading a set of symbols", "trade one symbol, such as KRX:005930")
            return
        if what.text.partition(":")[0] in DESCRIBED_VENUES:
            try:
                describe(InstrumentId(what.text))
            except BadInput as bad:
                self._findings.error("J120", what.span, found=str(bad).rpartition("found ")[2])
                return
        self.settings.symbol = what.text

    def setting(self, setting: s.Setting) -> None:
        word = setting.word
        if word in LATER_SETTINGS:
            self._later(setting.span, LATER_SETTINGS[word], "leave it out")
            return
        first = setting.values[0] if setting.values else None
        limited = f"limit {first.text}" if word == "limit" and isinstance(first, s.Word) else word
        if not self._first(limited, setting.span):
            return
        match word:
            case "cash":
                self._cash(setting)
            case "costs":
                self._costs(setting)
            case "size":
                first = setting.values[0]
                self.settings.size = first if isinstance(first, s.Sizing) else None
            case "limit":
                self._limit(setting)
            case "accumulate":
                self.settings.units = 0
            case "allow short":
                self.settings.allow_short = True
            case "repaint-free":
                self.settings.repaint_free = True
            case "prices":
                self._prices(setting)
            case "semantics":
                self._whole_number(setting.values[0], "semantics", SEMANTICS, SEMANTICS)
            case other:
                raise AssertionError(f"every setting of the grammar is read, was {other!r}")

    def whole(self, program: s.Program) -> None:
        """What only the settings together can say."""
        findings, settings = self._findings, self.settings
        if "accumulate" in self._seen and "limit units" in self._seen:
            findings.error("J318", self._seen["limit units"], first="accumulate", second="limit units")
        heading = program.heading
        if heading is None:
            return
        if heading.kind != "strategy":
            self._later(heading.span, f"a `{heading.kind}`", "write a `strategy`")
        elif "trade" not in self._seen:
            findings.error("J119", heading.span)
        if heading.version != heading.version.to_integral_value() or not 1 <= heading.version <= VERSION_MAX:
            high = f"{VERSION_MAX:,}"
            findings.error(
                "J122", heading.span, word="version", low=1, high=high, found=f"{heading.version:f}"
            )
        if settings.symbol and settings.cash:
            currency = settings.market().currency
            for other in settings.cash:
                if other != currency:
                    findings.error("J226", self._seen["cash"], left=currency, right=other)

    # ---- one by one ----

    def _first(self, word: str, span: Span) -> bool:
        if word in self._seen:
            self._findings.error("J118", span, found=word)
            return False
        self._seen[word] = span
        return True

    def _later(self, span: Span, found: str, better: str) -> None:
        self._findings.error("J590", span, found=found, better=better)

    def _cash(self, setting: s.Setting) -> None:
        for money in setting.values:
            assert isinstance(money, s.MoneyLiteral), "cash is followed by money"
            if money.currency in self.settings.cash:
                self._findings.error("J118", money.span, found=f"cash in {money.currency}")
            if money.amount <= 0:
                low = f"1 {money.currency}"
                self._findings.error(
                    "J122", money.span, word="cash", low=low, high="…", found=f"{money.amount:f}"
                )
            self.settings.cash[money.currency] = money.amount

    def _costs(self, setting: s.Setting) -> None:
        for cost in setting.values:
            assert isinstance(cost, s.Cost), "costs is followed by costs"
            if cost.value is None:
                self.settings.costs.append((cost.name, None))
                continue
            name, value = cost.name, _literal(cost.value)
            if name not in COST_WORDS or value is None:
                expected = ", ".join(COST_WORDS) + " with a percentage, `slippage` also in ticks"
                self._findings.error("J124", cost.span, word="costs", expected=expected, found=name)
                continue
            unit, amount = value
            if unit == "tick" and name != "slippage":
                self._findings.error("J124", cost.span, word=name, expected="a percentage", found="ticks")
                continue
            self.settings.costs.append((f"{name} ticks" if unit == "tick" else name, amount))

    def _limit(self, setting: s.Setting) -> None:
        what, number, *per = setting.values
        assert isinstance(what, s.Word), "limit is followed by what it limits"
        periods = [word.text for word in per if isinstance(word, s.Word)]
        if what.text == "entries":
            if periods not in (["session"], ["session", "symbol"]):
                found = f"`limit entries … {' '.join('per ' + period for period in periods)}`".replace(
                    "… `", "…`"
                )
                self._later(setting.span, found, "write `limit entries N per session`")
            count = self._whole_number(number, "limit entries", 1, ENTRIES_MAX)
            self.settings.entries_per_session = count
            return
        if periods:
            self._later(setting.span, f"`limit {what.text} … per {periods[0]}`", "leave `per` out")
        count = self._whole_number(number, f"limit {what.text}", 1, UNITS_MAX)
        if what.text == "units":
            self.settings.units = count

    def _prices(self, setting: s.Setting) -> None:
        words = tuple(word.text for word in setting.values if isinstance(word, s.Word))
        for word in setting.values:
            if isinstance(word, s.Word) and word.text not in PRICE_WORDS:
                expected = ", ".join(PRICE_WORDS)
                self._findings.error("J124", word.span, word="prices", expected=expected, found=word.text)
        if {"adjusted", "raw"} <= set(words):
            self._findings.error("J318", setting.span, first="adjusted", second="raw")
        if "unrounded" in words:
            self._findings.warning("J504", setting.span)
        self.settings.prices = tuple(sorted(set(words)))

    def _whole_number(self, node: s.Node, word: str, low: int, high: int) -> int:
        assert isinstance(node, s.Word), f"{word} is followed by a number"
        plain = node.text.replace("_", "")
        if plain.isdecimal() and len(plain) <= len(str(high)) and low <= int(plain) <= high:
            return int(plain)
        self._findings.error("J122", node.span, word=word, low=low, high=f"{high:,}", found=f"`{node.text}`")
        return low


def _literal(expr: s.Expr) -> tuple[str, Decimal] | None:
    match expr:
        case s.PercentLiteral(value=value, is_points=False):
            return "ratio", value
        case s.Amount(value=value, unit=s.Word(text="tick" | "ticks")):
            return "tick", value
        case _:
            return None
