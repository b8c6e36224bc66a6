"""What a colleague wants to do about an order, as values that forms and requests are read into."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field

from cases.acting.states import ActKind
from oms_service.access import permissions
from oms_service.access.queries import StaffView
from oms_service.kernel.actors import SYSTEM, Actor, staff
from oms_service.kernel.money import Money
from oms_service.operations.changes import change_wishes
from oms_service.operations.money import refunding
from oms_service.operations.money.refunding import RefundReason
from oms_service.operations.returning.claiming import ClaimedLine
from oms_service.operations.returning.exchanging import WantedSwap
from oms_service.operations.returning.returns import WantedLine
from oms_service.operations.rules.payment_rules import Giver
from oms_service.orders.states import ChangeKind, HoldReason
from oms_service.payments.states import RefundPart


@dataclass(frozen=True, kw_only=True)
class GiveBack:
    """Money to give back: an amount, what chosen units were sold for, or all that is left.

    At most one of ``amount`` and ``lines`` (units by order line) is given; neither is all that is
    left of the ``part``. ``to_store_credit`` puts it into the customer's balance with the shop.
    """

    part: RefundPart
    reason: RefundReason
    amount: Money | None = None
    lines: Mapping[int, int] | None = field(default=None, hash=False)
    to_store_credit: bool = False

    @property
    def kind(self) -> ActKind:
        return ActKind.STORE_CREDIT if self.to_store_credit else ActKind.REFUND


@dataclass(frozen=True, kw_only=True)
class Replace:
    """Send units again because something is wrong with them; ``evidence`` as in claims."""

    lines: Sequence[ClaimedLine] = field(hash=False)
    evidence: frozenset[str] = frozenset()

    kind: ActKind = field(default=ActKind.REPLACEMENT, init=False)


@dataclass(frozen=True, kw_only=True)
class SendBack:
    """A return on behalf of the customer."""

    lines: Sequence[WantedLine] = field(hash=False)

    kind: ActKind = field(default=ActKind.RETURN, init=False)


@dataclass(frozen=True, kw_only=True)
class Swap:
    """An exchange on behalf of the customer; ``method_id`` pays or receives the difference."""

    swaps: Sequence[WantedSwap] = field(hash=False)
    method_id: int | None = None

    kind: ActKind = field(default=ActKind.EXCHANGE, init=False)


@dataclass(frozen=True, kw_only=True)
class Change:
    """Another address, other items, quantities or dates, another way to pay, or calling off."""

    wish: change_wishes.Wish

    @property
    def kind(self) -> ActKind:
        return _OF_CHANGES[self.wish.kind]


@dataclass(frozen=True, kw_only=True)
class KeepBack:
    """Put the order on hold."""

    reason: HoldReason

    kind: ActKind = field(default=ActKind.HOLD, init=False)


@dataclass(frozen=True, kw_only=True)
class LetGo:
    """Let the order go on, as far as this reason kept it."""

    reason: HoldReason

    kind: ActKind = field(default=ActKind.RELEASE, init=False)


@dataclass(frozen=True, kw_only=True)
class LabelAgain:
    """Send the customer the label of a return that is expected once more; ``text`` is the mail."""

    return_number: str
    text: str

    kind: ActKind = field(default=ActKind.LABEL, init=False)


Wish = GiveBack | Replace | SendBack | Swap | Change | KeepBack | LetGo | LabelAgain


@dataclass(frozen=True)
class By:
    """Who acts: the roles that limits are known for, and what they may do by the one table.

    ``actor`` is for previews: what is done counts as that of whoever does it.
    """

    givers: Collection[Giver]
    permissions: Collection[str]
    actor: Actor = SYSTEM

    def may(self, permission: str) -> bool:
        return permission in self.permissions


def by_colleague(me: StaffView) -> By:
    """What a colleague may do, and whose limits hold for them."""
    allowed = {one.name for one in permissions.TABLE if me.may(one.name)}
    givers = refunding.givers_of([str(role) for role in me.roles])
    return By(givers, frozenset(allowed), staff(me.id))


@dataclass(frozen=True, kw_only=True)
class Wanted:
    """Something to do from a case.

    ``key`` is the form's own, at most 80 characters: sent twice, it is done once. ``digest`` is
    that of the preview that was confirmed. ``order_id`` is one of the case's orders; the one it
    is mainly about where not given.
    """

    wish: Wish
    key: str
    digest: str | None = None
    order_id: int | None = None


_OF_CHANGES = {
    ChangeKind.CANCEL: ActKind.CANCEL,
    ChangeKind.ADDRESS: ActKind.ADDRESS,
    ChangeKind.PAYMENT: ActKind.PAYMENT,
    ChangeKind.ITEMS: ActKind.ITEMS,
    ChangeKind.QUANTITY: ActKind.QUANTITY,
    ChangeKind.EXPEDITE: ActKind.EXPEDITE,
    ChangeKind.DELIVERY: ActKind.DELIVERY,
}
#: What the one table of permissions asks of whoever does it.
PERMISSIONS: Mapping[ActKind, str] = {
    ActKind.REFUND: "refunds:make",
    ActKind.STORE_CREDIT: "refunds:make",
    ActKind.REPLACEMENT: "returns:request",
    ActKind.RETURN: "returns:request",
    ActKind.EXCHANGE: "returns:request",
    ActKind.LABEL: "cases:reply",
    ActKind.CANCEL: "orders:cancel",
    ActKind.ADDRESS: "orders:change",
    ActKind.ITEMS: "orders:change",
    ActKind.QUANTITY: "orders:change",
    ActKind.DELIVERY: "orders:change",
    ActKind.EXPEDITE: "orders:change",
    ActKind.PAYMENT: "orders:change",
    ActKind.HOLD: "orders:hold",
    ActKind.RELEASE: "orders:hold",
}
