"""Reading merged and split cases: who takes a message, what is said in a case, what is alike."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy import Connection, bindparam, or_, select
from sqlalchemy.orm import Session

from cases import families, queries
from cases.merging.models import CaseMerge, CaseMessage, CaseSplit, NotSame
from cases.merging.policy import Facts, Score, score
from cases.models import Case, CaseEntry, CaseOrder
from cases.states import ACTIVE, EntryKind
from cases.views import CaseView
from oms_service.conversations import queries as conversations
from oms_service.conversations.views import MessageView
from oms_service.infra.hot import Hot, named, one_of, value

Reader = Connection | Session
#: So many cases are looked at for being the same.
_CANDIDATES: Final = 30
#: So many are offered.
_OFFERED: Final = 3


@dataclass(frozen=True)
class Taker:
    """The case that takes what comes in a conversation.

    ``is_apart``: not the one the conversation belongs to, but one split off from it.
    """

    case: CaseView
    is_apart: bool


@dataclass(frozen=True)
class AboutReturn:
    """The case that stands for those about a return.

    ``is_its_matter``: the return is what it is about, and not of a case of another reason that
    has become part of it.
    """

    case: CaseView
    is_its_matter: bool


@dataclass(frozen=True)
class MergeView:
    """One case that was taken into another, and not put back since."""

    id: int
    winner_id: int
    loser_id: int
    loser_number: str
    by: str
    at: datetime
    undone_at: datetime | None


@dataclass(frozen=True)
class SplitView:
    """Part of a case that became a case of its own."""

    id: int
    case_id: int
    new_case_id: int
    new_number: str
    by: str
    at: datetime
    undone_at: datetime | None


@dataclass(frozen=True)
class Suggestion:
    """A case that is probably the same as another."""

    case: CaseView
    score: Score


def in_place_of(reader: Reader, case: CaseView) -> CaseView:
    """The case that stands for this one; itself unless it was merged."""
    if case.merged_into_id is None:
        return case
    return queries.by_id(reader, families.root_id(reader, case.id))


def of_return(reader: Reader, return_id: int) -> AboutReturn | None:
    """The case that stands for those about a return: an open one first, else the newest."""
    reasons = {
        row.id: row.reason
        for row in reader.execute(select(Case.id, Case.reason).where(Case.return_id == return_id))
    }
    roots = families.root_ids(reader, reasons)
    if not roots:
        return None
    active = _active(reader, roots.values())
    root = max(roots.values(), key=lambda one: (one in active, one))
    case = queries.by_id(reader, root)
    own = {reasons[one] for one, stands in roots.items() if stands == root}
    return AboutReturn(case, is_its_matter=root in reasons and own == {case.reason})


def taker(reader: Reader, conversation_id: int) -> Taker | None:
    """The case that what is written in a conversation belongs to; None where there is none.

    Of several the newest open one. One split off takes it while its colleague spoke last.
    """
    ids = list(
        reader.execute(
            select(Case.id).where(Case.conversation_id == conversation_id).order_by(Case.id)
        ).scalars()
    )
    if not ids:
        return None
    apart = _apart(reader, ids)
    roots = families.root_ids(reader, ids)
    stands = {one: queries.by_id(reader, one) for one in sorted(set(roots.values()))}

    def best(among: Collection[int]) -> CaseView | None:
        found = max(among, key=lambda one: (stands[roots[one]].state in ACTIVE, one), default=None)
        return None if found is None else stands[roots[found]]

    usual = best([one for one in ids if one not in apart])
    split_off = [one for one in ids if one in apart]
    if not split_off:
        return None if usual is None else Taker(usual, is_apart=False)
    speaker = _spoke_last(reader, {*ids, *roots.values()})
    spoken = stands[roots[speaker]] if speaker in roots else stands.get(speaker or 0)
    if spoken is not None and spoken.state in ACTIVE:
        return Taker(spoken, is_apart=usual is None or spoken.id != usual.id)
    if usual is not None and usual.state in ACTIVE:
        return Taker(usual, is_apart=False)
    other = best(split_off)
    if other is not None and (usual is None or other.state in ACTIVE):
        return Taker(other, is_apart=usual is None or other.id != usual.id)
    return None if usual is None else Taker(usual, is_apart=False)


def is_apart(reader: Reader, case_id: int) -> bool:
    """Whether a case is answered in the conversation of the one it was split off from."""
    return bool(_apart(reader, [case_id]))


def messages(reader: Reader, case_id: int) -> list[MessageView]:
    """What is said in a case and in all that were merged into it, oldest first.

    Without what was split off from it. Only what customers wrote and were told.
    """
    family = families.member_ids(reader, case_id)
    threads = families.conversation_ids(reader, family)
    if not threads:
        return []
    said = conversations.said_in(reader, threads)
    given = _given(reader, [one.id for one in said])
    own = _own(reader, family)
    return [
        one
        for one in said
        if (given[one.id] in family if one.id in given else one.conversation_id in own)
    ]


def suggestions(reader: Reader, case: CaseView) -> list[Suggestion]:
    """Open cases that are probably this one again, the likeliest first. At most three."""
    if case.state not in ACTIVE:
        return []
    ids = _NEAR.all(
        reader,
        case_id=case.id,
        customer_id=case.customer_id,
        order_id=case.order_id,
        conversation_id=case.conversation_id,
    )
    apart = _looked_at(reader, case.id)
    others = queries.by_ids(reader, [one for one in ids if one not in apart])
    if not others:
        return []
    facts = _facts(reader, [case, *others])
    found = [
        Suggestion(one, scored)
        for one in others
        if (scored := score(facts[case.id], facts[one.id])).is_enough
    ]
    return sorted(found, key=lambda one: (-one.score.points, -one.case.id))[:_OFFERED]


def order_ids(reader: Reader, case_id: int) -> list[int]:
    """Every order a case is about, the main one first."""
    main = reader.execute(select(Case.order_id).where(Case.id == case_id)).scalar()
    further = reader.execute(
        select(CaseOrder.order_id).where(CaseOrder.case_id == case_id).order_by(CaseOrder.order_id)
    ).scalars()
    return list(dict.fromkeys([*([main] if main else []), *further]))


def merges_into(reader: Reader, case_id: int) -> list[MergeView]:
    """What was taken into a case and is part of it still, the latest first."""
    return _MERGES.all(reader, case_id=case_id)


def splits_of(reader: Reader, case_id: int) -> list[SplitView]:
    """What was split off from a case and stands for itself, the latest first."""
    return _SPLITS.all(reader, case_id=case_id)


def came_from(reader: Reader, new_case_id: int) -> str:
    """The number of the case that this one was split off from; empty where it was not."""
    return _CAME_FROM.first(reader, case_id=new_case_id) or ""


# Inside


_MERGES: Final = Hot(
    select(
        CaseMerge.id,
        CaseMerge.winner_id,
        CaseMerge.loser_id,
        Case.number,
        CaseMerge.by,
        CaseMerge.at,
        CaseMerge.undone_at,
    )
    .join(Case, Case.id == CaseMerge.loser_id)
    .where(CaseMerge.winner_id == bindparam("case_id"), CaseMerge.undone_at.is_(None))
    .order_by(CaseMerge.id.desc()),
    MergeView,
)
_SPLITS: Final = Hot(
    select(
        CaseSplit.id,
        CaseSplit.case_id,
        CaseSplit.new_case_id,
        Case.number,
        CaseSplit.by,
        CaseSplit.at,
        CaseSplit.undone_at,
    )
    .join(Case, Case.id == CaseSplit.new_case_id)
    .where(CaseSplit.case_id == bindparam("case_id"), CaseSplit.undone_at.is_(None))
    .order_by(CaseSplit.id.desc()),
    SplitView,
)
#: Nothing is equal to what a case does not have: NULL finds none.
_NEAR: Final[Hot[int]] = Hot(
    select(Case.id)
    .where(
        or_(
            Case.customer_id == bindparam("customer_id"),
            Case.order_id == bindparam("order_id"),
            Case.conversation_id == bindparam("conversation_id"),
        ),
        Case.id != bindparam("case_id"),
        one_of(Case.state, ACTIVE),
    )
    .order_by(Case.id.desc())
    .limit(_CANDIDATES),
    value,
)
_NOT_SAME: Final = named(
    select(NotSame.one_id, NotSame.other_id).where(
        or_(NotSame.one_id == bindparam("case_id"), NotSame.other_id == bindparam("case_id"))
    )
)
_CAME_FROM: Final[Hot[str]] = Hot(
    select(Case.number)
    .join(CaseSplit, CaseSplit.case_id == Case.id)
    .where(CaseSplit.new_case_id == bindparam("case_id")),
    value,
)


def _apart(reader: Reader, ids: Collection[int]) -> set[int]:
    """Those of some cases that are answered in the conversation of the one they came from."""
    query = (
        select(CaseSplit.new_case_id)
        .join(Case, Case.id == CaseSplit.new_case_id)
        .where(Case.id.in_(ids), Case.conversation_id == CaseSplit.conversation_id)
    )
    return set(reader.execute(query).scalars())


def _own(reader: Reader, family: Collection[int]) -> set[int]:
    """The conversations that belong to these cases themselves."""
    apart = _apart(reader, family)
    return set(families.conversation_ids(reader, [one for one in family if one not in apart]))


def _given(reader: Reader, message_ids: Collection[int]) -> dict[int, int]:
    rows = reader.execute(
        select(CaseMessage.message_id, CaseMessage.case_id).where(
            CaseMessage.message_id.in_(message_ids)
        )
    )
    return {row.message_id: row.case_id for row in rows}


def _active(reader: Reader, ids: Collection[int]) -> set[int]:
    query = select(Case.id).where(Case.id.in_(set(ids)), Case.state.in_(ACTIVE))
    return set(reader.execute(query).scalars())


def _spoke_last(reader: Reader, ids: Collection[int]) -> int | None:
    """The case in which a colleague answered last."""
    return reader.execute(
        select(CaseEntry.case_id)
        .where(CaseEntry.case_id.in_(ids), CaseEntry.kind == EntryKind.REPLIED)
        .order_by(CaseEntry.id.desc())
        .limit(1)
    ).scalar()


def _looked_at(reader: Reader, case_id: int) -> set[int]:
    """Cases that somebody found to be other matters than this one."""
    rows = _NOT_SAME.all(reader, case_id=case_id)
    return {row.other_id if row.one_id == case_id else row.one_id for row in rows}


def _facts(reader: Reader, cases: Sequence[CaseView]) -> dict[int, Facts]:
    ids = [one.id for one in cases]
    further: dict[int, set[int]] = {one: set() for one in ids}
    for row in reader.execute(
        select(CaseOrder.case_id, CaseOrder.order_id).where(CaseOrder.case_id.in_(ids))
    ):
        further[row.case_id].add(row.order_id)
    words = conversations.last_words(
        reader, {one.conversation_id for one in cases if one.conversation_id}
    )
    groups = {code: str(one.group) for code, one in queries.reasons(reader).items()}
    return {
        one.id: Facts(
            customer_id=one.customer_id,
            order_ids=frozenset(further[one.id] | ({one.order_id} if one.order_id else set())),
            conversation_id=one.conversation_id,
            reason=one.reason,
            group=groups.get(one.reason, ""),
            opened_at=one.opened_at,
            words=words.get(one.conversation_id or 0, ""),
        )
        for one in cases
    }
