"""Who sits at the other end: a workspace, somebody in it, and the colleague they are."""

from dataclasses import dataclass

from bots.slack import queries
from bots.slack.queries import Reader
from bots.slack.views import PersonView, WorkspaceView
from oms_service.access import queries as access
from oms_service.access.queries import StaffView
from oms_service.kernel.actors import Actor, ActorKind
from oms_service.kernel.actors import staff as a_colleague
from oms_service.kernel.errors import Forbidden, NotFound
from oms_service.kernel.languages import Language


class NotLinked(Forbidden):
    """Somebody in Slack of whom it is not known which colleague they are: they read, no more."""

    code = "slack-not-linked"


@dataclass(frozen=True)
class Seat:
    """Who asks. ``staff`` is None for everybody who is not linked to a colleague at work."""

    workspace: WorkspaceView | None
    user: str
    person: PersonView | None
    staff: StaffView | None
    #: The colleague's; the shop's for all others.
    language: Language

    @property
    def actor(self) -> Actor:
        """In whose name something is written down."""
        return a_colleague(self.staff.id) if self.staff else Actor(ActorKind.INTEGRATION, "slack")

    def colleague(self, permission: str) -> StaffView:
        """The colleague, if they may.

        Raises:
            NotLinked: nobody knows which colleague it is.
            Forbidden: they may not.
        """
        if self.staff is None:
            raise NotLinked("not linked to a colleague")
        if not self.staff.may(permission):
            raise Forbidden("this is for colleagues with another role")
        return self.staff


def sit(reader: Reader, team: str, user: str, *, language: Language) -> Seat:
    """Who asks, as it is known now; a colleague who has left is nobody."""
    workspace = queries.of_team(reader, team) if team else None
    if workspace is None or workspace.revoked_at is not None:
        return Seat(None, user, None, None, language)
    person = queries.person(reader, workspace.id, user) if user else None
    staff = None
    if person is not None and person.staff_id is not None:
        try:
            found = access.staff_by_id(reader, person.staff_id)
        except NotFound:
            found = None
        staff = found if found is not None and found.is_active else None
    return Seat(workspace, user, person, staff, staff.language if staff else language)


def still_sits(reader: Reader, seat: Seat) -> None:
    """Make sure, in the transaction that acts, that who asks is yet whom they were read as.

    Between the reading and the act somebody may have unlinked or deactivated them, taken a role
    or limited them to other queues: what they may do then is not what was checked.

    Raises:
        NotLinked: they are no colleague at work any more.
        Forbidden: their roles, queues or locations are others since.
    """
    if seat.staff is None or seat.workspace is None:
        return
    now = sit(reader, seat.workspace.team, seat.user, language=seat.language).staff
    if now is None or now.id != seat.staff.id:
        raise NotLinked("not linked to a colleague any more")
    was = (seat.staff.roles, seat.staff.queues, seat.staff.locations)
    if (now.roles, now.queues, now.locations) != was:
        raise Forbidden("what they may do was changed meanwhile")
