"""``Idempotency-Key``: a request that is sent again gets the first answer and changes nothing."""

import re
from collections.abc import Callable
from functools import wraps
from typing import Any, ClassVar, Concatenate, Final, ParamSpec

from flask import Response, json, request

from oms_service.access import guard
from oms_service.infra import idempotency
from oms_service.infra.idempotency import Answer
from oms_service.infra.uow import UnitOfWork
from oms_service.kernel.errors import DomainError
from oms_service.runtime import runtime

HEADER: Final = "Idempotency-Key"
REPLAYED: Final = "Idempotency-Replayed"
_SOUND: Final = re.compile(r"[\x21-\x7e]{1,128}")

#: How the header stands in the description of an operation.
PARAMETER: Final = {
    "name": HEADER,
    "in": "header",
    "required": True,
    "description": "Chosen by you for this change: sent again with the same body, it changes "
    "nothing and gets the first answer, for two days.",
    "schema": {"type": "string", "pattern": "^[\\x21-\\x7e]{1,128}$"},
}
REPLAYED_HEADER: Final = {
    REPLAYED: {
        "description": "true when this is the answer of an earlier request",
        "schema": {"type": "string", "enum": ["true"]},
    }
}

P = ParamSpec("P")


class KeyMissing(DomainError):
    """The operation needs an ``Idempotency-Key``."""

    code: ClassVar[str] = "idempotency-key-missing"
    http_status: ClassVar[int] = 400


def idempotent(
    view: Callable[Concatenate[UnitOfWork, P], tuple[Any, int]],
) -> Callable[P, Response]:
    """Open the unit of work for ``view``, and keep its answer in it.

    ``view`` gets the unit of work first and answers (what JSON can say, status). A refusal rolls
    back and is not kept: the same key may try again.
    """

    @wraps(view)
    def once(*args: P.args, **kwargs: P.kwargs) -> Response:
        key = key_of_request()
        actor, body = guard.actor(), request.get_data()
        scope = f"{actor.ref} {request.method} {request.path}"[:160]
        with runtime().unit_of_work(actor) as uow:
            known = idempotency.recall(uow, scope=scope, key=key, body=body)
            if known is not None:
                return _answer(known, {REPLAYED: "true"})
            said, status = view(uow, *args, **kwargs)
            answer = Answer(status, said)
            idempotency.remember(uow, scope=scope, key=key, body=body, answer=answer)
        return _answer(answer, {})

    return once


def key_of_request() -> str:
    """The key that came with this request.

    Raises:
        KeyMissing: none came, or one with odd characters.
    """
    key = request.headers.get(HEADER, "")
    if not _SOUND.fullmatch(key):
        raise KeyMissing("send Idempotency-Key: 1 to 128 visible characters")
    return key


def _answer(answer: Answer, headers: dict[str, str]) -> Response:
    said = json.dumps(answer.body)
    return Response(said, answer.status, headers, mimetype="application/json")
