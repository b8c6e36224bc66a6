"""A customer's telephone number: asked for, proven by a code, ended by whoever it belongs to.

Whoever changes something here holds the customer first and the thread with the number second.
"""

import hashlib
import hmac
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import Connection, bindparam, delete, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from notifications import preferences
from notifications.rules import Kind, purpose
from notifications.sms import words
from notifications.sms.models import SmsCode, SmsNumber
from oms_service.conversations import service as talking
from oms_service.conversations import texting
from oms_service.conversations.channels import SMS
from oms_service.conversations.states import AuthorKind
from oms_service.customers import consents
from oms_service.customers import queries as customers
from oms_service.customers import service as people
from oms_service.infra.hot import Hot
from oms_service.infra.limits import Limits
from oms_service.infra.uow import UnitOfWork
from oms_service.kernel import ids
from oms_service.kernel.errors import NotFound
from oms_service.kernel.languages import Language

Reader = Connection | Session

DIGITS: Final = 6
LIFETIME: Final = timedelta(minutes=10)
TRIES: Final = 5
#: Asked for again within this while, the code that is on its way is the one that counts.
PAUSE: Final = timedelta(seconds=30)
#: A code names a number: it goes within a day.
CODE_KEPT: Final = timedelta(days=1)
#: Under which purpose it is kept that somebody allowed short messages at all.
PURPOSE: Final = "sms"
#: Where a consent is kept to have ended: by a text to us, or since somebody else has the number.
BY_TEXT: Final = "sms_reply"
GONE_ON: Final = "sms_number_of_another"

_ASK_PER_NUMBER: Final = "3/hour"
_ASK_PER_NUMBER_AND_DAY: Final = "6/day"
_ASK_PER_CUSTOMER: Final = "5/hour"
_ASK_PER_ADDRESS: Final = "20/hour"
_TRY_PER_CUSTOMER: Final = "20/hour"
_TRY_PER_ADDRESS: Final = "40/hour"


@dataclass(frozen=True)
class NumberView:
    """A proven number, in E.164."""

    number: str
    proven_at: datetime


def may_ask(limits: Limits, *, number: str, customer_id: int, address: str) -> None:
    """Count a wish for a code, before the transaction.

    Raises:
        TooMany: this address, this customer or this number, whoever asks, has had enough.
    """
    limits.take("sms-ask-address", address, _ASK_PER_ADDRESS)
    limits.take("sms-ask-customer", str(customer_id), _ASK_PER_CUSTOMER)
    limits.take("sms-ask-number", number, _ASK_PER_NUMBER)
    limits.take("sms-ask-number-day", number, _ASK_PER_NUMBER_AND_DAY)


def may_try(limits: Limits, *, customer_id: int, address: str) -> None:
    """Count a try at a code; the tries at one code are counted with the code itself.

    Raises:
        TooMany: this address or this customer has tried too often.
    """
    limits.take("sms-try-address", address, _TRY_PER_ADDRESS)
    limits.take("sms-try-customer", str(customer_id), _TRY_PER_CUSTOMER)


def ask(uow: UnitOfWork, customer_id: int, number: str, *, language: Language, shop: str) -> bool:
    """Send a code to a number that a customer says is theirs; the newest code alone counts.

    Args:
        uow: the transaction.
        customer_id: who says so.
        number: in E.164; whose else it may be is not said.
        language: of the message.
        shop: who sends it.

    Returns:
        False where one has been on its way for less than ``PAUSE``, and none was sent.

    Raises:
        NotFound: no such customer, or erased.
    """
    person = people.held(uow, customer_id)
    before = _newest(uow.session, person.id)
    if (
        before is not None
        and before.number == number
        and before.used_at is None
        and before.created_at > uow.now - PAUSE
    ):
        return False
    code = ids.numeric_code(DIGITS)
    row = SmsCode(
        customer_id=person.id,
        number=number,
        digest=_digest(number, uow.now, code),
        created_at=uow.now,
        expires_at=uow.now + LIFETIME,
        attempts=0,
    )
    uow.session.add(row)
    uow.session.flush()
    thread = talking.open_or_resume(uow, channel=SMS, key=number, language=language)
    talking.set_language(uow, thread.id, language)
    minutes = int(LIFETIME.total_seconds() // 60)
    talking.say(
        uow,
        thread.id,
        author_kind=AuthorKind.NOTICE,
        text=words.CODE[language].format(shop=shop, code=code, minutes=minutes),
        key=f"sms-code:{row.id}",
        is_secret=True,
    )
    return True


def asked(reader: Reader, customer_id: int, now: datetime) -> str | None:
    """The number whose code may still be entered; None where there is none."""
    row = reader.execute(
        select(SmsCode.number, SmsCode.used_at, SmsCode.attempts, SmsCode.expires_at)
        .where(SmsCode.customer_id == customer_id)
        .order_by(SmsCode.id.desc())
        .limit(1)
    ).one_or_none()
    is_open = row is not None and row.used_at is None and row.attempts < TRIES
    return row.number if row is not None and is_open and row.expires_at > now else None


def prove(uow: UnitOfWork, customer_id: int, code: str, *, source: str) -> NumberView | None:
    """Take a number as proven by the newest code; None for any other, which costs one try.

    The right code sent twice is right twice and changes nothing the second time. Whoever else had
    proven the number has it no longer: it is in the hand of who read the code. A wrong try counts
    only if the transaction commits: never raise because of a None.

    Args:
        uow: the transaction.
        customer_id: who enters it.
        code: six ASCII digits.
        source: where they allow short messages by it, such as ``portal``.

    Raises:
        NotFound: no such customer, or erased.
    """
    person = people.held(uow, customer_id)
    row = _newest(uow.session, person.id)
    if row is None or row.expires_at <= uow.now or row.attempts >= TRIES + bool(row.used_at):
        return None
    is_right = hmac.compare_digest(_digest(row.number, row.created_at, code), row.digest)
    if row.used_at is not None:
        held = of(uow.session, person.id)
        return held if is_right and held is not None and held.number == row.number else None
    row.attempts += 1
    if not is_right:
        uow.session.flush()
        return None
    row.used_at = uow.now
    uow.session.flush()
    _give(uow, person.id, row.number)
    consents.say(uow, person.id, {(PURPOSE, SMS): True}, source=source)
    return of(uow.session, person.id)


def end(uow: UnitOfWork, customer_id: int, *, source: str) -> bool:
    """Send a customer no short messages any more; whether there was a number.

    Raises:
        NotFound: no such customer, or erased.
    """
    person = people.held(uow, customer_id)
    theirs = SmsNumber.customer_id == person.id
    ended = uow.session.scalar(delete(SmsNumber).where(theirs).returning(SmsNumber.id))
    if ended is None:
        return False
    _withdraw(uow, person.id, source)
    return True


def hold(uow: UnitOfWork, number: str) -> int | None:
    """Whose number it is, locked; None for nobody's."""
    found = whose(uow.session, number)
    try:
        return None if found is None else people.held(uow, found).id
    except NotFound:
        return None


def stop(uow: UnitOfWork, number: str, *, source: str) -> bool:
    """Send nothing to a number any more, as whoever has it in hand says; whether it was proven.

    The caller holds its customer. What another number of theirs is allowed stays.
    """
    mine = SmsNumber.number == number
    owner = uow.session.scalar(delete(SmsNumber).where(mine).returning(SmsNumber.customer_id))
    if owner is None:
        return False
    kept = customers.find(uow.session, owner)
    if kept is not None and of(uow.session, kept.id) is None:
        _withdraw(uow, kept.id, source)
    return True


def of(reader: Reader, customer_id: int) -> NumberView | None:
    """The number that a customer has proven."""
    return _OF.first(reader, customer_id=customer_id)


_OF: Final = Hot(
    select(SmsNumber.number, SmsNumber.proven_at).where(
        SmsNumber.customer_id == bindparam("customer_id")
    ),
    NumberView,
)


def whose(reader: Reader, number: str) -> int | None:
    """The id of the customer who has proven a number, as the record that stands for them now."""
    found = reader.execute(
        select(SmsNumber.customer_id).where(SmsNumber.number == number)
    ).scalar_one_or_none()
    return None if found is None else customers.root(reader, found)


def forget_old_codes(uow: UnitOfWork) -> int:
    """Delete codes past their time; answer how many."""
    old = SmsCode.expires_at < uow.now - CODE_KEPT
    return len(uow.session.scalars(delete(SmsCode).where(old).returning(SmsCode.id)).all())


def shown(number: str) -> str:
    """A number for a page: the end of it, by which its owner knows it."""
    return f"•••{number[-4:]}"


# Inside


def _newest(session: Session, customer_id: int) -> SmsCode | None:
    """The code that counts; who asks holds its customer, so nobody else tries it meanwhile."""
    return session.scalars(
        select(SmsCode)
        .where(SmsCode.customer_id == customer_id)
        .order_by(SmsCode.id.desc())
        .limit(1)
        .execution_options(populate_existing=True)
    ).one_or_none()


def _give(uow: UnitOfWork, customer_id: int, number: str) -> None:
    """Let a number be a customer's alone, with a thread in which nobody else has spoken."""
    session = uow.session
    # The thread is held first: of two who prove one number at once the second finds the first.
    thread = talking.open_or_resume(uow, channel=SMS, key=number, language=Language.ENGLISH)
    others = session.scalars(
        delete(SmsNumber)
        .where(SmsNumber.number == number, SmsNumber.customer_id != customer_id)
        .returning(SmsNumber.customer_id)
    ).all()
    for other in others:
        kept = customers.find(session, other)
        if kept is not None and kept.id != customer_id and of(session, kept.id) is None:
            _withdraw(uow, kept.id, GONE_ON)
    row = insert(SmsNumber).values(customer_id=customer_id, number=number, proven_at=uow.now)
    session.execute(
        row.on_conflict_do_update(
            index_elements=["customer_id"],
            set_={"number": row.excluded.number, "proven_at": row.excluded.proven_at},
        )
    )
    if thread.customer_id not in {None, customer_id}:
        talking.leave(uow, thread.id)
        talking.belongs(uow, channel=SMS, key=number, customer_id=customer_id)
    else:
        talking.identify(uow, thread.id, customer_id)
    texting.reached(uow, number)


def _withdraw(uow: UnitOfWork, customer_id: int, source: str) -> None:
    """Keep that nothing is allowed by short message any more, of no kind."""
    said = preferences.of(uow.session, customer_id).said
    kinds = [(purpose(kind), SMS) for kind in Kind if said.get((purpose(kind), SMS))]
    no = dict.fromkeys([(PURPOSE, SMS), *kinds], False)
    consents.say(uow, customer_id, no, source=source)


def _digest(number: str, made_at: datetime, code: str) -> str:
    """Slow on purpose: a million codes are soon tried by whoever holds a copy of the table."""
    salt = f"{number}|{made_at.isoformat()}".encode()
    return hashlib.scrypt(code.encode(), salt=salt, n=2**14, r=8, p=1, dklen=32).hex()
