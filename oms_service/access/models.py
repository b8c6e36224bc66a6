"""Staff, their roles and sessions, keys of machines, codes of customers, as stored."""

from datetime import datetime
from typing import Any

from sqlalchemy import (
    ARRAY,
    BigInteger,
    CheckConstraint,
    Index,
    SmallInteger,
    String,
    UniqueConstraint,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from oms_service.access.states import InvitationEnd, Role, ScopeKind, SessionKind
from oms_service.infra.db import OF_STAFF, PERSONAL, PLAIN, ActorRef, Key, Model, enum_column, ref
from oms_service.kernel.languages import Language


class Staff(Model):
    """A colleague who signs in."""

    __tablename__ = "staff"

    id: Mapped[Key]
    mail: Mapped[str] = mapped_column(String(320), unique=True, info=OF_STAFF)
    name: Mapped[str] = mapped_column(String(160), info=OF_STAFF)
    #: argon2id, with its parameters inside; none for who comes in by a provider alone.
    password_hash: Mapped[str | None] = mapped_column(String(200), info=PLAIN)
    language: Mapped[Language] = mapped_column(enum_column(Language, "language"))
    is_active: Mapped[bool] = mapped_column(default=True)
    created_at: Mapped[datetime]


class StaffRole(Model):
    """One role of one colleague."""

    __tablename__ = "staff_roles"

    staff_id: Mapped[int] = mapped_column(ref("staff.id"), primary_key=True)
    role: Mapped[Role] = mapped_column(enum_column(Role, "role"), primary_key=True)


class StaffScope(Model):
    """One queue or location a colleague is limited to; without a row of a kind, to none of it."""

    __tablename__ = "staff_scopes"

    staff_id: Mapped[int] = mapped_column(ref("staff.id"), primary_key=True)
    kind: Mapped[ScopeKind] = mapped_column(enum_column(ScopeKind, "kind"), primary_key=True)
    #: The queue's or the location's; what it is, the package that has it knows.
    target_id: Mapped[int] = mapped_column(BigInteger, primary_key=True)


class StaffChange(Model):
    """What was changed about a colleague's rights, by whom and when; never changed itself."""

    __tablename__ = "staff_changes"
    __table_args__ = (Index("ix_staff_changes_staff_id", "staff_id", "id"),)

    id: Mapped[Key]
    staff_id: Mapped[int] = mapped_column(ref("staff.id"))
    by: Mapped[ActorRef]
    at: Mapped[datetime]
    #: ``{"roles"|"queue"|"location": {"was": [...], "is": [...]}}``, codes and ids, and so
    #: ``"refund_up_to_minor"|"goodwill_up_to_minor"`` with ``[currency, minor]`` in the lists,
    #: ``"second_step"`` with ``on``, ``"password"`` with ``changed``, ``"provider"`` with its code,
    #: ``"state"`` with ``invited``, ``active`` or ``deactivated``.
    data: Mapped[dict[str, Any]] = mapped_column(JSONB, info=PLAIN)


class Session(Model):
    """One sign-in, revocable; the cookie holds a token, this row its digest."""

    __tablename__ = "sessions"
    __table_args__ = (Index("ix_sessions_kind_subject_id", "kind", "subject_id"),)

    id: Mapped[Key]
    digest: Mapped[str] = mapped_column(String(64), unique=True, info=PLAIN)
    kind: Mapped[SessionKind] = mapped_column(enum_column(SessionKind, "kind"))
    subject_id: Mapped[int] = mapped_column(BigInteger)
    #: Browser and system in a few words, by which people recognise their own sign-ins.
    device: Mapped[str] = mapped_column(String(40), default="", info=PERSONAL)
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    revoked_at: Mapped[datetime | None]


class Invitation(Model):
    """A link by which a new colleague comes in for the first time; kept as its digest.

    Whoever is invited is a colleague already, with roles and limits, who cannot come in yet.
    """

    __tablename__ = "invitations"
    __table_args__ = (
        CheckConstraint("expires_at > created_at", name="expires_at"),
        CheckConstraint("(ended_at IS NULL) = (ended_by IS NULL)", name="ended"),
        Index(
            "uq_invitations_open",
            "staff_id",
            unique=True,
            postgresql_where=text("ended_at IS NULL"),
        ),
        Index("ix_invitations_staff_id", "staff_id"),
    )

    id: Mapped[Key]
    staff_id: Mapped[int] = mapped_column(ref("staff.id"))
    digest: Mapped[str] = mapped_column(String(64), unique=True, info=PLAIN)
    invited_by: Mapped[ActorRef]
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]
    #: Why it opens nothing any more; empty while it may.
    ended_by: Mapped[InvitationEnd | None] = mapped_column(
        enum_column(InvitationEnd, "ended_by"), nullable=True
    )


class SecondStep(Model):
    """The app that makes a colleague's codes; it counts once a code of it was right."""

    __tablename__ = "staff_second_steps"
    __table_args__ = (CheckConstraint("last_step >= 0", name="last_step"),)

    staff_id: Mapped[int] = mapped_column(ref("staff.id"), primary_key=True)
    #: What the secret is computed from, with the shop's key: a copy of this table makes no code.
    seed: Mapped[str] = mapped_column(String(64), info=PLAIN)
    #: The half minute of the newest code that was used, counted from 1970; 0 before the first.
    last_step: Mapped[int] = mapped_column(BigInteger, default=0)
    created_at: Mapped[datetime]
    confirmed_at: Mapped[datetime | None]


class RecoveryCode(Model):
    """One of the codes on paper for who has lost the app; used once."""

    __tablename__ = "staff_recovery_codes"

    id: Mapped[Key]
    staff_id: Mapped[int] = mapped_column(ref("staff.id"), index=True)
    digest: Mapped[str] = mapped_column(String(64), unique=True, info=PLAIN)
    created_at: Mapped[datetime]
    used_at: Mapped[datetime | None]


class HalfSignIn(Model):
    """Somebody whose first step was right and whose second is awaited; it opens no other page."""

    __tablename__ = "half_sign_ins"
    __table_args__ = (
        CheckConstraint("tries >= 0", name="tries"),
        CheckConstraint("expires_at > created_at", name="expires_at"),
    )

    id: Mapped[Key]
    digest: Mapped[str] = mapped_column(String(64), unique=True, info=PLAIN)
    staff_id: Mapped[int] = mapped_column(ref("staff.id"), index=True)
    tries: Mapped[int] = mapped_column(SmallInteger, default=0)
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime] = mapped_column(index=True)
    ended_at: Mapped[datetime | None]


class OutsideTrip(Model):
    """A browser on its way to a provider and back; its cookie holds a token, this row the digest.

    State, nonce and verifier are computed from the token and kept nowhere.
    """

    __tablename__ = "outside_trips"
    __table_args__ = (
        CheckConstraint("expires_at > created_at", name="expires_at"),
        CheckConstraint("(issuer IS NULL) = (subject IS NULL)", name="subject"),
        CheckConstraint("issuer IS NULL OR returned_at IS NOT NULL", name="returned_at"),
    )

    id: Mapped[Key]
    digest: Mapped[str] = mapped_column(String(64), unique=True, info=PLAIN)
    kind: Mapped[SessionKind] = mapped_column(enum_column(SessionKind, "kind"))
    provider: Mapped[str] = mapped_column(String(40), info=PLAIN)
    #: Where on this site to go afterwards.
    next_path: Mapped[str] = mapped_column(String(500), info=PERSONAL)
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime] = mapped_column(index=True)
    returned_at: Mapped[datetime | None]
    #: Whom the provider named, where they have still to prove their mail; emptied once they have.
    issuer: Mapped[str | None] = mapped_column(String(300), info=PLAIN)
    subject: Mapped[str | None] = mapped_column(String(255), info=PERSONAL)


class OutsideIdentity(Model):
    """Whom a provider means by a subject: a colleague or a customer."""

    __tablename__ = "outside_identities"
    __table_args__ = (
        UniqueConstraint("kind", "issuer", "subject"),
        Index("ix_outside_identities_kind_subject_id", "kind", "subject_id"),
    )

    id: Mapped[Key]
    kind: Mapped[SessionKind] = mapped_column(enum_column(SessionKind, "kind"))
    #: The colleague's or the customer's.
    subject_id: Mapped[int] = mapped_column(BigInteger)
    provider: Mapped[str] = mapped_column(String(40), info=PLAIN)
    issuer: Mapped[str] = mapped_column(String(300), info=PLAIN)
    #: By what name the provider knows them; nothing else of theirs is kept.
    subject: Mapped[str] = mapped_column(String(255), info=PERSONAL)
    linked_at: Mapped[datetime]


class ApiKey(Model):
    """A machine's key: shown once, kept as a digest, limited by scopes."""

    __tablename__ = "api_keys"
    __table_args__ = (Index("ix_api_keys_channel_id", "channel_id"),)

    id: Mapped[Key]
    label: Mapped[str] = mapped_column(String(120), info=PLAIN)
    #: The first characters, by which people recognise a key.
    prefix: Mapped[str] = mapped_column(String(12), info=PLAIN)
    digest: Mapped[str] = mapped_column(String(64), unique=True, info=PLAIN)
    scopes: Mapped[list[str]] = mapped_column(ARRAY(String(60)), info=PLAIN)
    #: The one sales channel it reaches; all where there is none.
    channel_id: Mapped[int | None] = mapped_column(ref("sales_channels.id"))
    created_by: Mapped[ActorRef]
    created_at: Mapped[datetime]
    revoked_at: Mapped[datetime | None]
    #: When it ends by itself; never where there is none.
    expires_at: Mapped[datetime | None]
    #: To the minute; none before it was used.
    last_used_at: Mapped[datetime | None]


class LoginCode(Model):
    """A one-time code sent to a customer; a few tries, a few minutes, then void."""

    __tablename__ = "login_codes"
    __table_args__ = (Index("ix_login_codes_identity_key", "identity_key", "created_at"),)

    id: Mapped[Key]
    #: The comparable mail address the code was asked for, known to us or not.
    identity_key: Mapped[str] = mapped_column(String(320), info=PERSONAL)
    customer_id: Mapped[int | None] = mapped_column(ref("customers.id"))
    digest: Mapped[str] = mapped_column(String(64), info=PLAIN)
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    attempts: Mapped[int] = mapped_column(default=0)
    used_at: Mapped[datetime | None]
