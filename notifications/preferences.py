"""By which ways a customer wants to hear of what: their last word about each kind and channel."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Final

from sqlalchemy import Connection
from sqlalchemy.orm import Session

from cases.after.surveys import PURPOSE as SURVEYS
from notifications.rules import PURPOSE, Kind, may_be_refused, purpose
from oms_service.conversations.channels import LINE, MAIL, SLACK, SMS, WEBCHAT
from oms_service.customers import consents
from oms_service.infra.uow import UnitOfWork
from oms_service.kernel.errors import Invalid

Reader = Connection | Session

#: The ways notices go, in the order of the page.
CHANNELS: Final = (MAIL, WEBCHAT, LINE, SLACK, SMS)
#: Ways that a notice goes only for who asked for it there.
BY_CHOICE: Final = frozenset({LINE, SLACK, SMS})
#: Ways that nothing goes unasked, not even where no other is left.
NEVER_UNASKED: Final = frozenset({SMS})
#: What is kept where somebody wants nothing of a kind, for whoever asks them or tells them.
_WHOLE: Final = {Kind.DELIVERY: PURPOSE, Kind.SURVEYS: SURVEYS}


@dataclass(frozen=True)
class Preferences:
    """What a customer said, by purpose and channel.

    Everything is wanted until they say no, but by no way that has to be chosen.
    """

    said: Mapping[tuple[str, str], bool]

    def wants(self, kind: Kind, channel: str) -> bool:
        """Whether notices of a kind may go that way."""
        return not self.refuses(kind) and self.chose(kind, channel)

    def chose(self, kind: Kind, channel: str) -> bool:
        """The same, whatever they said of the kind as a whole."""
        return self.said.get((purpose(kind), channel), channel not in BY_CHOICE)

    def refuses(self, kind: Kind) -> bool:
        """Whether somebody asked, by whatever way, to hear nothing of a kind at all."""
        whole = _WHOLE.get(kind)
        return any(not yes for (what, _), yes in self.said.items() if what == whole)

    def ways(self, kind: Kind, open_ways: Collection[str]) -> frozenset[str]:
        """Those of the ways to somebody that notices of a kind may go.

        What everybody has to hear goes by the way there is, where the wanted one is not there.
        """
        wanted = frozenset(one for one in open_ways if self.wants(kind, one))
        if wanted or may_be_refused(kind):
            return wanted
        return frozenset(open_ways) - NEVER_UNASKED


def of(reader: Reader, customer_id: int) -> Preferences:
    """What a customer chose."""
    return Preferences(consents.standing(reader, customer_id))


def choose(
    uow: UnitOfWork, customer_id: int, wanted: Mapping[tuple[Kind, str], bool], *, source: str
) -> int:
    """Keep what a customer chooses; chosen again alike, nothing is written.

    Returns:
        How many choices are new.

    Raises:
        Invalid: no way is left for what every customer has to hear; ``fields`` names the kinds.
        NotFound: no such customer, or erased.
    """
    kinds = sorted({kind for kind, _ in wanted})
    before = of(uow.session, customer_id)
    ends = {
        kind
        for kind in kinds
        if not any(wanted.get((kind, one), before.chose(kind, one)) for one in CHANNELS)
    }
    wrong = {str(kind): "needs one way at least" for kind in ends if not may_be_refused(kind)}
    if wrong:
        raise Invalid("some notices have to be told", wrong)
    said = before.said
    words = {
        (purpose(kind), channel): yes
        for (kind, channel), yes in wanted.items()
        if before.chose(kind, channel) != yes
    }
    for kind, whole in _WHOLE.items():
        if kind not in kinds:
            continue
        if kind in ends:
            words[whole, consents.ANY] = False
        else:
            words |= {key: True for key, yes in said.items() if key[0] == whole and not yes}
    return consents.say(uow, customer_id, words, source=source)
