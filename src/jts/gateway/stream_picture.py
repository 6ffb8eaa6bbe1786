"""The picture of the platform that followers of the stream share: each thing encoded once, whole."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from jts.contracts.market_data import BarClosed, FeedStatus
from jts.contracts.notifications import Notice
from jts.contracts.orders import OrderQuery
from jts.contracts.portfolio import AccountView
from jts.contracts.risk import Gauge
from jts.contracts.strategy import RunView
from jts.domain.instruments.instrument import Instrument
from jts.domain.market.prices import MarketTrade, ReferencePrice
from jts.domain.orders.order import Order
from jts.domain.risk.kill_switch import KillState
from jts.domain.values import InstrumentId
from jts.gateway.forms.form import Form
from jts.gateway.forms.market import ClosedBarForm, FeedForm, PriceForm
from jts.gateway.forms.order import OrderForm
from jts.gateway.forms.platform import NoticeForm
from jts.gateway.forms.portfolio import AccountForm, PositionForm
from jts.gateway.forms.risk import GaugeForm, KillForm
from jts.gateway.forms.strategy import StrategyForm
from jts.gateway.seams import Services

NEWEST_ORDERS = 100
OPEN_ORDERS_MAX = 1000
NOTICES = 20


class StreamPicture:
    """What a snapshot shows. Each `set_...` returns the JSON of the value, or None if it says nothing new."""

    def __init__(self, services: Services) -> None:
        self._services = services
        self._instruments: dict[InstrumentId, Instrument] = {}
        self._references: dict[InstrumentId, ReferencePrice] = {}
        self._orders: dict[str, tuple[Order, bytes]] = {}
        self._accounts: dict[str, tuple[AccountView, bytes]] = {}
        self._positions: dict[str, bytes] = {}
        self._runs: dict[str, bytes] = {}
        self._feeds: dict[str, tuple[FeedStatus, bytes]] = {}
        self._prices: dict[str, bytes] = {}
        self._notices: list[bytes] = []
        self._kill = b"null"
        self._gauges = b"[]"

    async def load(self) -> None:
        """Ask every service once."""
        services = self._services
        for instrument in await services.market_data.instruments():
            self._instruments[instrument.id] = instrument
            await self.refresh_reference(instrument.id)
            reference = self._references.get(instrument.id)
            if reference is not None:
                self._prices[instrument.id] = _json(PriceForm.of(reference))
        for view in await services.portfolio.accounts():
            self.set_account(view)
        for query in (OrderQuery(open_only=True, limit=OPEN_ORDERS_MAX), OrderQuery(limit=NEWEST_ORDERS)):
            for order in await services.orders.find(query):
                self.set_order(order)
        for run in await services.strategies.runs():
            self.set_run(run)
        for feed in await services.market_data.feeds():
            self.set_feed(feed)
        for notice in reversed(await services.notifications.recent(limit=NOTICES)):
            self.set_notice(notice)
        self.set_kill(await services.risk.kill_state())
        self.set_gauges(await services.risk.gauges())

    def set_order(self, order: Order) -> bytes | None:
        known = self._orders.get(order.id)
        if known is not None and known[0].version >= order.version:
            return None
        made = _json(OrderForm.of(order))
        self._orders[order.id] = (order, made)
        self._forget_old_orders()
        return made

    def set_account(self, view: AccountView) -> tuple[bytes, bytes | None] | None:
        """The account's figures, and its positions if they changed; None if the view is older than ours."""
        known = self._accounts.get(view.account)
        if known is not None and view.at_ns < known[0].at_ns:
            return None
        figures, positions = _json(AccountForm.of(view)), self._positions_of(view)
        is_same = self._positions.get(view.account) == positions
        self._accounts[view.account] = (view, figures)
        self._positions[view.account] = positions
        whole = b'{"account":' + _text(view.account) + b',"positions":[' + positions + b"]}"
        return figures, None if is_same else whole

    def set_trade(self, trade: MarketTrade) -> bytes | None:
        reference = self._references.get(trade.instrument)
        if reference is None or trade.received_ns < reference.received_ns:
            return None
        newest = replace(reference, price=trade.price, venue_ns=trade.venue_ns, received_ns=trade.received_ns)
        self._references[trade.instrument] = newest
        made = self._prices[trade.instrument] = _json(PriceForm.of(newest))
        return made

    async def refresh_reference(self, id: InstrumentId) -> None:
        """Ask for the session state and the last close, which trades do not carry."""
        reference = await self._services.market_data.reference(id)
        known = self._references.get(id)
        if reference is not None and (known is None or reference.received_ns >= known.received_ns):
            self._references[id] = reference

    async def refresh_references(self) -> Iterable[tuple[str, bytes]]:
        """The prices whose session or last close moved without a trade."""
        told: list[tuple[str, bytes]] = []
        for id in tuple(self._references):
            await self.refresh_reference(id)
            made = _json(PriceForm.of(self._references[id]))
            if made != self._prices.get(id):
                self._prices[id] = made
                told.append((id, made))
        return told

    async def closed_bar(self, said: BarClosed) -> bytes | None:
        id = said.bar.instrument
        if id not in self._instruments:
            found = await self._services.market_data.instrument(id)
            if found is None:
                return None
            self._instruments[id] = found
        return _json(ClosedBarForm.of(said.bar, self._instruments[id].price_scale))

    def prices(self) -> Iterable[tuple[str, bytes]]:
        return tuple(self._prices.items())

    def knows(self, id: InstrumentId) -> bool:
        return id in self._references

    def set_run(self, view: RunView) -> bytes | None:
        made = _json(StrategyForm.of(view))
        if self._runs.get(view.run) == made:
            return None
        self._runs[view.run] = made
        return made

    def set_feed(self, status: FeedStatus) -> bytes | None:
        known = self._feeds.get(status.feed)
        if known is not None and known[0] == status:
            return None
        made = _json(FeedForm.of(status, self._services.clock.now_ns()))
        self._feeds[status.feed] = (status, made)
        return made

    def set_kill(self, state: KillState) -> bytes | None:
        made = _json(KillForm.of(state))
        if made == self._kill:
            return None
        self._kill = made
        return made

    def set_gauges(self, gauges: Iterable[Gauge]) -> bytes | None:
        made = b"[" + b",".join(_json(GaugeForm.of(gauge)) for gauge in gauges) + b"]"
        if made == self._gauges:
            return None
        self._gauges = made
        return made

    def set_notice(self, notice: Notice) -> bytes:
        made = _json(NoticeForm.of(notice))
        self._notices = [made, *self._notices[: NOTICES - 1]]
        return made

    def snapshot(self) -> bytes:
        """The whole picture as JSON."""
        newest_first = sorted(self._orders.values(), key=lambda kept: kept[0].created_ns, reverse=True)
        now_ns = self._services.clock.now_ns()
        parts = {
            "portfolio": _list(figures for _, figures in self._accounts.values()),
            "positions": _list(part for part in self._positions.values() if part),
            "orders": _list(made for _, made in newest_first),
            "strategies": _list(self._runs.values()),
            "feeds": _list(_json(FeedForm.of(status, now_ns)) for status, _ in self._feeds.values()),
            "prices": _list(self._prices.values()),
            "kill": self._kill,
            "notices": _list(self._notices),
            "gauges": self._gauges,
        }
        return b"{" + b",".join(_text(name) + b":" + part for name, part in parts.items()) + b"}"

    # ---- private ----

    def _positions_of(self, view: AccountView) -> bytes:
        names = {one.id: one.name for one in self._instruments.values()}
        return b",".join(_json(PositionForm.of(position, names)) for position in view.positions)

    def _forget_old_orders(self) -> None:
        if len(self._orders) <= NEWEST_ORDERS + OPEN_ORDERS_MAX:
            return
        ended = sorted((order.created_ns, id) for id, (order, _) in self._orders.items() if not order.is_open)
        for _, id in ended[:-NEWEST_ORDERS]:
            del self._orders[id]


def _json(form: Form) -> bytes:
    return form.model_dump_json().encode()


def _text(text: str) -> bytes:
    return ('"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"').encode()


def _list(parts: Iterable[bytes]) -> bytes:
    return b"[" + b",".join(parts) + b"]"
