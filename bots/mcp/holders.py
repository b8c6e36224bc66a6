"""Who holds the secret that came with a call, and what they may do with it."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from bots.mcp import tokens
from bots.mcp.tokens import TokenView
from bots.tools.shapes import Kind, Tool
from oms_service.access import queries as access
from oms_service.access.guard import KEY_START
from oms_service.access.queries import KeyView
from oms_service.infra.uow import UnitOfWork
from oms_service.kernel.actors import Actor, ActorKind, customer
from oms_service.runtime import Runtime

#: Scopes of keys; each is one of ``access.permissions``.
READS: Final = "assistants:read"
ACTS: Final = "assistants:act"
PERSONAL: Final = "customers:personal"
#: No secret is longer.
_LONGEST: Final = 100


class Of(StrEnum):
    """Whose secret it is."""

    CUSTOMER = "customer"
    OPERATOR = "operator"


@dataclass(frozen=True, kw_only=True)
class Holder:
    """Whoever calls: a customer's program, or a program of the shop's with a key."""

    of: Of
    id: int
    customer_id: int | None
    """None of an operator: each call says whom it is about."""
    may_act: bool
    is_masked: bool

    @property
    def ref(self) -> str:
        """How limits and conversations name it."""
        return f"{'token' if self.of is Of.CUSTOMER else 'key'}:{self.id}"

    @property
    def actor(self) -> Actor:
        if self.customer_id is not None:
            return customer(self.customer_id)
        return Actor(ActorKind.INTEGRATION, str(self.id))

    def may(self, tool: Tool) -> bool:
        """Whether it may use a tool: reading is what everybody may, the rest has to be given."""
        return tool.kind is Kind.READ or self.may_act


def holder_of(runtime: Runtime, secret: str) -> Holder | None:
    """Whoever has this secret; None of an unknown, ended or overdue one, or a key without scope."""
    if not secret.isascii() or len(secret) > _LONGEST:
        return None
    with runtime.database.reading() as connection:
        if secret.startswith(tokens.START):
            token = tokens.by_secret(connection, secret, now=runtime.clock.now())
            return _of_token(token) if token else None
        if secret.startswith(KEY_START):
            key = access.key_by_secret(connection, secret, now=runtime.clock.now())
            return _of_key(key) if key else None
    return None


def still(uow: UnitOfWork, holder: Holder) -> Holder | None:
    """The same holder as they are within this transaction; None when their time is over."""
    if holder.of is Of.CUSTOMER:
        token = tokens.held(uow, holder.id)
        return _of_token(token) if token else None
    key = access.key_in_use(uow.session, holder.id, now=uow.now)
    return _of_key(key) if key else None


def _of_token(token: TokenView) -> Holder:
    return Holder(
        of=Of.CUSTOMER,
        id=token.id,
        customer_id=token.customer_id,
        may_act=token.may_act,
        is_masked=False,
    )


def _of_key(key: KeyView) -> Holder | None:
    if READS not in key.scopes or key.channel_id is not None:
        return None
    return Holder(
        of=Of.OPERATOR,
        id=key.id,
        customer_id=None,
        may_act=ACTS in key.scopes,
        is_masked=PERSONAL not in key.scopes,
    )
