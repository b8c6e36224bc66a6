"""What happens at the entrances, to the rights of colleagues, and to the keys of programs."""

from dataclasses import dataclass

from oms_service.kernel.events import Event, event


@event("staff.added", of="staff")
@dataclass(frozen=True, kw_only=True)
class StaffAdded(Event):
    """Somebody became a colleague and may come in at once."""

    staff_id: int


@event("staff.invited", of="staff")
@dataclass(frozen=True, kw_only=True)
class StaffInvited(Event):
    """A link went to a new colleague; ``is_again`` where it takes the place of an older one."""

    staff_id: int
    invitation_id: int
    is_again: bool


@event("staff.invitation_withdrawn", of="staff")
@dataclass(frozen=True, kw_only=True)
class StaffInvitationWithdrawn(Event):
    """The link of a colleague who had not come yet opens nothing any more."""

    staff_id: int
    invitation_id: int


@event("staff.joined", of="staff")
@dataclass(frozen=True, kw_only=True)
class StaffJoined(Event):
    """Who was invited has come in for the first time."""

    staff_id: int


@event("staff.rights_changed", of="staff")
@dataclass(frozen=True, kw_only=True)
class StaffRightsChanged(Event):
    """What a colleague may do, or how they come in, was changed; ``what`` are codes."""

    staff_id: int
    what: list[str]


@event("staff.deactivated", of="staff")
@dataclass(frozen=True, kw_only=True)
class StaffDeactivated(Event):
    """A colleague was shut out; ``sign_ins`` open ones of theirs have ended."""

    staff_id: int
    sign_ins: int


@event("staff.activated", of="staff")
@dataclass(frozen=True, kw_only=True)
class StaffActivated(Event):
    """A colleague who was shut out may come in again."""

    staff_id: int


@event("staff.signed_in", of="staff")
@dataclass(frozen=True, kw_only=True)
class StaffSignedIn(Event):
    """A colleague came in; ``how`` is password, code, provider or invitation."""

    staff_id: int
    how: str


@event("staff.signed_out", of="staff")
@dataclass(frozen=True, kw_only=True)
class StaffSignedOut(Event):
    """A colleague went out by the door."""

    staff_id: int


@event("staff.sign_in_refused", of="staff")
@dataclass(frozen=True, kw_only=True)
class StaffSignInRefused(Event):
    """A sign-in that was not right; ``staff_id`` is 0 where nobody has that mail address.

    ``network`` is the part of the network it came from, never a whole address.
    """

    staff_id: int
    step: str
    network: str


@event("staff.sign_ins_ended", of="staff")
@dataclass(frozen=True, kw_only=True)
class StaffSignInsEnded(Event):
    """All open sign-ins of a colleague were ended by somebody else; ``sign_ins`` says how many."""

    staff_id: int
    sign_ins: int


@event("sign_in.ended", of="sign_in")
@dataclass(frozen=True, kw_only=True)
class CustomerSignInEnded(Event):
    """A customer was signed out of a browser, by whatever way but time.

    ``followed_by_id`` is their next sign-in there, where this one ended for them to come in anew.
    """

    sign_in_id: int
    customer_id: int
    followed_by_id: int | None = None


@event("api_key.created", of="api_key")
@dataclass(frozen=True, kw_only=True)
class ApiKeyCreated(Event):
    """A program has a key; ``channel_id`` is the one sales channel it reaches, if any."""

    api_key_id: int
    scopes: list[str]
    channel_id: int | None


@event("api_key.revoked", of="api_key")
@dataclass(frozen=True, kw_only=True)
class ApiKeyRevoked(Event):
    """Requests with a key are refused from now on."""

    api_key_id: int
