"""Which files colleagues put into a case themselves; those of messages are the conversation's."""

from datetime import datetime

from sqlalchemy.orm import Mapped, mapped_column

from oms_service.infra.db import ActorRef, Model, ref


class CaseFile(Model):
    """A file that only colleagues see, in one case."""

    __tablename__ = "case_files"

    case_id: Mapped[int] = mapped_column(ref("cases.id"), primary_key=True)
    attachment_id: Mapped[int] = mapped_column(ref("attachments.id"), primary_key=True, unique=True)
    added_by: Mapped[ActorRef]
    added_at: Mapped[datetime]
