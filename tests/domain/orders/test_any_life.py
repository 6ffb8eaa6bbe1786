"""Any life an order may have: whatever happens in whatever sequence, the sums hold and a replay gives the
same.
"""

from __future__ import annotations

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from jts.domain.orders.events import AnyOrderEvent
from jts.domain.orders.states import Pending, is_terminal
from jts.domain.orders.transitions import (
    Decided,
    OrderLife,
    accepted,
    apply,
    became_unknown,
    cancel_refused,
    cancel_requested,
    cancelled,
    expired,
    filled,
    overfilled,
    rebuild,
    rejected,
    send_started,
    untraded,
)
from tests.domain.orders.makers import NOW, V1, fill, pending


class AnyLife(RuleBasedStateMachine):
    """Every verb at any time it may be used, fills in any size, repeated or late."""

    life: OrderLife

    def __init__(self) -> None:
        super().__init__()
        self.events: list[AnyOrderEvent] = []
        self.ended_once = False
        self.traded = 0

    @initialize(quantity=st.integers(1, 20))
    def intend(self, quantity: int) -> None:
        self.life = pending(quantity)

    @precondition(lambda self: isinstance(self.life.order.state, Pending))
    @rule()
    def send(self) -> None:
        self._do(send_started(self.life, at_ns=NOW))

    @precondition(lambda self: not isinstance(self.life.order.state, Pending))
    @rule(quantity=st.integers(1, 12), number=st.integers(1, 6))
    def trade(self, quantity: int, number: int) -> None:
        is_new = f"T/{number}" not in self.life.fill_ids
        self._do(filled(self.life, fill=fill(quantity, id=f"T/{number}"), at_ns=NOW))
        self.traded += quantity if is_new else 0

    @precondition(lambda self: not isinstance(self.life.order.state, Pending))
    @rule()
    def accept(self) -> None:
        self._do(accepted(self.life, venue_order_id=V1, at_ns=NOW))

    @rule()
    def lose_the_answer(self) -> None:
        self._do(became_unknown(self.life, reason="r", at_ns=NOW))

    @rule()
    def want_cancel(self) -> None:
        self._do(cancel_requested(self.life, by="owner", at_ns=NOW))

    @rule()
    def refuse_cancel(self) -> None:
        self._do(cancel_refused(self.life, reason="r", at_ns=NOW))

    @rule()
    def end(self) -> None:
        self._do(cancelled(self.life, reason="r", at_ns=NOW))

    @precondition(lambda self: not isinstance(self.life.order.state, Pending))
    @rule()
    def expire(self) -> None:
        self._do(expired(self.life, reason="r", at_ns=NOW))

    @rule()
    def refuse(self) -> None:
        self._do(rejected(self.life, reason="r", at_ns=NOW))

    @invariant()
    def filled_left_and_untraded_are_the_whole(self) -> None:
        if hasattr(self, "life"):
            order = self.life.order
            whole = order.terms.quantity + overfilled(order)
            assert order.filled + order.leaves + untraded(order) == whole
            assert order.filled == self.traded

    @invariant()
    def what_has_ended_stays_ended(self) -> None:
        if hasattr(self, "life"):
            assert not (self.ended_once and not is_terminal(self.life.order.state))
            self.ended_once = is_terminal(self.life.order.state)

    @invariant()
    def a_replay_of_the_events_gives_the_same_order(self) -> None:
        if self.events:
            start = pending(int(self.life.order.terms.quantity))
            again = start
            for event in self.events:
                again = apply(again, event)
            assert again == self.life

    def _do(self, decided: Decided) -> None:
        for event in decided:
            self.life = apply(self.life, event)
            self.events.append(event)


TestAnyLife = AnyLife.TestCase
TestAnyLife.settings = settings(max_examples=60, stateful_step_count=25, deadline=None)


def test_rebuilding_from_nothing_is_refused() -> None:
    try:
        rebuild(())
    except AssertionError as error:
        assert "at least one event" in str(error)
    else:
        raise AssertionError("an order without events was accepted")
