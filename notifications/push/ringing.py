"""A notice that was told rings in the browsers of its reader: planned once, sent until it ends.

A ring is an extra. It says that there is something to read and nothing of what; whether it rings
changes nothing of how the notice itself goes.
"""

import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Final

from sqlalchemy import bindparam, literal, select, update
from sqlalchemy.dialects.postgresql import insert

from notifications import versions
from notifications.models import Notice
from notifications.push import keys, policy, queries, subscribing, words
from notifications.push.events import RingDue
from notifications.push.models import PushBrowser, PushRing
from notifications.push.policy import MOST_REFUSALS, Situation, Verdict
from notifications.push.queries import ToRing
from notifications.push.states import Ending, RingState
from notifications.rules import Rule
from oms_service.customers import zones
from oms_service.infra.hot import Hot, value
from oms_service.infra.subscribers import NotNow, Outside
from oms_service.infra.uow import UnitOfWork
from oms_service.settings import Settings

if TYPE_CHECKING:
    from notifications.push.posting import Outcome, Sends

#: Where customers read what they were told.
INBOX: Final = "/account/inbox"


def plan(uow: UnitOfWork, notice: Notice) -> int:
    """Have each browser of a notice's reader rung, in the transaction that tells the notice.

    Returns:
        How many will ring; none for a notice that has rung before.
    """
    whose = {"notice_id": notice.id, "customer_id": notice.customer_id, "made_at": uow.now}
    planned = _PLANNED.all(uow.session, **whose)
    for ring_id in planned:
        uow.emit(RingDue(ring_id=ring_id))
    return len(planned)


_PLANNED: Final[Hot[int]] = Hot(
    insert(PushRing)
    .from_select(
        ["notice_id", "browser_id", "state", "why", "tries", "made_at"],
        select(
            bindparam("notice_id", type_=PushRing.notice_id.type),
            PushBrowser.id,
            literal(str(RingState.WAITING)),
            literal(""),
            literal(0),
            bindparam("made_at", type_=PushRing.made_at.type),
        ).where(
            PushBrowser.customer_id == bindparam("customer_id"), PushBrowser.ended_at.is_(None)
        ),
    )
    .on_conflict_do_nothing(index_elements=["notice_id", "browser_id"])
    .returning(PushRing.id),
    value,
)


@dataclass(frozen=True)
class Ringing:
    """The effect. ``sender`` is made by who sends first: it guards our own network."""

    settings: Settings
    sender: "Callable[[], Sends]"

    def ring(self, outside: Outside, event: RingDue) -> None:
        """Ring one browser for one notice.

        Sent again after a death between the answer and the note of it, it carries the same topic
        and the same tag: the browser shows it once.
        """
        now = outside.clock.now()
        with outside.database.looking() as session:
            found = queries.to_ring(session, event.ring_id)
            if found is None:
                return
            rule = versions.one(session, found.template, found.rule_version).rule
            zone = zones.of(session, found.customer_id, shop=self.settings.zone)
        verdict = policy.judge(
            rule,
            Situation(
                now=now,
                made_at=found.made_at,
                zone=zone,
                is_on=found.is_on,
                is_read=found.is_read,
                is_overtaken=found.is_overtaken,
            ),
        )
        if verdict.drop is not None:
            with outside.unit_of_work() as uow:
                _settle(uow, found.id, RingState.DROPPED, why=str(verdict.drop))
            return
        if verdict.wait_until is not None:
            raise NotNow((verdict.wait_until - now).total_seconds())
        outcome = self._post(found, rule, verdict, now)
        with outside.unit_of_work() as uow:
            _note(uow, found, outcome)
        if outcome.again_at is not None:
            raise NotNow((outcome.again_at - now).total_seconds())

    def _post(self, found: ToRing, rule: Rule, verdict: Verdict, now: datetime) -> "Outcome":
        from notifications.push import posting  # noqa: PLC0415 - loaded by who rings
        from notifications.push.sealing import Keys  # noqa: PLC0415 - as above

        matter = found.matter or f"notice:{found.notice_id}"
        path = INBOX if found.is_one_of_several else f"{INBOX}/{found.notice_id}"
        said = words.said(rule.kind, found.language, tag=posting.topic(matter), path=path)
        ring = posting.Ring(
            endpoint=found.endpoint,
            keys=Keys.read(found.p256dh, found.auth),
            plain=json.dumps(said, ensure_ascii=False).encode(),
            urgency=rule.urgency,
            keeps=verdict.keeps,
            matter=matter,
        )
        return posting.post(self.sender(), keys.identity(self.settings, found.seed), ring, now=now)


def _note(uow: UnitOfWork, found: ToRing, outcome: "Outcome") -> None:
    """Write down how a try ended, for the ring and for its browser."""
    from notifications.push.posting import Fate  # noqa: PLC0415 - loaded by who rings

    match outcome.fate:
        case Fate.TAKEN:
            _settle(uow, found.id, RingState.TAKEN, status=outcome.status, tried=1)
            uow.session.execute(
                update(PushBrowser)
                .where(PushBrowser.id == found.browser_id)
                .values(last_ok_at=uow.now, failures=0)
            )
        case Fate.ENDED:
            _settle(uow, found.id, RingState.ENDED, status=outcome.status, tried=1)
            # What the browser has subscribed to since is another address, and stays.
            if _is_still_at(uow, found):
                subscribing.gone(uow, found.browser_id, why=Ending.GONE)
        case Fate.REFUSED:
            _settle(uow, found.id, RingState.REFUSED, status=outcome.status, tried=1)
            _count_refusal(uow, found)
        case Fate.LATER:
            uow.session.execute(
                update(PushRing)
                .where(PushRing.id == found.id, PushRing.state == RingState.WAITING)
                .values(tries=PushRing.tries + 1, status=outcome.status)
            )


def _settle(
    uow: UnitOfWork,
    ring_id: int,
    state: RingState,
    *,
    why: str = "",
    status: int | None = None,
    tried: int = 0,
) -> None:
    uow.session.execute(
        update(PushRing)
        .where(PushRing.id == ring_id, PushRing.state == RingState.WAITING)
        .values(
            state=state,
            why=why,
            status=status,
            tries=PushRing.tries + tried,
            settled_at=uow.now,
        )
    )


def _is_still_at(uow: UnitOfWork, found: ToRing) -> bool:
    query = select(PushBrowser.endpoint).where(PushBrowser.id == found.browser_id)
    return uow.session.scalar(query.with_for_update()) == found.endpoint


def _count_refusal(uow: UnitOfWork, found: ToRing) -> None:
    failures = uow.session.scalar(
        update(PushBrowser)
        .where(PushBrowser.id == found.browser_id)
        .values(failures=PushBrowser.failures + 1)
        .returning(PushBrowser.failures)
    )
    if failures is not None and failures >= MOST_REFUSALS:
        subscribing.gone(uow, found.browser_id, why=Ending.REFUSED)
