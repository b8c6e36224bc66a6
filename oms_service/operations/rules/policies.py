"""The policies a shop writes by itself, by kind: read, checked and put in force in one way."""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any, Final

from oms_service.infra.uow import UnitOfWork
from oms_service.kernel.errors import Invalid, Stale
from oms_service.kernel.languages import Language, Words
from oms_service.operations.rules import (
    change_rules,
    claim_rules,
    exchange_rules,
    payment_rules,
    policy,
)
from oms_service.sales import queries as sales
from oms_service.sales import service as sales_service
from oms_service.sales.queries import PolicyView

#: How the rules of each kind are read; what cannot be read is refused by name.
READERS: Final[Mapping[str, Callable[[Mapping[str, Any]], object]]] = {
    policy.RETURNS: policy.read,
    exchange_rules.EXCHANGES: exchange_rules.read,
    claim_rules.CLAIMS: claim_rules.read,
    change_rules.CHANGES: change_rules.read,
    payment_rules.PAYMENTS: payment_rules.read,
}
#: The longest text customers read before they ask for a return.
LONGEST_TEXT: Final = 8_000


def adopt(
    uow: UnitOfWork,
    *,
    channel_id: int,
    kind: str,
    rules: Mapping[str, Any],
    text: Words,
    version: int | None = None,
    since: datetime | None = None,
) -> PolicyView:
    """Put a new version of a policy in force; the former ones stay for whoever was shown them.

    Args:
        uow: the transaction.
        channel_id: the sales channel.
        kind: one of ``READERS``.
        rules: as data; every kind's module shows its keys.
        text: what customers read (for returns the 返品特約), in each language.
        version: the one in force as the editor read it, 0 where there was none; any if None.
        since: from when on; now where not given.

    Raises:
        Invalid: ``fields`` names each wrong key; nothing is changed.
        Stale: somebody has put another version in force meanwhile.
    """
    read = READERS.get(kind)
    if read is None:
        raise Invalid("no such kind of policy", {"kind": f"must be one of {', '.join(READERS)}"})
    read(rules)
    wrong = {
        f"text.{language}": f"must have at most {LONGEST_TEXT} characters that can be stored"
        for language in Language
        if len(text.get(language.value, "")) > LONGEST_TEXT or "\0" in text.get(language.value, "")
    }
    if wrong:
        raise Invalid("this text cannot be shown", wrong)
    sales_service.hold(uow, channel_id)
    if version is not None:
        now = sales.policy(uow.session, channel_id, kind, at=since or uow.now)
        if version != (now.version if now else 0):
            raise Stale("another version is in force meanwhile")
    kept = {language.value: text.get(language.value, "").strip() for language in Language}
    return sales_service.put_in_force(
        uow, channel_id=channel_id, kind=kind, rules=rules, text=kept, since=since
    )
