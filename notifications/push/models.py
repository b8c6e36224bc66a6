"""Web push as stored: browsers that ring, and what each of them was rung for."""

from datetime import datetime

from sqlalchemy import CheckConstraint, Index, SmallInteger, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from notifications.push.states import RingState
from oms_service.infra.db import PERSONAL, PLAIN, Code, Key, Model, enum_column, ref


class PushBrowser(Model):
    """One browser in which a customer wants to be rung; what leads to it goes when that ends.

    ``mark`` is the digest of its endpoint: no two that ring have one. ``seed`` says which of the
    shop's keys it subscribed to. ``failures`` are refusals in a row.
    """

    __tablename__ = "push_browsers"
    __table_args__ = (
        CheckConstraint("(ended_at IS NULL) = (mark IS NOT NULL)", name="mark"),
        CheckConstraint("(ended_at IS NULL) = (why = '')", name="why"),
        CheckConstraint("ended_at IS NULL OR endpoint = ''", name="endpoint"),
        CheckConstraint("failures >= 0", name="failures"),
        Index("ix_push_browsers_ringing", "customer_id", postgresql_where=text("ended_at IS NULL")),
        Index("ix_push_browsers_customer_id", "customer_id"),
        Index("ix_push_browsers_session_id", "session_id"),
    )

    id: Mapped[Key]
    customer_id: Mapped[int] = mapped_column(ref("customers.id"))
    #: The sign-in it was switched on under, or one that followed in the same browser.
    session_id: Mapped[int | None] = mapped_column(ref("sessions.id", ondelete="SET NULL"))
    mark: Mapped[str | None] = mapped_column(String(64), unique=True, info=PLAIN)
    endpoint: Mapped[str] = mapped_column(String(500), info=PERSONAL)
    p256dh: Mapped[str] = mapped_column(String(100), info=PERSONAL)
    auth: Mapped[str] = mapped_column(String(40), info=PERSONAL)
    seed: Mapped[str] = mapped_column(String(40), info=PLAIN)
    #: Browser and system in a few words, as with sign-ins.
    device: Mapped[str] = mapped_column(String(40), info=PERSONAL)
    made_at: Mapped[datetime]
    last_ok_at: Mapped[datetime | None]
    failures: Mapped[int] = mapped_column(default=0)
    ended_at: Mapped[datetime | None]
    why: Mapped[Code] = mapped_column(default="")


class PushRing(Model):
    """One notice for one browser, once."""

    __tablename__ = "push_rings"
    __table_args__ = (
        UniqueConstraint("notice_id", "browser_id"),
        CheckConstraint("(state = 'waiting') = (settled_at IS NULL)", name="settled_at"),
        CheckConstraint("(state = 'dropped') = (why <> '')", name="why"),
        CheckConstraint("tries >= 0", name="tries"),
        Index("ix_push_rings_browser_id", "browser_id", "id"),
        Index("ix_push_rings_made_at", "made_at"),
    )

    id: Mapped[Key]
    notice_id: Mapped[int] = mapped_column(ref("notices.id"))
    browser_id: Mapped[int] = mapped_column(ref("push_browsers.id"))
    state: Mapped[RingState] = mapped_column(enum_column(RingState, "state"))
    #: Why it was dropped; empty unless it was.
    why: Mapped[Code] = mapped_column(default="")
    tries: Mapped[int] = mapped_column(default=0)
    #: What the push service said last, by HTTP.
    status: Mapped[int | None] = mapped_column(SmallInteger)
    made_at: Mapped[datetime]
    settled_at: Mapped[datetime | None]
