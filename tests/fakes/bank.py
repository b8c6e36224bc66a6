"""A bank of our own: takes and gives back money at once, each key once, and remembers it all."""

from dataclasses import dataclass, field

from oms_service.kernel.money import Money
from oms_service.ports.payment import Answer, Bill, Outcome


@dataclass
class Bank:
    """A payment provider that never says no, with its books open."""

    answers: dict[str, Answer] = field(default_factory=dict)
    taken: dict[str, Money] = field(default_factory=dict)
    given_back: dict[str, Money] = field(default_factory=dict)

    def authorize(self, key: str, bill: Bill) -> Answer:
        return self._once(key)

    def charge(self, key: str, bill: Bill) -> Answer:
        self.taken.setdefault(key, bill.amount)
        return self._once(key)

    def capture(self, key: str, *, payment_ref: str, amount: Money, is_final: bool) -> Answer:
        self.taken.setdefault(key, amount)
        return self._once(key, payment_ref)

    def void(self, key: str, *, payment_ref: str) -> Answer:
        return self._once(key, payment_ref)

    def refund(self, key: str, *, payment_ref: str, amount: Money) -> Answer:
        self.given_back.setdefault(key, amount)
        return self._once(key)

    def fetch(self, payment_ref: str) -> Answer:
        return Answer(outcome=Outcome.DONE, reference=payment_ref)

    def _once(self, key: str, reference: str = "") -> Answer:
        answer = Answer(outcome=Outcome.DONE, reference=reference or f"bank-{key}")
        return self.answers.setdefault(key, answer)
