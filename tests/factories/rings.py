"""Browsers that ring, notices to ring for, and the worker that rings."""

import json
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from sqlalchemy import text

from notifications import rules, service
from notifications.examples import facts_of
from notifications.push import subscribing
from notifications.push.events import RingDue
from notifications.push.subscribing import Wanted
from notifications.rules import Rule
from notifications.service import Told
from notifications.states import NoticeState
from oms_service.infra import relay
from oms_service.kernel.actors import SYSTEM
from oms_service.kernel.languages import Language
from oms_service.relay import drain
from oms_service.runtime import Runtime
from tests.fakes.clock import StandingClock
from tests.fakes.push_service import Browser, coded
from tests.fakes.receiver import Call, Receiver


@dataclass(frozen=True)
class Ringing:
    """A browser of somebody's that is subscribed at a push service."""

    id: int
    endpoint: str
    browser: Browser = field(default_factory=Browser)

    def said(self, call: Call) -> dict[str, Any]:
        """What a ring tells this browser; an exception where it is not for it."""
        found: dict[str, Any] = json.loads(self.browser.opened(call.body))
        return found


def wanted(
    browser: Browser, endpoint: str, *, session_id: int | None = None, device: str = "Chrome"
) -> Wanted:
    return Wanted(
        endpoint=endpoint,
        p256dh=coded(browser.point),
        auth=coded(browser.auth),
        device=device,
        session_id=session_id,
    )


def switch_on(
    runtime: Runtime, customer_id: int, at: Receiver, name: str = "abc", *, device: str = "Chrome"
) -> Ringing:
    """A browser that rings from now on."""
    made = Browser()
    endpoint = f"{at.url}/send/{name}"
    with runtime.unit_of_work(SYSTEM) as uow:
        found = subscribing.switch_on(
            uow, customer_id, wanted(made, endpoint, device=device), private=True
        )
    return Ringing(found, endpoint, made)


def tell(
    runtime: Runtime,
    customer_id: int,
    *,
    key: str = "1",
    rule: Rule = rules.REFUND_PAID,
    language: Language = Language.ENGLISH,
    of: int | None = None,
) -> NoticeState | None:
    """Tell a customer something."""
    with runtime.unit_of_work(SYSTEM) as uow:
        told = Told(
            rule=rule,
            key=f"{rule.template}:{key}",
            customer_id=customer_id,
            language=language,
            facts=facts_of(rule.template),
            of=of,
        )
        return service.tell(uow, told, zone=runtime.settings.zone)


def work(runtime: Runtime, clock: StandingClock) -> int:
    """Let a worker ring all that is due; how many rings that were."""
    drain(runtime)
    clock.advance(seconds=relay.RESEND.total_seconds())
    query = text(
        "SELECT e.id FROM effects e JOIN outbox o ON o.id = e.outbox_id WHERE o.name = :name "
        "AND e.state = 'waiting' AND e.next_at <= :now ORDER BY e.id"
    )
    with runtime.database.reading() as connection:
        due = connection.scalars(query, {"name": RingDue.name, "now": clock.now()}).all()
    for effect in due:
        relay.run_effect(runtime.tools, effect)
    return len(due)


def later(clock: StandingClock, wait: timedelta) -> None:
    """So much later that what was put off by ``wait`` is due, with its spread."""
    clock.advance(seconds=wait.total_seconds() * (1 + relay.JITTER))
