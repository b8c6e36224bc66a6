"""Keeping talks: a row for each message and what it adds to its talk, in one transaction with it.

Whoever calls holds the conversation, so that turns of one talk come one after the other.
"""

from collections.abc import Collection
from datetime import datetime, timedelta
from typing import Final, NamedTuple

from sqlalchemy import Boolean, bindparam, delete, func, or_, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from bots.talks.models import Talk, TalkTurn, TalkWish
from bots.talks.noting import Noted
from bots.talks.states import TurnOutcome, Why
from cases.events import CaseAppended, CaseOpened
from oms_service.conversations.events import ConversationHandedOver
from oms_service.conversations.views import ConversationView, MessageView
from oms_service.infra.hot import Hot, value
from oms_service.infra.uow import UnitOfWork

#: So long a silence ends a talk; what comes after it is another one.
APART: Final = timedelta(hours=12)
_MOST_NAMED: Final = 12


class _Last(NamedTuple):
    talk_id: int
    at: datetime


_LAST_TALK: Final = Hot(
    select(Talk.id, Talk.last_at)
    .where(Talk.conversation_id == bindparam("conversation_id"))
    .order_by(Talk.id.desc())
    .limit(1),
    _Last,
)
_BEGIN: Final = Hot(
    insert(Talk).returning(Talk.id),
    value,
    columns=(
        "conversation_id",
        "channel",
        "language",
        "began_at",
        "last_at",
        "first_seq",
        "turns",
        "is_answered",
        "is_open",
    ),
)
_GO_ON: Final = Hot(
    update(Talk)
    .where(Talk.id == bindparam("talk_id"))
    .values(
        last_at=bindparam("now"),
        turns=Talk.turns + 1,
        language=bindparam("language"),
        is_answered=or_(Talk.is_answered, bindparam("is_answered", type_=Boolean())),
        is_open=func.coalesce(bindparam("is_open", type_=Boolean()), Talk.is_open),
        why=func.coalesce(Talk.why, bindparam("why", type_=Talk.why.type)),
    ),
    tuple,
)
_COUNTED: Final = ("turns", "missed", "clarified", "shown", "confirmed", "dropped")
_new_wish = insert(TalkWish)
_ADD: Final = Hot(
    _new_wish.on_conflict_do_update(
        index_elements=["talk_id", "wish"],
        set_={
            **{name: getattr(TalkWish, name) + _new_wish.excluded[name] for name in _COUNTED},
            "is_answered": or_(TalkWish.is_answered, _new_wish.excluded.is_answered),
            "is_handed_over": or_(TalkWish.is_handed_over, _new_wish.excluded.is_handed_over),
        },
    ).returning(TalkWish.is_answered),
    value,
    columns=("talk_id", "wish", *_COUNTED, "is_answered", "is_handed_over"),
)
_WRITE: Final = Hot(
    insert(TalkTurn),
    tuple,
    columns=tuple(column.key for column in TalkTurn.__table__.columns),
)


def keep(
    uow: UnitOfWork, conversation: ConversationView, message: MessageView, noted: Noted
) -> None:
    """Write down what became of a message; once, in the transaction that answers it."""
    why = _why(uow, conversation.id, noted)
    talk_id = _talk(uow, conversation, message)
    answered = _count(uow, talk_id, noted, is_handed_over=why is not None)
    _GO_ON.run(
        uow.session,
        talk_id=talk_id,
        now=uow.now,
        language=noted.turns[-1].state.language if noted.turns else conversation.language,
        is_answered=bool(answered),
        is_open=noted.is_open(answered),
        why=why,
    )
    heard = noted.heard
    intent = heard.intent if heard is not None else None
    is_likely = intent is not None and heard is not None and heard.pressed is None
    _WRITE.run(
        uow.session,
        message_id=message.id,
        talk_id=talk_id,
        at=uow.now,
        wish=noted.wish,
        intent=str(intent) if intent else None,
        likely=min(1.0, max(0.0, heard.confidence)) if is_likely and heard else None,
        act=str(heard.act) if heard is not None and heard.act else None,
        ranked=[[str(one), round(p, 4)] for one, p in (heard.ranked if heard else ())],
        slots=noted.slots,
        calls=[list(one) for one in noted.calls[:_MOST_NAMED]],
        says=noted.says[:_MOST_NAMED],
        marks=[mark[:60] for mark in noted.marks[:_MOST_NAMED]],
        outcome=noted.outcome if why is None else TurnOutcome.HANDED_OVER,
        why=why,
    )


def step_in(uow: UnitOfWork, conversation_id: int) -> None:
    """A colleague wrote there: the last talk is no longer the bot's alone."""
    last = (
        select(func.max(Talk.id)).where(Talk.conversation_id == conversation_id).scalar_subquery()
    )
    uow.session.execute(
        update(Talk)
        .where(Talk.id == last, Talk.why.is_(None))
        .values(why=Why.STEPPED_IN)
        .execution_options(synchronize_session=False)
    )


def old_turns(session: Session, before: datetime) -> int:
    """How many turns are older than that."""
    return session.scalar(select(func.count()).where(TalkTurn.at < before)) or 0


def forget_turns(uow: UnitOfWork, before: datetime, limit: int) -> int:
    """Let old turns go; what they added to talks and wishes stays."""
    ids = uow.session.scalars(
        select(TalkTurn.message_id)
        .where(TalkTurn.at < before)
        .order_by(TalkTurn.message_id)
        .limit(limit)
        .with_for_update(skip_locked=True)
    ).all()
    uow.session.execute(
        delete(TalkTurn)
        .where(TalkTurn.message_id.in_(ids))
        .execution_options(synchronize_session=False)
    )
    return len(ids)


# Inside


def _talk(uow: UnitOfWork, conversation: ConversationView, message: MessageView) -> int:
    """The talk that goes on, or a new one."""
    last = _LAST_TALK.first(uow.session, conversation_id=conversation.id)
    if last is not None and uow.now - last.at < APART:
        return last.talk_id
    begun: int = _BEGIN.one(
        uow.session,
        conversation_id=conversation.id,
        channel=conversation.channel,
        language=conversation.language,
        began_at=uow.now,
        last_at=uow.now,
        first_seq=message.seq,
        turns=0,
        is_answered=False,
        is_open=True,
    )
    return begun


def _count(uow: UnitOfWork, talk_id: int, noted: Noted, *, is_handed_over: bool) -> Collection[str]:
    """Add a turn to its wishes; those of them that have had their answer."""
    wish, outcome, ended = noted.wish, noted.outcome, noted.ended
    nothing = dict.fromkeys(_COUNTED, 0)
    own = {
        "turns": 1,
        "missed": int(outcome is TurnOutcome.MISSED),
        "clarified": int(outcome is TurnOutcome.CLARIFIED),
        "shown": noted.shown,
        "confirmed": noted.confirmed,
        "dropped": noted.dropped,
    }
    return [
        one
        for one in sorted({wish, *ended})
        if _ADD.one(
            uow.session,
            talk_id=talk_id,
            wish=one,
            is_answered=one in ended,
            is_handed_over=is_handed_over and one == wish,
            **(own if one == wish else nothing),
        )
    ]


def _why(uow: UnitOfWork, conversation_id: int, noted: Noted) -> Why | None:
    is_handed_over = any(isinstance(one, ConversationHandedOver) for one in uow.emitted)
    is_noted = any(isinstance(one, CaseOpened | CaseAppended) for one in uow.emitted)
    before: list[str] = []
    if is_handed_over:
        last = (
            select(TalkTurn.calls)
            .join(Talk, Talk.id == TalkTurn.talk_id)
            .where(Talk.conversation_id == conversation_id)
            .order_by(TalkTurn.message_id.desc())
            .limit(1)
        )
        told = uow.session.scalar(last) or []
        before = [str(part) for call in told for part in call]
    return noted.why(is_handed_over=is_handed_over, is_noted=is_noted, before=before)
