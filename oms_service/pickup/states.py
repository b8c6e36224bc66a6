"""Words of collecting in a shop, and what may follow what."""

from enum import StrEnum
from typing import Final

from oms_service.kernel.states import StateMachine


class PickupState(StrEnum):
    """Where a pickup stands."""

    RESERVED = "reserved"
    PREPARING = "preparing"
    READY = "ready"
    COLLECTED = "collected"
    #: A reservation that nobody came for; nothing was sold.
    EXPIRED = "expired"
    CANCELLED = "cancelled"
    #: An order that lay ready and nobody came for.
    NO_SHOW = "no_show"


class PickupAction(StrEnum):
    """What can be done with a pickup."""

    PREPARE = "prepare"
    MAKE_READY = "make_ready"
    EXTEND = "extend"
    COLLECT_PART = "collect_part"
    COLLECT = "collect"
    CANCEL = "cancel"
    EXPIRE = "expire"
    GIVE_UP = "give_up"


class IdentityCheck(StrEnum):
    """What showed at the counter that this is who may have the goods; never a number of it."""

    CODE = "code"
    ORDER_MAIL = "order_mail"
    PHOTO_ID = "photo_id"
    HEALTH_CARD = "health_card"
    KNOWN_CUSTOMER = "known_customer"


S, A = PickupState, PickupAction

#: Pickups that somebody may still come for.
OPEN: Final = (S.RESERVED, S.PREPARING, S.READY)

PICKUP: Final = StateMachine(
    "pickup",
    {
        (S.RESERVED, A.PREPARE): S.PREPARING,
        (S.RESERVED, A.MAKE_READY): S.READY,
        (S.PREPARING, A.MAKE_READY): S.READY,
        **{(state, A.EXTEND): state for state in OPEN},
        **{(state, A.COLLECT_PART): state for state in OPEN},
        **{(state, A.COLLECT): S.COLLECTED for state in OPEN},
        **{(state, A.CANCEL): S.CANCELLED for state in OPEN},
        **{(state, A.EXPIRE): S.EXPIRED for state in OPEN},
        (S.READY, A.GIVE_UP): S.NO_SHOW,
    },
)
