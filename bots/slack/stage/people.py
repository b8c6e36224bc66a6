"""Who is in a workspace, in the shape in which Slack tells of them."""

from dataclasses import asdict, dataclass
from typing import Any

from bots.slack.stage.ground import Ground
from bots.slack.stage.refusals import Refused


@dataclass
class Member:
    """Somebody with an account. ``team`` is another one's for people of a shared channel."""

    id: str
    name: str
    real_name: str
    mail: str
    team: str
    is_bot: bool = False
    is_guest: bool = False
    is_deleted: bool = False
    locale: str = "ja-JP"
    zone: str = "Asia/Tokyo"
    presence: str = "active"


class People:
    """The members of a workspace; its bot is one of them."""

    def __init__(self, ground: Ground) -> None:
        self._ground = ground
        self._known: dict[str, Member] = {}
        self.add("order_desk", "Order Desk", user=ground.bot_user, is_bot=True)

    def add(  # noqa: PLR0913 - by name
        self,
        name: str,
        real_name: str,
        *,
        mail: str = "",
        user: str = "",
        team: str = "",
        is_bot: bool = False,
        is_guest: bool = False,
        locale: str = "ja-JP",
    ) -> Member:
        """Let somebody in; whoever is known by that id stays who they are."""
        with self._ground.lock:
            if user in self._known:
                return self._known[user]
            made = Member(
                user or self._ground.id("U"),
                name,
                real_name,
                mail,
                team or self._ground.team,
                is_bot=is_bot,
                is_guest=is_guest,
                locale=locale,
            )
            self._known[made.id] = made
            return made

    def get(self, user: Any, *, error: str = "user_not_found") -> Member:
        """The member.

        Raises:
            Refused: nobody is known by that id.
        """
        found = self._known.get(str(user))
        if found is None:
            raise Refused(error)
        return found

    def by_mail(self, mail: Any) -> Member:
        """The member with a mail address.

        Raises:
            Refused: users_not_found.
        """
        wanted = str(mail or "").lower()
        for one in self._known.values():
            if wanted and one.mail.lower() == wanted and not one.is_deleted:
                return one
        raise Refused("users_not_found")

    def all(self) -> list[Member]:
        return list(self._known.values())

    def told(self, one: Member, *, with_mail: bool = True) -> dict[str, Any]:
        """As ``users.info`` tells of somebody."""
        profile = {
            "title": "",
            "phone": "",
            "skype": "",
            "real_name": one.real_name,
            "real_name_normalized": one.real_name,
            "display_name": one.real_name,
            "display_name_normalized": one.real_name,
            "status_text": "",
            "status_emoji": "",
            "status_expiration": 0,
            "avatar_hash": "",
            "first_name": one.real_name.partition(" ")[0],
            "last_name": one.real_name.partition(" ")[2],
            "team": one.team,
        }
        if with_mail and one.mail:
            profile["email"] = one.mail
        if one.is_bot:
            profile |= {"api_app_id": self._ground.app, "bot_id": self._ground.bot}
        return {
            "id": one.id,
            "team_id": one.team,
            "name": one.name,
            "deleted": one.is_deleted,
            "color": "9f69e7",
            "real_name": one.real_name,
            "tz": one.zone,
            "tz_label": "Japan Standard Time",
            "tz_offset": 32_400,
            "profile": profile,
            "is_admin": False,
            "is_owner": False,
            "is_primary_owner": False,
            "is_restricted": one.is_guest,
            "is_ultra_restricted": False,
            "is_bot": one.is_bot,
            "is_app_user": False,
            "is_stranger": one.team != self._ground.team,
            "updated": self._ground.seconds(),
            "is_email_confirmed": bool(one.mail),
            "who_can_share_contact_card": "EVERYONE",
            "locale": one.locale,
        }

    def as_data(self) -> list[dict[str, Any]]:
        return [asdict(one) for one in self._known.values()]

    def take_up(self, data: list[dict[str, Any]]) -> None:
        self._known = {one["id"]: Member(**one) for one in data}
