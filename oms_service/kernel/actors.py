"""Who did it: every change in the house names one actor."""

from dataclasses import dataclass
from enum import StrEnum


class ActorKind(StrEnum):
    """What sort of party acts."""

    CUSTOMER = "customer"
    STAFF = "staff"
    BOT = "bot"
    CARRIER = "carrier"
    INTEGRATION = "integration"
    SYSTEM = "system"


@dataclass(frozen=True)
class Actor:
    """A party and its id; never a name or an address, so it may stand in events and logs."""

    kind: ActorKind
    id: str = ""

    @property
    def ref(self) -> str:
        """The written form, ``staff:12`` or ``system``."""
        return f"{self.kind}:{self.id}" if self.id else str(self.kind)

    @classmethod
    def from_ref(cls, ref: str) -> "Actor":
        """Read what ``ref`` wrote."""
        kind, _, party = ref.partition(":")
        return cls(ActorKind(kind), party)


SYSTEM = Actor(ActorKind.SYSTEM)
BOT = Actor(ActorKind.BOT)


def customer(customer_id: int) -> Actor:
    return Actor(ActorKind.CUSTOMER, str(customer_id))


def staff(staff_id: int) -> Actor:
    return Actor(ActorKind.STAFF, str(staff_id))
