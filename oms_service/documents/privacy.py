"""What documents keep of people: whom they name, and carriers' labels. They go with orders."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from sqlalchemy import null, select, update
from sqlalchemy.orm import Session

from oms_service.documents import queries
from oms_service.documents.models import Document, Label
from oms_service.infra.privacy import Moved, Person, listing, shown
from oms_service.infra.uow import UnitOfWork


def waiting(session: Session, person: Person) -> Sequence[str]:  # noqa: ARG001 - a keeper's signature
    return []


def export(session: Session, person: Person) -> Mapping[str, Any]:
    issued = select(*shown(Document)).where(Document.order_id.in_(person.order_ids))
    labels = select(*shown(Label, "file", "version")).where(Label.order_id.in_(person.order_ids))
    return {
        "documents": listing(session, issued.order_by(Document.id)),
        "labels": listing(session, labels.order_by(Label.id)),
    }


def erase(uow: UnitOfWork, person: Person) -> None:
    """The books keep numbers, sums and taxes; nobody is named on them any more.

    The digest goes with the name: from the old one a guessed name could be proved.
    """
    from oms_service.documents import bills  # noqa: PLC0415 - loads the PDF library

    for issued in queries.naming_somebody(uow.session, person.order_ids):
        nobody = replace(issued, recipient="", purpose="")
        digest = hashlib.sha256(bills.bill(nobody.bill())).hexdigest()
        uow.session.execute(
            update(Document)
            .where(Document.id == issued.id)
            .values(recipient="", purpose="", sha256=digest)
            .execution_options(synchronize_session="fetch")
        )
    uow.session.execute(
        update(Label)
        .where(Label.order_id.in_(person.order_ids), Label.file.is_not(None))
        .values(file=null(), media_type="")
        .execution_options(synchronize_session="fetch")
    )


def move(uow: UnitOfWork, *, source: int, to: int) -> Moved:  # noqa: ARG001 - a keeper's signature
    return {}


def move_back(uow: UnitOfWork, moved: Moved, *, source: int, to: int) -> None:
    """Nothing moved."""
