"""Keys of machines: shown once, kept as a digest, limited by scopes, revocable."""

from collections.abc import Iterable
from datetime import timedelta
from typing import Final

from sqlalchemy import update

from oms_service.access import permissions
from oms_service.access.events import ApiKeyCreated, ApiKeyRevoked
from oms_service.access.guard import KEY_START
from oms_service.access.models import ApiKey
from oms_service.access.queries import KeyView
from oms_service.infra.uow import UnitOfWork
from oms_service.kernel import ids
from oms_service.kernel.errors import Invalid, NotFound

LABEL_LENGTH = 120
#: More days than a key that ends may be good for.
MOST_DAYS: Final = 3_650
#: What a key of one sales channel may be given: nothing else knows channels.
OF_A_CHANNEL: Final = frozenset(
    {
        "catalog:read",
        "customers:personal",
        "customers:write",
        "orders:cancel",
        "orders:change",
        "orders:hold",
        "orders:place",
        "orders:read",
    }
)


def create(
    uow: UnitOfWork,
    *,
    label: str,
    scopes: Iterable[str],
    channel_id: int | None = None,
    days: int | None = None,
) -> tuple[KeyView, str]:
    """A new key and its secret, which cannot be read again.

    Args:
        uow: the transaction.
        label: what it is for.
        scopes: what it may do.
        channel_id: the one sales channel it reaches, where it is of one.
        days: after how many it ends by itself; None for never.

    Raises:
        Invalid: no label, no scope, a scope that such keys cannot have, or no such time.
    """
    wanted = sorted(set(scopes))
    known = {one.name for one in permissions.scopes()}
    if channel_id is not None:
        known &= OF_A_CHANNEL
    fields = {}
    if not 1 <= len(label.strip()) <= LABEL_LENGTH:
        fields["label"] = f"must have 1 to {LABEL_LENGTH} characters"
    if not wanted or not known.issuperset(wanted):
        fields["scope"] = f"must be one or more of {', '.join(sorted(known))}"
    if days is not None and not 1 <= days <= MOST_DAYS:
        fields["days"] = f"must be 1 to {MOST_DAYS}"
    if fields:
        raise Invalid("; ".join(f"{name} {what}" for name, what in fields.items()), fields)
    secret = KEY_START + ids.token()
    row = ApiKey(
        label=label.strip(),
        prefix=secret[:12],
        digest=ids.digest(secret),
        scopes=wanted,
        channel_id=channel_id,
        created_by=uow.actor.ref,
        created_at=uow.now,
        expires_at=None if days is None else uow.now + timedelta(days=days),
    )
    uow.session.add(row)
    uow.session.flush()
    uow.emit(ApiKeyCreated(api_key_id=row.id, scopes=wanted, channel_id=channel_id))
    view = KeyView(
        row.id,
        row.label,
        row.prefix,
        frozenset(wanted),
        row.created_by,
        row.created_at,
        None,
        channel_id,
        row.expires_at,
    )
    return view, secret


def revoke(uow: UnitOfWork, key_id: int) -> None:
    """End a key; requests with it are refused from now on.

    Raises:
        NotFound: no such key is in use.
    """
    ended = uow.session.scalar(
        update(ApiKey)
        .where(ApiKey.id == key_id, ApiKey.revoked_at.is_(None))
        .values(revoked_at=uow.now)
        .returning(ApiKey.id)
    )
    if ended is None:
        raise NotFound("no such key in use")
    uow.emit(ApiKeyRevoked(api_key_id=key_id))
