"""Idempotency keys: a repeated request gets the first one's answer and changes nothing."""

import hashlib
from dataclasses import dataclass
from datetime import datetime
from typing import Any, ClassVar, Final, NamedTuple

from sqlalchemy import String, bindparam, func, insert, literal_column, select
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from oms_service.infra.db import PLAIN, Model
from oms_service.infra.hot import Hot, value
from oms_service.infra.uow import UnitOfWork
from oms_service.kernel.errors import DomainError


class KeyReused(DomainError):
    """The same key came with another request."""

    code = "idempotency-key-reused"
    http_status: ClassVar[int] = 422


class KeyInUse(DomainError):
    """The first request with this key is still at work."""

    code = "idempotency-key-in-use"
    http_status: ClassVar[int] = 409


class IdempotencyKey(Model):
    """The answer kept for one key of one caller and route."""

    __tablename__ = "idempotency_keys"

    scope: Mapped[str] = mapped_column(String(160), primary_key=True, info=PLAIN)
    key: Mapped[str] = mapped_column(String(128), primary_key=True, info=PLAIN)
    body_digest: Mapped[str] = mapped_column(String(64), info=PLAIN)
    status: Mapped[int]
    answer: Mapped[Any] = mapped_column(JSONB, info=PLAIN)
    created_at: Mapped[datetime]


@dataclass(frozen=True)
class Answer:
    status: int
    body: Any


class _Kept(NamedTuple):
    body_digest: str
    status: int
    answer: Any


_HOLD: Final = Hot(
    select(
        func.pg_try_advisory_xact_lock(
            func.hashtextextended(bindparam("name", type_=String), literal_column("0"))
        )
    ),
    value,
)
_KEPT: Final = Hot(
    select(IdempotencyKey.body_digest, IdempotencyKey.status, IdempotencyKey.answer).where(
        IdempotencyKey.scope == bindparam("scope"), IdempotencyKey.key == bindparam("key")
    ),
    _Kept,
)
_KEEP: Final = Hot(
    insert(IdempotencyKey),
    tuple,
    columns=("scope", "key", "body_digest", "status", "answer", "created_at"),
)


def recall(uow: UnitOfWork, *, scope: str, key: str, body: bytes) -> Answer | None:
    """The answer already given for this key, or None: then do the work and ``remember`` it.

    Holds the key until this transaction ends, so that two requests never work at once.

    Raises:
        KeyInUse: another transaction holds the key.
        KeyReused: the key belongs to another body.
    """
    if not _HOLD.one(uow.session, name=f"{scope}\n{key}"):
        raise KeyInUse("the first request with this key is still being worked on")
    kept = _KEPT.first(uow.session, scope=scope, key=key)
    if kept is None:
        return None
    if kept.body_digest != _digest(body):
        raise KeyReused("this key was used with another request")
    return Answer(kept.status, kept.answer)


def remember(uow: UnitOfWork, *, scope: str, key: str, body: bytes, answer: Answer) -> None:
    """Keep the answer, in the transaction of the work it answers for."""
    _KEEP.run(
        uow.session,
        scope=scope,
        key=key,
        body_digest=_digest(body),
        status=answer.status,
        answer=answer.body,
        created_at=uow.now,
    )


def _digest(body: bytes) -> str:
    return hashlib.sha256(body).hexdigest()
