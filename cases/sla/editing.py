"""What a shop says of its answer times: opening hours and policies, each edit a newer book."""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import Connection, insert, select, update
from sqlalchemy.orm import Session

from cases.sla import book
from cases.sla.models import SlaBook, SlaHours, SlaPolicy
from cases.states import Priority
from oms_service.customers.states import Tier
from oms_service.infra import locks
from oms_service.infra.uow import UnitOfWork
from oms_service.kernel.errors import Invalid, NotFound, Stale
from oms_service.kernel.ids import readable_code
from oms_service.kernel.languages import Language, Words
from oms_service.shipping.calendars import national

Reader = Session | Connection

#: Where cases come from.
CHANNELS: Final = (
    *("webchat", "line", "slack", "assistant"),
    *("mail", "sms", "portal", "desk", "api", "shipping"),
)
MOST_POLICIES: Final = 100
MOST_HOURS: Final = 50
_MOST_CONDITIONS: Final = 50
_LONGEST_NAME: Final = 60
#: A name that is locked while policies or hours are added or ordered.
_BOOK: Final = "answer times"
_LONGEST_CODE: Final = 60


@dataclass(frozen=True)
class HoursView:
    """Opening hours as written; see ``sla.book``."""

    id: int
    code: str
    name: Words
    zone: str
    country: str
    week: list[Any]
    special: dict[str, Any]
    version: int


@dataclass(frozen=True)
class PolicyView:
    """A policy as written; see ``sla.book``."""

    id: int
    code: str
    name: Words
    position: int
    reasons: list[str]
    priorities: list[str]
    tiers: list[str]
    channels: list[str]
    hours_id: int
    targets: dict[str, int]
    ladder: list[Any]
    is_active: bool
    version: int


@dataclass(frozen=True, kw_only=True)
class PolicyWish:
    """What a policy is to say from now on."""

    reasons: Collection[str]
    priorities: Collection[str]
    tiers: Collection[str]
    channels: Collection[str]
    targets: dict[str, int]
    ladder: list[Any]
    is_active: bool
    #: The code of the opening hours that count; empty to leave them as they are.
    hours: str = ""


_HOURS: Final = tuple(getattr(SlaHours, name) for name in HoursView.__dataclass_fields__)
_POLICY: Final = tuple(getattr(SlaPolicy, name) for name in PolicyView.__dataclass_fields__)


def all_hours(reader: Reader) -> list[HoursView]:
    """Every desk's hours, by code."""
    return [HoursView(*row) for row in reader.execute(select(*_HOURS).order_by(SlaHours.code))]


def policies(reader: Reader) -> list[PolicyView]:
    """Every policy, in the order they are asked."""
    query = select(*_POLICY).order_by(SlaPolicy.position, SlaPolicy.id)
    return [PolicyView(*row) for row in reader.execute(query)]


def hours_by_code(reader: Reader, code: str) -> HoursView:
    """The hours of that code.

    Raises:
        NotFound: there are none.
    """
    row = reader.execute(select(*_HOURS).where(SlaHours.code == code)).one_or_none()
    if row is None:
        raise NotFound("no such hours")
    return HoursView(*row)


def policy_by_code(reader: Reader, code: str) -> PolicyView:
    """The policy of that code.

    Raises:
        NotFound: there is none.
    """
    row = reader.execute(select(*_POLICY).where(SlaPolicy.code == code)).one_or_none()
    if row is None:
        raise NotFound("no such policy")
    return PolicyView(*row)


def add_hours(
    uow: UnitOfWork, *, name: Words, zone: str, country: str, week: Any, special: Any
) -> HoursView:
    """Opening hours of a further desk; they are given a code.

    Raises:
        Invalid: naming what is wrong.
    """
    locks.a_name(uow.session, _BOOK)
    _check_name(name)
    _check_hours(zone=zone, country=country, week=week, special=special)
    if len(all_hours(uow.session)) >= MOST_HOURS:
        raise Invalid("there are too many hours", {"name": f"at most {MOST_HOURS}"})
    code = readable_code(8).lower()
    uow.session.execute(
        insert(SlaHours).values(
            code=code,
            name=dict(name),
            zone=zone,
            country=country,
            week=week,
            special=special,
            version=1,
        )
    )
    return hours_by_code(uow.session, code)


def change_hours(
    uow: UnitOfWork,
    code: str,
    *,
    zone: str,
    country: str,
    week: Any,
    special: Any,
    version: int,
) -> HoursView:
    """Write opening hours anew; clocks that run follow within half a minute.

    Raises:
        NotFound: no such hours.
        Invalid: naming what is wrong.
        Stale: somebody wrote them meanwhile.
    """
    hours_by_code(uow.session, code)
    _check_hours(zone=zone, country=country, week=week, special=special)
    changed = uow.session.execute(
        update(SlaHours)
        .where(SlaHours.code == code, SlaHours.version == version)
        .values(
            zone=zone, country=country, week=week, special=special, version=SlaHours.version + 1
        )
        .returning(SlaHours.id)
    ).one_or_none()
    if changed is None:
        raise Stale("somebody wrote these hours meanwhile")
    _newer_book(uow)
    return hours_by_code(uow.session, code)


def add_policy(uow: UnitOfWork, name: Words, wish: PolicyWish) -> PolicyView:
    """A further policy, asked first; it is given a code.

    Raises:
        Invalid: naming what is wrong.
    """
    locks.a_name(uow.session, _BOOK)
    _check_name(name)
    values = _values(uow, wish)
    held = policies(uow.session)
    if len(held) >= MOST_POLICIES:
        raise Invalid("there are too many policies", {"name": f"at most {MOST_POLICIES}"})
    code = readable_code(8).lower()
    values.setdefault("hours_id", all_hours(uow.session)[0].id)
    uow.session.execute(update(SlaPolicy).values(position=SlaPolicy.position + 1))
    uow.session.execute(
        insert(SlaPolicy).values(code=code, name=dict(name), position=0, version=1, **values)
    )
    _newer_book(uow)
    return policy_by_code(uow.session, code)


def move_policy(uow: UnitOfWork, code: str, *, up: bool) -> None:
    """Let a policy be asked one place earlier or later; at the end it stays there.

    Raises:
        NotFound: no such policy.
    """
    locks.a_name(uow.session, _BOOK)
    order = [one.code for one in policies(uow.session)]
    if code not in order:
        raise NotFound("no such policy")
    at = order.index(code)
    to = max(at - 1, 0) if up else min(at + 1, len(order) - 1)
    if at == to:
        return
    order[at], order[to] = order[to], order[at]
    for place, one in enumerate(order):
        uow.session.execute(
            update(SlaPolicy)
            .where(SlaPolicy.code == one, SlaPolicy.position != place)
            .values(position=place)
        )
    _newer_book(uow)


def change_policy(uow: UnitOfWork, code: str, wish: PolicyWish, *, version: int) -> PolicyView:
    """Write a policy anew; clocks that run follow within half a minute.

    Raises:
        NotFound: no such policy.
        Invalid: naming what is wrong.
        Stale: somebody wrote it meanwhile.
    """
    policy_by_code(uow.session, code)
    values = _values(uow, wish)
    changed = uow.session.execute(
        update(SlaPolicy)
        .where(SlaPolicy.code == code, SlaPolicy.version == version)
        .values(**values, version=SlaPolicy.version + 1)
        .returning(SlaPolicy.id)
    ).one_or_none()
    if changed is None:
        raise Stale("somebody wrote this policy meanwhile")
    _newer_book(uow)
    return policy_by_code(uow.session, code)


def _values(uow: UnitOfWork, wish: PolicyWish) -> dict[str, Any]:
    values: dict[str, Any] = {
        "reasons": _named(wish.reasons, "reasons"),
        "priorities": _named(wish.priorities, "priorities", set(Priority)),
        "tiers": _named(wish.tiers, "tiers", set(Tier)),
        "channels": _named(wish.channels, "channels", set(CHANNELS)),
        "targets": book.as_written(book.targets(wish.targets)),
        "ladder": [[percent, str(step)] for percent, step in book.ladder(wish.ladder)],
        "is_active": wish.is_active,
    }
    if wish.hours:
        by_code = {one.code: one.id for one in all_hours(uow.session)}
        if wish.hours not in by_code:
            raise Invalid("there are no such hours", {"hours": "are unknown"})
        values["hours_id"] = by_code[wish.hours]
    return values


def _check_hours(*, zone: str, country: str, week: Any, special: Any) -> None:
    if country and country not in national.countries():
        raise Invalid("no holidays are known there", {"country": "is unknown"})
    read = book.hours(zone=zone, given_week=week, given_special=special)
    if not any(read.week):
        raise Invalid("a desk that never opens answers nobody", {"week": "is never open"})


def _check_name(name: Words) -> None:
    wrong = {
        f"name.{language}": f"must have 1 to {_LONGEST_NAME} characters"
        for language in Language
        if not 0 < len(str(name.get(language, "")).strip()) <= _LONGEST_NAME
        or "\0" in str(name.get(language, ""))
    }
    if wrong:
        raise Invalid("a name is said in both languages", wrong)


def _named(given: Collection[str], field: str, known: Collection[str] = ()) -> list[str]:
    found = sorted({str(one) for one in given})
    if len(found) > _MOST_CONDITIONS or any(len(one) > _LONGEST_CODE for one in found):
        raise Invalid("these are too many", {field: "are too many"})
    if known and not set(found) <= set(known):
        raise Invalid("one of these is unknown", {field: "has an unknown one"})
    return found


def _newer_book(uow: UnitOfWork) -> None:
    uow.session.execute(update(SlaBook).values(version=SlaBook.version + 1))
