"""What colleagues were told, as stored; and how each of them wants to be told."""

from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, Index, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from notifications.colleagues.planner import QUIET_FROM_H, QUIET_UNTIL_H
from oms_service.infra.db import OF_STAFF, PLAIN, Code, Key, Model, ref

_OPEN = "read_at IS NULL AND old_at IS NULL"


class ColleagueNotice(Model):
    """One fact told to one colleague. ``key`` makes telling it twice to them impossible.

    ``facts`` are references, names of goods and places, codes and times: nothing of customers.
    It is unread until it is read, or old because its matter went on without its reader.
    """

    __tablename__ = "colleague_notices"
    __table_args__ = (
        UniqueConstraint("key", "staff_id"),
        Index("ix_colleague_notices_staff_id_id", "staff_id", "id"),
        Index("ix_colleague_notices_open", "staff_id", postgresql_where=text(_OPEN)),
        Index("ix_colleague_notices_matter_open", "matter", postgresql_where=text(_OPEN)),
        Index(
            "ix_colleague_notices_mail_at",
            "mail_at",
            postgresql_where=text(f"mail_at IS NOT NULL AND {_OPEN}"),
        ),
        Index(
            "ix_colleague_notices_leads_at",
            "leads_at",
            postgresql_where=text(f"leads_at IS NOT NULL AND {_OPEN}"),
        ),
        CheckConstraint("(old_at IS NULL) = (why = '')", name="why"),
        CheckConstraint("mail_at IS NULL OR mailed_at IS NULL", name="mailed_once"),
        CheckConstraint("read_at IS NOT NULL OR read_in = ''", name="read_in"),
    )

    id: Mapped[Key]
    key: Mapped[str] = mapped_column(String(160), info=PLAIN)
    staff_id: Mapped[int] = mapped_column(ref("staff.id"))
    rule: Mapped[Code]
    #: Of what, such as ``case:12``: what makes it old names the same.
    matter: Mapped[Code]
    case_id: Mapped[int | None] = mapped_column(ref("cases.id"), index=True)
    location_id: Mapped[int | None] = mapped_column(ref("locations.id"))
    #: The page it is about.
    path: Mapped[str] = mapped_column(String(200), info=PLAIN)
    facts: Mapped[dict[str, Any]] = mapped_column(info=PLAIN)
    at: Mapped[datetime]
    read_at: Mapped[datetime | None]
    #: With which press it was read, so that the press can be taken back; empty where it was opened.
    read_in: Mapped[Code] = mapped_column(default="")
    old_at: Mapped[datetime | None]
    #: What made it old; empty while it is not.
    why: Mapped[Code] = mapped_column(default="")
    #: From when on it goes by mail while unread; empty where it does not, or has gone.
    mail_at: Mapped[datetime | None]
    mailed_at: Mapped[datetime | None]
    message_id: Mapped[int | None] = mapped_column(ref("messages.id"))
    #: From when on the leads are told while it is unread; empty where they are not, or have been.
    leads_at: Mapped[datetime | None]


class ColleagueWish(Model):
    """How a colleague wants to be told; who has no row has said nothing.

    ``ways`` by kind, only those that were chosen. ``zone`` is empty for the shop's.
    """

    __tablename__ = "colleague_wishes"
    __table_args__ = (
        CheckConstraint(
            "quiet_from_h BETWEEN 0 AND 23 AND quiet_until_h BETWEEN 0 AND 23", name="quiet_hours"
        ),
    )

    staff_id: Mapped[int] = mapped_column(ref("staff.id"), primary_key=True)
    ways: Mapped[dict[str, str]] = mapped_column(info=PLAIN)
    zone: Mapped[str] = mapped_column(String(64), default="", info=OF_STAFF)
    quiet_from_h: Mapped[int] = mapped_column(default=QUIET_FROM_H)
    quiet_until_h: Mapped[int] = mapped_column(default=QUIET_UNTIL_H)
    changed_at: Mapped[datetime]
