"""Words of documents and labels, and what may follow what."""

from enum import StrEnum
from typing import Final

from oms_service.kernel.states import StateMachine


class DocumentKind(StrEnum):
    """A numbered document for somebody's books."""

    INVOICE = "invoice"
    RECEIPT = "receipt"
    CREDIT_NOTE = "credit_note"


#: What the numbers of each kind begin with; each kind counts for itself, without a gap.
SERIES: Final = {
    DocumentKind.INVOICE: "I",
    DocumentKind.RECEIPT: "R",
    DocumentKind.CREDIT_NOTE: "C",
}


class LabelState(StrEnum):
    """How far a carrier's label is."""

    REQUESTED = "requested"
    BOUGHT = "bought"
    FAILED = "failed"
    #: Its money is asked back; it must not be used any more.
    VOIDING = "voiding"
    VOID = "void"


class LabelAction(StrEnum):
    """What can be done with a label."""

    BUY = "buy"
    FAIL = "fail"
    RETRY = "retry"
    ASK_VOID = "ask_void"
    VOID = "void"


L, A = LabelState, LabelAction

LABEL: Final = StateMachine(
    "label",
    {
        (L.REQUESTED, A.BUY): L.BOUGHT,
        (L.REQUESTED, A.FAIL): L.FAILED,
        (L.FAILED, A.FAIL): L.FAILED,
        (L.FAILED, A.BUY): L.BOUGHT,
        (L.FAILED, A.RETRY): L.REQUESTED,
        (L.REQUESTED, A.ASK_VOID): L.VOIDING,
        (L.FAILED, A.ASK_VOID): L.VOIDING,
        (L.BOUGHT, A.ASK_VOID): L.VOIDING,
        (L.VOIDING, A.VOID): L.VOID,
        # The provider sold it after all while it was being voided: its money is asked back again.
        (L.VOIDING, A.BUY): L.VOIDING,
        (L.VOID, A.BUY): L.VOIDING,
    },
)

#: Labels a box may have one of.
LIVE: Final = (L.REQUESTED, L.BOUGHT, L.FAILED)
