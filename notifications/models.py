"""Notices as stored: what is to be told to whom, once; and the rules as the shop has made them."""

from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, Index, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from notifications.rules import Urgency
from notifications.states import NoticeState
from oms_service.infra.db import PERSONAL, PLAIN, ActorRef, Code, Key, Model, enum_column, ref
from oms_service.kernel.languages import Language


class Notice(Model):
    """One fact told to one customer. ``key`` makes telling it twice impossible."""

    __tablename__ = "notices"
    __table_args__ = (
        Index("ix_notices_customer_id_template_at", "customer_id", "template", "at"),
        Index("ix_notices_waiting", "due_at", postgresql_where=text("state = 'waiting'")),
        Index(
            "ix_notices_matter_waiting",
            "matter",
            postgresql_where=text("state = 'waiting' AND matter <> ''"),
        ),
        Index(
            "ix_notices_message_id",
            "message_id",
            postgresql_where=text("message_id IS NOT NULL"),
        ),
        Index(
            "ix_notices_further_message_id",
            "further_message_id",
            postgresql_where=text("further_message_id IS NOT NULL"),
        ),
        Index("ix_notices_unread_at", "unread_at", postgresql_where=text("unread_at IS NOT NULL")),
        CheckConstraint("(state = 'waiting') = (due_at IS NOT NULL)", name="due_at"),
        CheckConstraint(
            "unread_at IS NULL OR (state = 'spoken' AND read_at IS NULL)", name="unread_at"
        ),
        CheckConstraint(
            "(further_message_id IS NULL) = (further_channel = '')", name="further_channel"
        ),
        CheckConstraint("rule_version >= 0", name="rule_version"),
        Index(
            "ix_notices_unread",
            "customer_id",
            postgresql_where=text("state = 'spoken' AND read_at IS NULL"),
        ),
    )

    id: Mapped[Key]
    key: Mapped[str] = mapped_column(String(160), unique=True, info=PLAIN)
    customer_id: Mapped[int] = mapped_column(ref("customers.id"))
    #: Empty too once the draft that was told of is thrown away.
    order_id: Mapped[int | None] = mapped_column(ref("orders.id", ondelete="SET NULL"), index=True)
    template: Mapped[Code]
    #: Of what, such as ``parcel:12``: a later step of it makes earlier ones old that still wait.
    matter: Mapped[Code] = mapped_column(default="")
    #: By which version of its rule it was told; 0 for the one the house began with.
    rule_version: Mapped[int] = mapped_column(default=0)
    language: Mapped[Language] = mapped_column(enum_column(Language, "language"))
    #: Where it was told; empty until it is.
    channel: Mapped[Code] = mapped_column(default="")
    #: By which ways it was said and did not arrive, with commas between: none is tried twice.
    tried: Mapped[Code] = mapped_column(default="", server_default=text("''"))
    facts: Mapped[dict[str, Any]] = mapped_column(info=PERSONAL)
    state: Mapped[NoticeState] = mapped_column(enum_column(NoticeState, "state"))
    #: Why it waits, or was not spoken; empty when it was.
    why: Mapped[Code] = mapped_column(default="")
    message_id: Mapped[int | None] = mapped_column(ref("messages.id"))
    at: Mapped[datetime]
    #: When its reader first opened it in their account.
    read_at: Mapped[datetime | None]
    #: When a notice that waits for the morning is to be spoken.
    due_at: Mapped[datetime | None]
    #: From when on it is said by another way as well while nobody has read it; empty where it is
    #: not, or has been.
    unread_at: Mapped[datetime | None]
    #: By which other way it was said, and in what, as nobody had read it.
    further_channel: Mapped[Code] = mapped_column(default="", server_default=text("''"))
    further_message_id: Mapped[int | None] = mapped_column(ref("messages.id"))


class WayOrder(Model):
    """Which way a customer wants tried first, and which behind it."""

    __tablename__ = "notice_way_orders"
    __table_args__ = (Index("uq_notice_way_orders_customer_id", "customer_id", unique=True),)

    id: Mapped[Key]
    customer_id: Mapped[int] = mapped_column(ref("customers.id"))
    #: Channels, the first before the others, with commas between.
    ways: Mapped[Code]
    at: Mapped[datetime]


class RuleVersion(Model):
    """One state of a rule that the shop has changed. The newest of a template is in force.

    ``texts`` are subject and body by language, empty where the house's own hold. ``back_to`` is
    the version that was taken up again.
    """

    __tablename__ = "notice_rule_versions"
    __table_args__ = (
        UniqueConstraint("template", "version"),
        CheckConstraint("version >= 1", name="version"),
        CheckConstraint("back_to >= 0 AND back_to < version", name="back_to"),
        CheckConstraint(
            "quiet_from_h BETWEEN 0 AND 23 AND quiet_until_h BETWEEN 0 AND 23",
            name="quiet_hours",
        ),
        CheckConstraint("unread_h BETWEEN 0 AND 168", name="unread_h"),
    )

    id: Mapped[Key]
    template: Mapped[Code]
    version: Mapped[int]
    is_on: Mapped[bool]
    urgency: Mapped[Urgency] = mapped_column(enum_column(Urgency, "urgency"))
    once_a_day: Mapped[bool]
    #: In hours of the shop's day; the same hour twice for never.
    quiet_from_h: Mapped[int]
    quiet_until_h: Mapped[int]
    #: After so many hours unread it is told by another way as well; 0 for never.
    unread_h: Mapped[int] = mapped_column(default=0, server_default=text("0"))
    texts: Mapped[dict[str, Any]] = mapped_column(info=PLAIN)
    back_to: Mapped[int | None]
    made_by: Mapped[ActorRef]
    made_at: Mapped[datetime]
