"""Channels and direct messages: who is in them, what they are called, whether they are archived."""

import re
from dataclasses import asdict, dataclass, field
from typing import Any, Final

from bots.slack.stage.ground import Ground
from bots.slack.stage.people import People
from bots.slack.stage.refusals import Refused

NAME_LENGTH: Final = 80
#: Small letters of any script, digits, hyphens and underscores.
_NAME: Final = re.compile(r"[\w-]+")


@dataclass
class Channel:
    """A channel or a direct message with ``user``; ``messages`` by their times, in order."""

    id: str
    name: str
    created: int
    creator: str
    is_private: bool = False
    is_shared: bool = False
    is_archived: bool = False
    user: str = ""
    topic: str = ""
    purpose: str = ""
    members: list[str] = field(default_factory=list)
    previous_names: list[str] = field(default_factory=list)
    messages: dict[str, dict[str, Any]] = field(default_factory=dict)

    @property
    def is_im(self) -> bool:
        return bool(self.user)

    @property
    def kind(self) -> str:
        """As events call it."""
        if self.is_im:
            return "im"
        return "group" if self.is_private else "channel"


class Channels:
    """All channels of a workspace."""

    def __init__(self, ground: Ground, people: People) -> None:
        self._ground = ground
        self._people = people
        self._known: dict[str, Channel] = {}

    def all(self) -> list[Channel]:
        return list(self._known.values())

    def get(self, channel: Any, *, user: str = "") -> Channel:
        """The channel; for whom it is private, there is none. A user's id is their direct message.

        Raises:
            Refused: channel_not_found.
        """
        said = str(channel or "")
        if said[:1] in {"U", "W"} and said not in self._known:
            return self.open_with(said)
        found = self._known.get(said)
        if found is None or (user and found.kind != "channel" and user not in found.members):
            raise Refused("channel_not_found")
        return found

    def create(self, name: Any, *, by: str, is_private: bool = False) -> Channel:
        """Make a channel; its maker is in it.

        Raises:
            Refused: invalid_name..., name_taken.
        """
        with self._ground.lock:
            self._check_name(name)
            made = Channel(
                self._ground.id("C"), name, self._ground.seconds(), by, is_private, members=[by]
            )
            self._known[made.id] = made
            return made

    def rename(self, channel: Channel, name: Any) -> None:
        """Call it otherwise.

        Raises:
            Refused: invalid_name..., name_taken, is_archived.
        """
        with self._ground.lock:
            self.check_open(channel)
            self._check_name(name)
            channel.previous_names.insert(0, channel.name)
            channel.name = name

    def archive(self, channel: Channel) -> None:
        """Close it for good.

        Raises:
            Refused: already_archived, method_not_supported_for_channel_type.
        """
        with self._ground.lock:
            if channel.is_im:
                raise Refused("method_not_supported_for_channel_type")
            if channel.is_archived:
                raise Refused("already_archived")
            channel.is_archived = True

    def unarchive(self, channel: Channel) -> None:
        """Open it again.

        Raises:
            Refused: not_archived.
        """
        with self._ground.lock:
            if not channel.is_archived:
                raise Refused("not_archived")
            channel.is_archived = False

    def invite(self, channel: Channel, users: list[str], *, by: str) -> None:
        """Bring people in: all of them or none.

        Raises:
            Refused: user_not_found, already_in_channel, cant_invite_self, is_archived.
        """
        with self._ground.lock:
            self.check_open(channel)
            errors = []
            for user in users:
                known = {one.id for one in self._people.all()}
                why = "user_not_found" if user not in known else ""
                why = why or ("cant_invite_self" if user == by else "")
                why = why or ("already_in_channel" if user in channel.members else "")
                if why:
                    errors.append({"ok": False, "error": why, "user": user})
            if not users:
                raise Refused("no_user")
            if errors:
                raise Refused(str(errors[0]["error"]), errors=errors)
            channel.members += users

    def join(self, channel: Channel, user: str) -> bool:
        """Go in by oneself; False for who was in it.

        Raises:
            Refused: is_archived, method_not_supported_for_channel_type.
        """
        with self._ground.lock:
            if channel.kind != "channel":
                raise Refused("method_not_supported_for_channel_type")
            self.check_open(channel)
            if user in channel.members:
                return False
            channel.members.append(user)
            return True

    def open_with(self, user: str) -> Channel:
        """The direct message of the bot with somebody.

        Raises:
            Refused: user_not_found.
        """
        with self._ground.lock:
            self._people.get(user)
            for one in self._known.values():
                if one.user == user:
                    return one
            bot = self._ground.bot_user
            made = Channel(
                self._ground.id("D"),
                "",
                self._ground.seconds(),
                bot,
                is_private=True,
                user=user,
                members=[user, bot],
            )
            self._known[made.id] = made
            return made

    def has_direct(self, user: str) -> bool:
        return any(one.user == user for one in self._known.values())

    @staticmethod
    def check_open(channel: Channel) -> None:
        """Nothing happens in an archived channel.

        Raises:
            Refused: is_archived.
        """
        if channel.is_archived:
            raise Refused("is_archived")

    def told(self, one: Channel, *, to: str) -> dict[str, Any]:
        """As ``conversations.info`` tells of it, to a member."""
        team = self._ground.team
        common = {
            "id": one.id,
            "created": one.created,
            "is_archived": one.is_archived,
            "is_im": one.is_im,
            "is_org_shared": False,
            "context_team_id": team,
            "updated": one.created * 1_000,
        }
        if one.is_im:
            return {**common, "user": one.user, "is_open": True, "priority": 0}
        said = {"creator": one.creator, "last_set": one.created}
        return {
            **common,
            "name": one.name,
            "name_normalized": one.name,
            "is_channel": not one.is_private,
            "is_group": one.is_private,
            "is_mpim": False,
            "is_private": one.is_private,
            "is_general": False,
            "unlinked": 0,
            "is_shared": one.is_shared,
            "is_ext_shared": one.is_shared,
            "shared_team_ids": [team],
            "pending_shared": [],
            "pending_connected_team_ids": [],
            "is_pending_ext_shared": False,
            "creator": one.creator,
            "is_member": to in one.members,
            "topic": {"value": one.topic, **said},
            "purpose": {"value": one.purpose, **said},
            "previous_names": list(one.previous_names),
            "num_members": len(one.members),
        }

    def as_data(self) -> list[dict[str, Any]]:
        return [asdict(one) for one in self._known.values()]

    def take_up(self, data: list[dict[str, Any]]) -> None:
        self._known = {one["id"]: Channel(**one) for one in data}

    def _check_name(self, name: Any) -> None:
        if not isinstance(name, str) or not name:
            raise Refused("invalid_name_required")
        if len(name) > NAME_LENGTH:
            raise Refused("invalid_name_maxlength")
        if not _NAME.fullmatch(name) or name != name.lower():
            raise Refused("invalid_name_specials")
        if any(one.name == name for one in self._known.values() if not one.is_im):
            raise Refused("name_taken")
