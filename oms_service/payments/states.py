"""Words about money."""

from enum import StrEnum
from typing import Final

from oms_service.kernel.states import StateMachine


class MethodKind(StrEnum):
    """By what a customer pays."""

    CARD = "card"
    PAYPAL = "paypal"
    GIFT_CARD = "gift_card"
    STORE_CREDIT = "store_credit"
    KONBINI = "konbini"
    CASH_ON_DELIVERY = "cash_on_delivery"
    CASH = "cash"
    BANK_TRANSFER = "bank_transfer"


class EntryKind(StrEnum):
    """What an entry in the payments ledger says."""

    AUTHORIZED = "authorized"
    CAPTURED = "captured"
    VOIDED = "voided"
    REFUNDED = "refunded"
    CHARGEBACK = "chargeback"


class RefundState(StrEnum):
    """How far a refund is. What is declined was never owed."""

    AWAITING_APPROVAL = "awaiting_approval"
    REQUESTED = "requested"
    PAID = "paid"
    FAILED = "failed"
    DECLINED = "declined"


class RefundAction(StrEnum):
    """What can be done with a refund."""

    APPROVE = "approve"
    DECLINE = "decline"
    WITHDRAW = "withdraw"
    PAY = "pay"
    FAIL = "fail"
    RETRY = "retry"
    REDIRECT = "redirect"


REFUND: Final = StateMachine(
    "refund",
    {
        (RefundState.AWAITING_APPROVAL, RefundAction.APPROVE): RefundState.REQUESTED,
        (RefundState.AWAITING_APPROVAL, RefundAction.DECLINE): RefundState.DECLINED,
        (RefundState.AWAITING_APPROVAL, RefundAction.WITHDRAW): RefundState.DECLINED,
        (RefundState.REQUESTED, RefundAction.PAY): RefundState.PAID,
        (RefundState.REQUESTED, RefundAction.FAIL): RefundState.FAILED,
        (RefundState.REQUESTED, RefundAction.REDIRECT): RefundState.REQUESTED,
        (RefundState.FAILED, RefundAction.PAY): RefundState.PAID,
        (RefundState.FAILED, RefundAction.RETRY): RefundState.REQUESTED,
        (RefundState.FAILED, RefundAction.REDIRECT): RefundState.REQUESTED,
    },
)


class RefundPart(StrEnum):
    """What of an order's money goes back: any of it, its shipping, or a kindness."""

    ORDER = "order"
    SHIPPING = "shipping"
    GOODWILL = "goodwill"


class Purpose(StrEnum):
    """What a provider is asked for; a charge is taken at once, without authorization before."""

    AUTHORIZE = "authorize"
    CHARGE = "charge"
    CAPTURE = "capture"
    VOID = "void"


class AttemptState(StrEnum):
    """How far a request to a provider is; waiting is for the customer, a bank or a colleague."""

    REQUESTED = "requested"
    WAITING = "waiting"
    DONE = "done"
    REFUSED = "refused"
    ENDED = "ended"


class AttemptAction(StrEnum):
    """What may become of a request to a provider."""

    WAIT = "wait"
    FINISH = "finish"
    REFUSE = "refuse"
    END = "end"
    RETRY = "retry"


#: Money that comes after its deadline has come all the same.
ATTEMPT: Final = StateMachine(
    "payment attempt",
    {
        (AttemptState.REQUESTED, AttemptAction.WAIT): AttemptState.WAITING,
        (AttemptState.REQUESTED, AttemptAction.FINISH): AttemptState.DONE,
        (AttemptState.REQUESTED, AttemptAction.REFUSE): AttemptState.REFUSED,
        (AttemptState.WAITING, AttemptAction.WAIT): AttemptState.WAITING,
        (AttemptState.WAITING, AttemptAction.FINISH): AttemptState.DONE,
        (AttemptState.WAITING, AttemptAction.REFUSE): AttemptState.REFUSED,
        (AttemptState.WAITING, AttemptAction.END): AttemptState.ENDED,
        (AttemptState.REFUSED, AttemptAction.RETRY): AttemptState.REQUESTED,
        (AttemptState.REFUSED, AttemptAction.END): AttemptState.ENDED,
        (AttemptState.REFUSED, AttemptAction.FINISH): AttemptState.DONE,
        (AttemptState.ENDED, AttemptAction.FINISH): AttemptState.DONE,
    },
)

#: Requests whose outcome is not known yet.
UNDER_WAY: Final = (AttemptState.REQUESTED, AttemptState.WAITING)


class ChargebackState(StrEnum):
    """How far a dispute at the customer's bank is."""

    OPEN = "open"
    CONTESTED = "contested"
    WON = "won"
    LOST = "lost"


class ChargebackAction(StrEnum):
    """What can be done about a dispute."""

    CONTEST = "contest"
    WIN = "win"
    LOSE = "lose"


CHARGEBACK: Final = StateMachine(
    "chargeback",
    {
        (ChargebackState.OPEN, ChargebackAction.CONTEST): ChargebackState.CONTESTED,
        (ChargebackState.OPEN, ChargebackAction.WIN): ChargebackState.WON,
        (ChargebackState.OPEN, ChargebackAction.LOSE): ChargebackState.LOST,
        (ChargebackState.CONTESTED, ChargebackAction.WIN): ChargebackState.WON,
        (ChargebackState.CONTESTED, ChargebackAction.LOSE): ChargebackState.LOST,
    },
)

#: Disputes whose outcome is not known yet; what they hold may not be refunded as well.
DISPUTED: Final = (ChargebackState.OPEN, ChargebackState.CONTESTED)


class GiftCardState(StrEnum):
    """Where the value of an issued gift card is: on the card, with a customer, or gone."""

    ISSUED = "issued"
    CLAIMED = "claimed"
    EXPIRED = "expired"


class GiftCardAction(StrEnum):
    """What can become of a gift card."""

    CLAIM = "claim"
    EXPIRE = "expire"


GIFT_CARD: Final = StateMachine(
    "gift card",
    {
        (GiftCardState.ISSUED, GiftCardAction.CLAIM): GiftCardState.CLAIMED,
        (GiftCardState.ISSUED, GiftCardAction.EXPIRE): GiftCardState.EXPIRED,
    },
)


class NoticeState(StrEnum):
    """What became of money that a provider told of."""

    APPLIED = "applied"
    UNMATCHED = "unmatched"
    ATTACHED = "attached"
    SENDING_BACK = "sending_back"
    SENT_BACK = "sent_back"


class NoticeAction(StrEnum):
    """What can be done with money that belongs to no order."""

    ATTACH = "attach"
    SEND_BACK = "send_back"
    CONFIRM = "confirm"
    RETURN_TO_LIST = "return_to_list"


NOTICE: Final = StateMachine(
    "payment notice",
    {
        (NoticeState.UNMATCHED, NoticeAction.ATTACH): NoticeState.ATTACHED,
        (NoticeState.UNMATCHED, NoticeAction.SEND_BACK): NoticeState.SENDING_BACK,
        (NoticeState.SENDING_BACK, NoticeAction.CONFIRM): NoticeState.SENT_BACK,
        (NoticeState.SENDING_BACK, NoticeAction.RETURN_TO_LIST): NoticeState.UNMATCHED,
    },
)

#: Methods whose money lies with us, as a balance.
STORED_VALUE: Final = frozenset({MethodKind.GIFT_CARD, MethodKind.STORE_CREDIT})
