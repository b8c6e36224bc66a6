"""Who is told, whether it goes by mail, and when: pure."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, time, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from notifications.colleagues.rules import NEEDED, UNREAD, Rule
from notifications.colleagues.states import Kind, Way
from oms_service.access.queries import StaffView
from oms_service.access.states import Role, ScopeKind

QUIET_FROM_H: Final = 21
QUIET_UNTIL_H: Final = 8


@dataclass(frozen=True)
class Wish:
    """How a colleague wants to be told. Nobody is written to in their quiet hours.

    ``quiet_from_h`` and ``quiet_until_h`` are hours of their own day, in ``zone``; the same hour
    twice for never.
    """

    zone: ZoneInfo
    ways: Mapping[Kind, Way] = field(default_factory=dict)
    quiet_from_h: int = QUIET_FROM_H
    quiet_until_h: int = QUIET_UNTIL_H

    def way(self, kind: Kind) -> Way:
        """How notices of a kind reach them; what everybody has to hear is never off."""
        chosen = self.ways.get(kind, Way.BELL)
        return Way.BELL if chosen is Way.NOT and kind in NEEDED else chosen


@dataclass(frozen=True)
class Plan:
    """Told in the bell; unread, by mail from ``mail_at`` on and to the leads from ``leads_at``."""

    mail_at: datetime | None = None
    leads_at: datetime | None = None


def plan(rule: Rule, wish: Wish, *, now: datetime) -> Plan | None:
    """What becomes of a notice; None where its reader wants none of the kind."""
    way = wish.way(rule.kind)
    if way is Way.NOT:
        return None
    mail_at = None
    if way is Way.MAIL:
        mail_at = decent(now, wish)
    elif rule.is_urgent:
        mail_at = decent(now + UNREAD, wish)
    return Plan(mail_at, now + rule.leads_after if rule.leads_after else None)


def decent(at: datetime, wish: Wish) -> datetime:
    """The first moment from ``at`` on, in UTC, at which somebody may be written to."""
    local = at.astimezone(wish.zone)
    if not is_quiet(local.time(), wish):
        return at.astimezone(UTC)
    is_evening = local.time() >= time(wish.quiet_until_h)
    day = local.date() + timedelta(days=is_evening)
    over = datetime.combine(day, time(wish.quiet_until_h), wish.zone).astimezone(UTC)
    return max(over, at.astimezone(UTC))


def is_quiet(at: time, wish: Wish) -> bool:
    """Whether an hour of a colleague's own day is one in which they are left alone."""
    begin, end = time(wish.quiet_from_h), time(wish.quiet_until_h)
    if begin <= end:
        return begin <= at < end
    return at >= begin or at < end


# Who


def may_be_told(
    one: StaffView, rule: Rule, *, queue_id: int | None = None, location_id: int | None = None
) -> bool:
    """Whether a colleague is at work here and may see what a notice is about."""
    return (
        one.is_active
        and one.may(rule.permission)
        and (queue_id is None or one.reaches(ScopeKind.QUEUE, queue_id))
        and (location_id is None or one.reaches(ScopeKind.LOCATION, location_id))
    )


def leads(
    everybody: Iterable[StaffView], queue_id: int, members: Collection[int]
) -> tuple[StaffView, ...]:
    """The leads of a queue: those who work on it, else all who see it."""
    found = tuple(
        one
        for one in everybody
        if one.is_active and Role.LEAD in one.roles and one.reaches(ScopeKind.QUEUE, queue_id)
    )
    return tuple(one for one in found if one.id in members) or found


def at_place(
    everybody: Iterable[StaffView], location_id: int, *, is_shop: bool
) -> tuple[StaffView, ...]:
    """Those who work at a location: who is entered for it, else all of its kind who see it."""
    role = Role.SHOP if is_shop else Role.WAREHOUSE
    found = tuple(
        one
        for one in everybody
        if one.is_active and role in one.roles and one.reaches(ScopeKind.LOCATION, location_id)
    )
    return tuple(one for one in found if one.locations) or found


def with_role(everybody: Iterable[StaffView], *roles: str) -> tuple[StaffView, ...]:
    """Everybody at work who has one of some roles."""
    return tuple(one for one in everybody if one.is_active and not one.roles.isdisjoint(roles))
