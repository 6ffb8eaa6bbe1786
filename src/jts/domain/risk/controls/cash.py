"""Control `cash`: what is bought can be paid for."""

from __future__ import annotations

from jts.domain.risk.breach import Breach, amount, breach
from jts.domain.risk.question import Question
from jts.domain.risk.reservation import worth
from jts.domain.values import Side


def cash(question: Question) -> Breach | None:
    """The order at its worst price with its fee fits in the cash no other open or unknown order has
    reserved."""
    if question.terms.side is Side.SELL:
        return None
    currency = question.known_instrument.currency
    _, need = worth(Side.BUY, question.terms.quantity, question.worst_price, question.fee_rate, currency)
    free = question.exposure.free_cash(currency)
    if need <= free:
        return None
    reserved = question.exposure.reserved_cash(currency)
    return breach(
        "cash",
        limit=amount(free, currency),
        value=amount(need, currency),
        expected=f"at most {amount(free, currency)} (fee included)",
        found=f"{amount(need, currency)}, with {amount(reserved, currency)} reserved by other orders",
        next_step="order less, cancel an open buy, or pay in more",
    )
