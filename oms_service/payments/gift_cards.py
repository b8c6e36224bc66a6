"""Gift cards and store credit: codes that carry value, claimed into balances; value that ends."""

import hashlib
import hmac
from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar, Final

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from oms_service.infra import locks
from oms_service.infra.idempotency import KeyReused
from oms_service.infra.uow import UnitOfWork
from oms_service.kernel.errors import DomainError, Invalid, NotFound
from oms_service.kernel.ids import READABLE, digest
from oms_service.kernel.money import EXPONENTS, Money
from oms_service.payments import service
from oms_service.payments.attempts import LONGEST_KEY
from oms_service.payments.events import GiftCardClaimed, GiftCardIssued
from oms_service.payments.models import GiftCard, PaymentMethod
from oms_service.payments.states import GIFT_CARD, GiftCardAction, GiftCardState, MethodKind

#: Letters and digits of a code, the last of which is a check.
CODE_LENGTH: Final = 16
#: The highest value of one card, in minor units.
MOST_MINOR: Final = 10**9
BATCH: Final = 200


class NoSuchCard(DomainError):
    """No card of that code that could be claimed: wrong, used and ended look the same."""

    code: ClassVar[str] = "no-such-gift-card"
    http_status: ClassVar[int] = 404


@dataclass(frozen=True, kw_only=True)
class NewCard:
    """A card to be issued; ``cause`` is a code such as ``sale``, ``goodwill``, ``refund``."""

    amount: Money
    cause: str
    key: str
    order_id: int | None = None
    expires_at: datetime | None = None


@dataclass(frozen=True)
class CardView:
    id: int
    last_four: str
    amount: Money
    cause: str
    order_id: int | None
    method_id: int | None
    state: GiftCardState
    expires_at: datetime | None
    issued_by: str
    issued_at: datetime


@dataclass(frozen=True)
class Issued:
    """A card and its code, which is shown once and kept nowhere."""

    card: CardView
    code: str


def issue(uow: UnitOfWork, new: NewCard, *, secret: str) -> Issued:
    """Make a card. The same key again gets the same card and the same code.

    Args:
        uow: the transaction.
        new: what it shall hold.
        secret: the house's own; the code follows from it and the key.

    Raises:
        Invalid: not an amount, not a key, or an end in the past.
        KeyReused: the key made a card of another amount.
    """
    _check(uow, new)
    code = _code_from(secret, new.key)
    locks.a_name(uow.session, f"gift card {new.key}")
    known = uow.session.scalar(select(GiftCard).where(GiftCard.key == new.key))
    if known is not None:
        if (known.amount_minor, known.currency) != (new.amount.minor, new.amount.currency):
            raise KeyReused("this key made a card of another amount")
        return Issued(_view(known), code)
    row = GiftCard(
        code_digest=digest(code),
        last_four=code[-4:],
        amount_minor=new.amount.minor,
        currency=new.amount.currency,
        cause=new.cause,
        order_id=new.order_id,
        state=GiftCardState.ISSUED,
        expires_at=new.expires_at,
        issued_by=uow.actor.ref,
        issued_at=uow.now,
        key=new.key,
    )
    uow.session.add(row)
    uow.session.flush()
    uow.emit(
        GiftCardIssued(gift_card_id=row.id, amount_minor=row.amount_minor, currency=row.currency)
    )
    return Issued(_view(row), code)


def claim(uow: UnitOfWork, typed: str, *, customer_id: int) -> CardView:
    """Let a customer have what a card holds; claimed again by the same one, nothing changes.

    Limits against guessing are for the caller to keep.

    Raises:
        NoSuchCard: nothing of that code can be claimed by this customer.
    """
    code = read_code(typed)
    found = uow.session.scalar(
        select(GiftCard).where(GiftCard.code_digest == digest(code)).with_for_update()
    )
    if found is None or _is_over(found, uow.now):
        raise NoSuchCard("no card of that code can be used")
    if found.state is GiftCardState.CLAIMED:
        owner = uow.session.scalar(
            select(PaymentMethod.customer_id).where(PaymentMethod.id == found.method_id)
        )
        if owner != customer_id:
            raise NoSuchCard("no card of that code can be used")
        return _view(found)
    method_id = service.add_method(
        uow,
        customer_id=customer_id,
        kind=MethodKind.GIFT_CARD,
        token=f"gift-card:{found.id}",
        currency=found.currency,
        last_four=found.last_four,
    )
    uow.session.execute(
        update(PaymentMethod)
        .where(PaymentMethod.id == method_id)
        .values(expires_at=found.expires_at)
        .execution_options(synchronize_session="fetch")
    )
    service.change_balance(
        uow,
        method_id,
        Money(found.amount_minor, found.currency),
        cause=f"gift_card:{found.id}",
        key=f"gift_card:{found.id}",
    )
    found.state = GIFT_CARD.after(found.state, GiftCardAction.CLAIM)
    found.method_id, found.settled_at = method_id, uow.now
    uow.session.flush()
    uow.emit(GiftCardClaimed(gift_card_id=found.id, customer_id=customer_id, method_id=method_id))
    return _view(found)


def look(session: Session, typed: str, *, now: datetime) -> CardView:
    """What a card that nobody has claimed holds.

    Raises:
        NoSuchCard: nothing of that code can be claimed.
    """
    row = session.scalar(select(GiftCard).where(GiftCard.code_digest == digest(read_code(typed))))
    if row is None or row.state is not GiftCardState.ISSUED or _is_over(row, now):
        raise NoSuchCard("no card of that code can be used")
    return _view(row)


def one(session: Session, card_id: int) -> CardView:
    """A card by its id, without its code.

    Raises:
        NotFound: there is none.
    """
    row = session.get(GiftCard, card_id)
    if row is None:
        raise NotFound(f"no gift card {card_id}")
    return _view(row)


def newest(session: Session, *, limit: int = 50) -> tuple[CardView, ...]:
    """The cards that were issued last."""
    rows = session.scalars(select(GiftCard).order_by(GiftCard.id.desc()).limit(limit))
    return tuple(_view(row) for row in rows)


def store_credit(uow: UnitOfWork, *, customer_id: int, currency: str) -> int:
    """The customer's balance with the shop in that currency, opened where there is none."""
    return service.add_method(
        uow,
        customer_id=customer_id,
        kind=MethodKind.STORE_CREDIT,
        token=f"store-credit:{currency}",
        currency=currency,
    )


def expire(uow: UnitOfWork) -> int:
    """The sweep: cards and balances whose time is over hold nothing any more."""
    cards = uow.session.scalars(
        select(GiftCard)
        .where(GiftCard.state == GiftCardState.ISSUED, GiftCard.expires_at <= uow.now)
        .order_by(GiftCard.expires_at, GiftCard.id)
        .limit(BATCH)
        .with_for_update(skip_locked=True)
    ).all()
    for card in cards:
        card.state = GIFT_CARD.after(card.state, GiftCardAction.EXPIRE)
        card.settled_at = uow.now
    ways = uow.session.scalars(
        select(PaymentMethod)
        .where(PaymentMethod.expires_at <= uow.now, PaymentMethod.is_active)
        .order_by(PaymentMethod.id)
        .limit(BATCH)
        .with_for_update(skip_locked=True)
    ).all()
    for way in ways:
        way.is_active = False
        if way.balance_minor and way.currency:
            service.change_balance(
                uow,
                way.id,
                Money(-way.balance_minor, way.currency),
                cause="expired",
                key=f"expired:{way.id}:{uow.now.isoformat()}",
            )
    return len(cards) + len(ways)


def read_code(typed: str) -> str:
    """A code as it is kept, from what somebody typed.

    Raises:
        NoSuchCard: it cannot be one: a wrong letter is noticed before anything is looked up.
    """
    code = "".join(typed.upper().replace("-", " ").split())
    known = len(code) == CODE_LENGTH and set(code) <= set(READABLE)
    if not (known and _check_letter(code[:-1]) == code[-1]):
        raise NoSuchCard("no card of that code can be used")
    return code


def shown(code: str) -> str:
    """A code in groups of four, for people."""
    return "-".join(code[place : place + 4] for place in range(0, len(code), 4))


def _check(uow: UnitOfWork, new: NewCard) -> None:
    wrong = {}
    if not 0 < new.amount.minor <= MOST_MINOR or new.amount.currency not in EXPONENTS:
        wrong["amount"] = f"must be from 1 to {MOST_MINOR}"
    if not 1 <= len(new.key) <= LONGEST_KEY:
        wrong["key"] = f"must have 1 to {LONGEST_KEY} characters"
    if new.expires_at is not None and new.expires_at <= uow.now:
        wrong["expires_at"] = "is in the past"
    if wrong:
        raise Invalid("this card cannot be issued", wrong)


def _is_over(row: GiftCard, now: datetime) -> bool:
    return row.state is GiftCardState.EXPIRED or (
        row.state is GiftCardState.ISSUED and row.expires_at is not None and row.expires_at <= now
    )


def _code_from(secret: str, key: str) -> str:
    """Fifteen letters that nobody without the secret can tell, and a check letter: 74 bits."""
    number = int.from_bytes(
        hmac.digest(secret.encode(), f"gift-card:{key}".encode(), hashlib.sha256)
    )
    letters = []
    for _ in range(CODE_LENGTH - 1):
        number, place = divmod(number, len(READABLE))
        letters.append(READABLE[place])
    body = "".join(letters)
    return body + _check_letter(body)


def _check_letter(body: str) -> str:
    """A weighted sum modulo 31, a prime: notices every wrong letter and every swapped pair."""
    total = sum(weight * READABLE.index(letter) for weight, letter in enumerate(body, start=1))
    return READABLE[total % len(READABLE)]


def _view(row: GiftCard) -> CardView:
    return CardView(
        row.id,
        row.last_four,
        Money(row.amount_minor, row.currency),
        row.cause,
        row.order_id,
        row.method_id,
        row.state,
        row.expires_at,
        row.issued_by,
        row.issued_at,
    )
