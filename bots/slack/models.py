"""What is kept of Slack: workspaces, people, channels, threads, and what is to stand in them."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, Index, SmallInteger, String, Text, Uuid, text
from sqlalchemy.orm import Mapped, mapped_column

from bots.slack.states import PostKind, PostState
from oms_service.infra.db import (
    OF_STAFF,
    PERSONAL,
    PLAIN,
    ActorRef,
    Code,
    Key,
    Model,
    enum_column,
    ref,
)
from oms_service.kernel.languages import Language

_ID = 40


class SlackWorkspace(Model):
    """A workspace that has let us in. ``token_box`` is its token, sealed with the shop's key."""

    __tablename__ = "slack_workspaces"
    __table_args__ = (
        Index("uq_slack_workspaces_team", "team", unique=True),
        CheckConstraint("(revoked_at IS NULL) = (token_box <> '')", name="token_box"),
    )

    id: Mapped[Key]
    #: As Slack knows it: ``T0123``.
    team: Mapped[str] = mapped_column(String(_ID), info=PLAIN)
    name: Mapped[str] = mapped_column(String(200), info=PLAIN)
    app: Mapped[str] = mapped_column(String(_ID), info=PLAIN)
    bot: Mapped[str] = mapped_column(String(_ID), info=PLAIN)
    bot_user: Mapped[str] = mapped_column(String(_ID), info=PLAIN)
    token_box: Mapped[str] = mapped_column(Text, info=PLAIN)
    scopes: Mapped[list[str]] = mapped_column(info=PLAIN)
    installed_by: Mapped[ActorRef]
    installed_at: Mapped[datetime]
    revoked_at: Mapped[datetime | None]
    #: Why Slack does not let us in just now, as it says it; empty while it does.
    trouble: Mapped[Code] = mapped_column(default="")


class SlackPerson(Model):
    """Somebody in a workspace. Who is linked to a colleague may act; all others read."""

    __tablename__ = "slack_people"
    __table_args__ = (
        Index("uq_slack_people_user", "workspace_id", "user", unique=True),
        Index("ix_slack_people_staff_id", "staff_id"),
        CheckConstraint("(staff_id IS NULL) = (linked_at IS NULL)", name="linked_at"),
    )

    id: Mapped[Key]
    workspace_id: Mapped[int] = mapped_column(ref("slack_workspaces.id"))
    #: As Slack knows them: ``U0123``.
    user: Mapped[str] = mapped_column(String(_ID), info=OF_STAFF)
    staff_id: Mapped[int | None] = mapped_column(ref("staff.id"))
    linked_at: Mapped[datetime | None]
    seen_at: Mapped[datetime]


class SlackChannel(Model):
    """A channel, and the queue of what is to be posted there: one post at a time, at its pace.

    ``busy_until`` is the lease of whoever sends there, ``free_at`` when the next may leave.
    """

    __tablename__ = "slack_channels"
    __table_args__ = (
        Index("uq_slack_channels_slack_id", "workspace_id", "slack_id", unique=True),
        Index(
            "uq_slack_channels_queue_id",
            "queue_id",
            unique=True,
            postgresql_where=text("left_at IS NULL"),
        ),
        Index("ix_slack_channels_case_id", "case_id"),
        Index("ix_slack_channels_free_at", "free_at"),
    )

    id: Mapped[Key]
    workspace_id: Mapped[int] = mapped_column(ref("slack_workspaces.id"))
    #: As Slack knows it: ``C0123``, ``D0123`` for direct messages.
    slack_id: Mapped[str] = mapped_column(String(_ID), info=PLAIN)
    name: Mapped[str] = mapped_column(String(100), info=PLAIN)
    is_private: Mapped[bool] = mapped_column(default=False)
    #: The queue whose cases stand here.
    queue_id: Mapped[int | None] = mapped_column(ref("queues.id"))
    #: The one case it was made for.
    case_id: Mapped[int | None] = mapped_column(ref("cases.id"))
    language: Mapped[Language] = mapped_column(enum_column(Language, "language"))
    busy_until: Mapped[datetime | None]
    free_at: Mapped[datetime]
    #: Why nothing can be posted there, as Slack says it; empty while all is well.
    trouble: Mapped[Code] = mapped_column(default="")
    made_at: Mapped[datetime]
    #: It is no more used: given up here, or archived there.
    left_at: Mapped[datetime | None]


class SlackThread(Model):
    """Where a case stands: a channel and the card at the root of its thread."""

    __tablename__ = "slack_threads"
    __table_args__ = (
        Index(
            "uq_slack_threads_case_id",
            "case_id",
            unique=True,
            postgresql_where=text("left_at IS NULL"),
        ),
        Index("ix_slack_threads_ts", "channel_id", "ts"),
    )

    id: Mapped[Key]
    case_id: Mapped[int] = mapped_column(ref("cases.id"))
    channel_id: Mapped[int] = mapped_column(ref("slack_channels.id"))
    #: Of the card; empty until it is posted.
    ts: Mapped[str] = mapped_column(String(32), default="", info=PLAIN)
    made_at: Mapped[datetime]
    #: When it was last read again, for what was written while we did not hear.
    read_at: Mapped[datetime | None]
    #: All that was written up to here is known; empty before it was read once.
    known_to: Mapped[str] = mapped_column(String(32), default="", info=PLAIN)
    #: Where reading goes on, while it is not at the end; empty where it begins anew.
    read_to: Mapped[str] = mapped_column(String(32), default="", info=PLAIN)
    #: The case stands elsewhere since.
    left_at: Mapped[datetime | None]


class SlackPost(Model):
    """Something that is to stand in a channel, once. What it says is drawn when it leaves.

    ``facts`` are ids alone. A post that changes counts ``wanted`` up; ``drawn`` is the last of
    these that Slack has taken, so what came meanwhile is never lost and never drawn twice over.
    ``begun_at`` stands from before the call until its answer: where somebody died in between, the
    next one looks in Slack first.
    """

    __tablename__ = "slack_posts"
    __table_args__ = (
        Index("uq_slack_posts_key", "key", unique=True),
        Index(
            "ix_slack_posts_waiting",
            "channel_id",
            "queued_at",
            "id",
            postgresql_where=text("state = 'waiting'"),
        ),
        Index("ix_slack_posts_thread_id", "thread_id"),
        Index("ix_slack_posts_told", "queued_at", postgresql_where=text("kind = 'told'")),
        Index("ix_slack_posts_ts", "channel_id", "ts"),
        CheckConstraint("drawn >= 0 AND drawn <= wanted", name="drawn"),
    )

    id: Mapped[Key]
    channel_id: Mapped[int] = mapped_column(ref("slack_channels.id"))
    thread_id: Mapped[int | None] = mapped_column(ref("slack_threads.id"))
    kind: Mapped[PostKind] = mapped_column(enum_column(PostKind, "kind"))
    #: Ours; it stands in the post's metadata, so that it is found again.
    key: Mapped[str] = mapped_column(String(120), info=PLAIN)
    facts: Mapped[dict[str, Any]] = mapped_column(info=PLAIN)
    state: Mapped[PostState] = mapped_column(enum_column(PostState, "state"))
    wanted: Mapped[int] = mapped_column(default=1)
    drawn: Mapped[int] = mapped_column(default=0)
    ts: Mapped[str] = mapped_column(String(32), default="", info=PLAIN)
    tries: Mapped[int] = mapped_column(SmallInteger, default=0)
    detail: Mapped[str] = mapped_column(String(200), default="", info=PLAIN)
    queued_at: Mapped[datetime]
    begun_at: Mapped[datetime | None]
    sent_at: Mapped[datetime | None]


class SlackHeard(Model):
    """A press, a submission, a command or an event that was dealt with: by its id, once.

    It also says who did it there and at which message, beside the audit log's ``correlation_id``.
    """

    __tablename__ = "slack_heard"
    __table_args__ = (
        Index("uq_slack_heard_key", "key", unique=True),
        Index("ix_slack_heard_at", "at"),
        Index("ix_slack_heard_correlation_id", "correlation_id"),
    )

    id: Mapped[Key]
    key: Mapped[str] = mapped_column(String(200), info=PLAIN)
    workspace_id: Mapped[int | None] = mapped_column(ref("slack_workspaces.id"))
    user: Mapped[str] = mapped_column(String(_ID), info=OF_STAFF)
    what: Mapped[Code]
    channel: Mapped[str] = mapped_column(String(_ID), default="", info=PLAIN)
    ts: Mapped[str] = mapped_column(String(32), default="", info=PLAIN)
    actor: Mapped[ActorRef]
    correlation_id: Mapped[UUID] = mapped_column(Uuid)
    at: Mapped[datetime]


class SlackSpoken(Model):
    """What a colleague wrote into a thread, by its place there, and the note that it became."""

    __tablename__ = "slack_spoken"
    __table_args__ = (
        Index("uq_slack_spoken_ts", "channel_id", "ts", unique=True),
        Index("ix_slack_spoken_thread_id", "thread_id"),
    )

    id: Mapped[Key]
    channel_id: Mapped[int] = mapped_column(ref("slack_channels.id"))
    thread_id: Mapped[int] = mapped_column(ref("slack_threads.id"))
    ts: Mapped[str] = mapped_column(String(32), info=PLAIN)
    entry_id: Mapped[int] = mapped_column(ref("case_entries.id"))
    #: Said of a change or a deletion: nothing stands at ``ts``.
    is_later: Mapped[bool] = mapped_column(default=False)
    at: Mapped[datetime]


class SlackHome(Model):
    """The Home of somebody who has opened it; drawn anew when more was wanted than is drawn."""

    __tablename__ = "slack_homes"
    __table_args__ = (
        Index("uq_slack_homes_person_id", "person_id", unique=True),
        Index("ix_slack_homes_next_at", "next_at", postgresql_where=text("wanted > drawn")),
        CheckConstraint("drawn >= 0 AND drawn <= wanted", name="drawn"),
    )

    id: Mapped[Key]
    person_id: Mapped[int] = mapped_column(ref("slack_people.id"))
    opened_at: Mapped[datetime]
    wanted: Mapped[int] = mapped_column(default=0)
    drawn: Mapped[int] = mapped_column(default=0)
    next_at: Mapped[datetime]
    busy_until: Mapped[datetime | None]


class SlackPace(Model):
    """How fast one method of Slack's may be called in one workspace; see ``pace``."""

    __tablename__ = "slack_paces"
    __table_args__ = (Index("uq_slack_paces_method", "workspace_id", "method", unique=True),)

    id: Mapped[Key]
    workspace_id: Mapped[int] = mapped_column(ref("slack_workspaces.id"))
    method: Mapped[Code]
    free_at: Mapped[datetime]


class SlackTold(Model):
    """What a customer did in Slack, kept before Slack is answered and dealt with in its turn.

    ``key`` is their direct message, as conversations know it: there one thing is dealt with after
    the other. ``mark`` makes it one row however often Slack tells of it. ``content`` is what it
    says; it is emptied once it has been dealt with.
    """

    __tablename__ = "slack_told"
    __table_args__ = (
        Index("uq_slack_told_key", "key", "mark", unique=True),
        Index("ix_slack_told_workspace_id", "workspace_id"),
        Index(
            "ix_slack_told_waiting",
            "key",
            "ts",
            "id",
            postgresql_where=text("handled_at IS NULL"),
        ),
        Index("ix_slack_told_received_at", "received_at"),
        CheckConstraint("handled_at IS NULL OR (content = '{}' AND \"user\" = '')", name="content"),
    )

    id: Mapped[Key]
    workspace_id: Mapped[int] = mapped_column(ref("slack_workspaces.id"))
    key: Mapped[str] = mapped_column(String(100), info=PERSONAL)
    mark: Mapped[str] = mapped_column(String(120), info=PLAIN)
    kind: Mapped[Code]
    user: Mapped[str] = mapped_column(String(_ID), info=PERSONAL)
    thread: Mapped[str] = mapped_column(String(_ID), default="", info=PLAIN)
    ts: Mapped[str] = mapped_column(String(_ID), info=PLAIN)
    content: Mapped[dict[str, Any]] = mapped_column(info=PERSONAL)
    received_at: Mapped[datetime]
    tries: Mapped[int] = mapped_column(SmallInteger, default=0)
    handled_at: Mapped[datetime | None]


class SlackSaid(Model):
    """What was said to a customer in Slack: begun before the call, with its place after it.

    Begun and without a place, it may stand there: whoever tries again looks first.
    """

    __tablename__ = "slack_said"
    __table_args__ = (
        Index("uq_slack_said_message_id", "message_id", unique=True),
        Index("ix_slack_said_begun_at", "begun_at"),
    )

    id: Mapped[Key]
    message_id: Mapped[int] = mapped_column(ref("messages.id"))
    #: Where in Slack; the time by which Slack knows it.
    ts: Mapped[str] = mapped_column(String(_ID), default="", info=PLAIN)
    begun_at: Mapped[datetime]
