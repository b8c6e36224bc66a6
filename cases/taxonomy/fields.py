"""Fields of the shop's own: which there are, and what they say of a case."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import delete, func, select, update
from sqlalchemy.dialects.postgresql import insert

from cases import holding
from cases.events import CaseEdited
from cases.models import Reason
from cases.states import EntryKind
from cases.taxonomy import queries
from cases.taxonomy.models import CaseField, FieldValue
from cases.taxonomy.policy import code_of, in_both, value_of
from cases.taxonomy.reasons import LAST, Taken
from cases.taxonomy.states import FieldKind
from cases.taxonomy.views import FieldView
from cases.views import CaseView
from oms_service.infra.uow import UnitOfWork
from oms_service.kernel.errors import Invalid, Stale

#: So many fields a shop may have, and so many choices one of them.
MOST: Final = 60
MOST_CHOICES: Final = 50


@dataclass(frozen=True, kw_only=True)
class FieldWish:
    """What a field is to be; ``choices`` are names by language, of a choice alone."""

    name: Mapping[str, Any]
    reasons: Collection[str]
    is_required: bool
    is_public: bool
    is_active: bool
    position: int
    choices: Sequence[Mapping[str, Any]] = ()


def add(uow: UnitOfWork, kind: FieldKind, wish: FieldWish, *, code: str = "") -> FieldView:
    """Add a field; its kind stays for good, so that what it said stays readable.

    Raises:
        Invalid: naming what is wrong.
        Taken: there is one of that code.
    """
    values = _values(uow, kind, wish, before=())
    found = code_of(code, values["name"])
    count = uow.session.scalar(select(func.count()).select_from(CaseField)) or 0
    if count >= MOST:
        raise Invalid("these are enough", {"code": f"there are {MOST} already"})
    added = uow.session.scalar(
        insert(CaseField)
        .values(code=found, kind=kind, version=1, **values)
        .on_conflict_do_nothing(index_elements=["code"])
        .returning(CaseField.code)
    )
    if added is None:
        raise Taken(f"there is a field of the code {found}")
    return queries.field(uow.session, found)


def change(uow: UnitOfWork, code: str, wish: FieldWish, *, version: int) -> FieldView:
    """Write a field anew; a choice that is named no more rests, and cases that have it keep it.

    Raises:
        NotFound: there is none.
        Invalid: naming what is wrong.
        Stale: somebody wrote it meanwhile.
    """
    before = queries.field(uow.session, code)
    values = _values(uow, before.kind, wish, before=before.choices)
    changed = uow.session.scalar(
        update(CaseField)
        .where(CaseField.code == code, CaseField.version == version)
        .values(version=CaseField.version + 1, **values)
        .returning(CaseField.code)
        .execution_options(synchronize_session=False)
    )
    if changed is None:
        raise Stale("somebody wrote this field meanwhile")
    return queries.field(uow.session, code)


def write(
    uow: UnitOfWork, case_id: int, typed: Mapping[str, str], *, version: int | None = None
) -> CaseView:
    """Write what fields say of a case; empty says nothing more. What stays as it is, is not told.

    Raises:
        Invalid: a field is none of the case's reason, or cannot say that.
        Stale: it changed since it was read.
    """
    case = holding.locked(uow, case_id)
    holding.check(case, version)
    kept = {one.field.code: one for one in queries.values(uow.session, case.id, case.reason)}
    wrong: dict[str, str] = {}
    wanted: dict[str, str] = {}
    for code, said in typed.items():
        if code not in kept:
            wrong[f"fields.{code}"] = "is no field of this reason"
        elif said == kept[code].value:
            continue  # as it was, even where that is offered no more
        else:
            try:
                wanted[code] = value_of(kept[code].field, said)
            except Invalid as refused:
                wrong.update(refused.fields)
    if wrong:
        raise Invalid("some fields cannot say that", wrong)
    changed = {code: said for code, said in wanted.items() if said != kept[code].value}
    for code, said in changed.items():
        _write(uow, case.id, code, said)
        told = {"what": "field", "field": code, "was": kept[code].value, "is": said}
        holding.enter(uow, case, EntryKind.EDITED, data=told)
        uow.emit(CaseEdited(case_id=case.id, what="field", before="", after=code))
    if not changed:
        return holding.view_of(case)
    case.version += 1
    return holding.done(uow, case)


def missing(uow: UnitOfWork, case_id: int, reason: str) -> list[str]:
    """The codes of fields that must say something before a case of this reason is settled."""
    return [
        one.field.code
        for one in queries.values(uow.session, case_id, reason)
        if one.field.is_required and not one.value and one.field.fits(reason)
    ]


def _write(uow: UnitOfWork, case_id: int, code: str, said: str) -> None:
    if not said:
        uow.session.execute(
            delete(FieldValue)
            .where(FieldValue.case_id == case_id, FieldValue.field == code)
            .execution_options(synchronize_session=False)
        )
        return
    new = insert(FieldValue).values(
        case_id=case_id, field=code, value=said, by=uow.actor.ref, at=uow.now
    )
    uow.session.execute(
        new.on_conflict_do_update(
            index_elements=["case_id", "field"],
            set_={name: new.excluded[name] for name in ("value", "by", "at")},
        )
    )


def _values(
    uow: UnitOfWork, kind: FieldKind, wish: FieldWish, *, before: Sequence[Any]
) -> dict[str, Any]:
    known = set(uow.session.scalars(select(Reason.code)))
    if not set(wish.reasons) <= known:
        raise Invalid("there is no such reason", {"reasons": "has an unknown one"})
    if not 0 <= wish.position <= LAST:
        raise Invalid("that is no place", {"position": f"must be between 0 and {LAST}"})
    return {
        "name": in_both(wish.name, "name"),
        "choices": _choices(kind, wish.choices, before),
        "reasons": sorted(set(wish.reasons)),
        "is_required": wish.is_required,
        "is_public": wish.is_public,
        "is_active": wish.is_active,
        "position": wish.position,
    }


def _choices(
    kind: FieldKind, given: Sequence[Mapping[str, Any]], before: Sequence[Any]
) -> list[dict[str, Any]]:
    """The choices in their new order; those left out rest, at the end."""
    if kind is not FieldKind.CHOICE:
        if given:
            raise Invalid("only a choice has choices", {"choices": "do not belong to this kind"})
        return []
    found: dict[str, dict[str, Any]] = {}
    for one in given:
        name = in_both(one, "choices")
        old = next((two.code for two in before if dict(two.name) == name), "")
        code = str(one.get("code") or "") or old or code_of("", name, "choices")
        if code in found or (one.get("code") and code not in {two.code for two in before}):
            raise Invalid("each choice stands once", {"choices": "has one twice or unknown"})
        found[code] = {"code": code, "name": name, "is_active": True}
    if not found or len(found) > MOST_CHOICES:
        raise Invalid(
            "a choice has choices", {"choices": f"there must be 1 to {MOST_CHOICES} of them"}
        )
    resting = [
        {"code": two.code, "name": dict(two.name), "is_active": False}
        for two in before
        if two.code not in found
    ]
    return [*found.values(), *resting[: MOST_CHOICES * 2]]
