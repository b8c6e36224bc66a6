"""What is kept of customers in Slack besides conversations: what they did and waits its turn."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from sqlalchemy import ColumnElement, select, update
from sqlalchemy.orm import Session

from bots.slack.customers import places
from bots.slack.models import SlackTold
from oms_service.conversations import privacy as conversations
from oms_service.conversations.channels import SLACK
from oms_service.infra.privacy import Moved, Person, erased_key, listing
from oms_service.infra.uow import UnitOfWork


def waiting(session: Session, person: Person) -> Sequence[str]:  # noqa: ARG001 - a keeper's signature
    return ()


def export(session: Session, person: Person) -> Mapping[str, Any]:
    told = select(SlackTold.kind, SlackTold.content, SlackTold.received_at, SlackTold.handled_at)
    return {"told": listing(session, told.where(_theirs(session, person)).order_by(SlackTold.id))}


def erase(uow: UnitOfWork, person: Person) -> None:
    """What was told and not dealt with is not dealt with any more, and was nobody's."""
    uow.session.execute(
        update(SlackTold)
        .where(_theirs(uow.session, person))
        .values(key=erased_key(SlackTold.id), content={}, user="", handled_at=uow.now)
        .execution_options(synchronize_session="fetch")
    )


def move(uow: UnitOfWork, *, source: int, to: int) -> Moved:  # noqa: ARG001 - a keeper's signature
    """It is nobody's until it is dealt with: the conversation says whose it is."""
    return {}


def move_back(uow: UnitOfWork, moved: Moved, *, source: int, to: int) -> None:
    """See ``move``."""


def _theirs(session: Session, person: Person) -> ColumnElement[bool]:
    """All that happened in their direct messages, in every thread of them."""
    keys = conversations.keys_of(session, person, SLACK)
    return SlackTold.key.in_({replace(places.read(one), thread="").key for one in keys})
