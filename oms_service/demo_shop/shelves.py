"""Stock while the past is made: levels that never go below nothing, and the ledger of them."""

from collections import defaultdict
from collections.abc import Mapping
from datetime import datetime
from typing import Final

from oms_service.inventory.bulk import AllocationRow, MovementRow
from oms_service.inventory.policy import MOVES
from oms_service.inventory.states import MovementKind

Place = tuple[int, int]
"""(variant, location)."""

_SYSTEM: Final = "system"


class Shelves:
    """Levels by place. Every change goes through ``move``, so the ledger explains each."""

    def __init__(self) -> None:
        self.moves: list[MovementRow] = []
        self._promised: dict[int, dict[Place, int]] = {}
        self._on_hand: dict[Place, int] = defaultdict(int)
        self._allocated: dict[Place, int] = defaultdict(int)

    def free(self, place: Place) -> int:
        return self._on_hand[place] - self._allocated[place]

    def move(
        self,
        kind: MovementKind,
        place: Place,
        units: int,
        when: datetime,
        *,
        cause: str,
        actor: str = _SYSTEM,
        reason: str = "",
    ) -> None:
        changes: Mapping[str, int] = MOVES[kind]
        on_hand = changes.get("on_hand", 0) * units
        allocated = changes.get("allocated", 0) * units
        self._on_hand[place] += on_hand
        self._allocated[place] += allocated
        if not 0 <= self._allocated[place] <= self._on_hand[place]:
            raise ValueError(f"{kind} of {units} at {place} is more than there is")
        self.moves.append(
            MovementRow(
                variant_id=place[0],
                location_id=place[1],
                kind=kind,
                on_hand=on_hand,
                allocated=allocated,
                cause=cause,
                reason=reason,
                actor=actor,
                at=when,
                key=f"demo:{len(self.moves) + 1}",
            )
        )

    def promise(self, line_id: int, place: Place, units: int, when: datetime, cause: str) -> None:
        self.move(MovementKind.ALLOCATED, place, units, when, cause=cause)
        mine = self._promised.setdefault(line_id, {})
        mine[place] = mine.get(place, 0) + units

    def send(self, line_id: int, when: datetime, cause: str) -> None:
        """Everything promised to a line leaves."""
        self._redeem(line_id, MovementKind.SHIPPED, when, cause)

    def release(self, line_id: int, when: datetime, cause: str) -> None:
        """Everything promised to a line is free again."""
        self._redeem(line_id, MovementKind.RELEASED, when, cause)

    def allocations(self) -> list[AllocationRow]:
        return [
            AllocationRow(
                order_line_id=line_id, variant_id=place[0], location_id=place[1], quantity=units
            )
            for line_id, mine in self._promised.items()
            for place, units in mine.items()
        ]

    def in_order(self) -> list[MovementRow]:
        """The ledger as it was written: by time."""
        return sorted(self.moves, key=lambda row: row.at)

    def _redeem(self, line_id: int, kind: MovementKind, when: datetime, cause: str) -> None:
        for place, units in self._promised.pop(line_id, {}).items():
            self.move(kind, place, units, when, cause=cause)
