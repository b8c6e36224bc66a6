"""Putting facts in order when some of them have no time. Pure."""

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Final

from oms_service.ports.timeline import Entry

#: Before everything whose time is known.
_LONG_AGO: Final = datetime.min.replace(tzinfo=UTC)
_BEFORE, _AT, _AFTER = range(3)


def in_order(entries: Iterable[Entry]) -> tuple[Entry, ...]:
    """Oldest first; the same whatever order the entries came in.

    A fact without a time keeps its natural place by its rank: after the last dated fact of its
    order that does not outrank it, else before the first that does. An order of which no time
    is known stands at the beginning.
    """
    known = list(entries)
    dated: dict[int | None, list[Entry]] = {}
    for one in known:
        if one.at is not None:
            dated.setdefault(one.order_id, []).append(one)
    return tuple(sorted(known, key=lambda one: _place(one, dated)))


def _place(one: Entry, dated: Mapping[int | None, list[Entry]]) -> tuple[object, ...]:
    at, side = one.at, _AT
    if at is None:
        at, side = _beside(one, dated.get(one.order_id, []))
    return at, side, one.order_id or 0, one.rank, one.kind, repr(sorted(one.facts.items()))


def _beside(one: Entry, dated: Iterable[Entry]) -> tuple[datetime, int]:
    times = [(other.at, other.rank) for other in dated if other.at is not None]
    earlier = [at for at, rank in times if rank <= one.rank]
    if earlier:
        return max(earlier), _AFTER
    return min((at for at, _ in times), default=_LONG_AGO), _BEFORE
