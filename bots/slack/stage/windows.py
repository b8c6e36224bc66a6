"""What is open before each person: windows upon windows, the app's home, and who may open one."""

import copy
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final

from bots.slack.stage.elements import STATEFUL
from bots.slack.stage.ground import Ground
from bots.slack.stage.limits import check_view, elements_of
from bots.slack.stage.messages import with_ids
from bots.slack.stage.refusals import Refused, Unwilling

#: The first window and two upon it.
DEEPEST: Final = 3
TRIGGER_GOOD: Final = timedelta(seconds=3)
_WINDOWS: Final = ("modal",)


@dataclass
class Trigger:
    """A press: whoever hears of it may open one window before that person, soon."""

    user: str
    at: datetime
    is_used: bool = False


@dataclass
class Windows:
    """All views of a workspace."""

    ground: Ground
    #: How long a press may be answered with a window.
    good: timedelta = TRIGGER_GOOD
    homes: dict[str, dict[str, Any]] = field(default_factory=dict)
    _stacks: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    _triggers: dict[str, Trigger] = field(default_factory=dict)

    def pressed(self, user: str) -> str:
        """A new trigger id for what somebody just did."""
        with self.ground.lock:
            made = f"{self.ground.ts()}.{self.ground.id('t')}"
            self._triggers[made] = Trigger(user, self.ground.now())
            for old in list(self._triggers)[:-500]:
                del self._triggers[old]
            return made

    def before(self, user: str) -> list[dict[str, Any]]:
        """The windows before somebody, the one they see last."""
        return list(self._stacks.get(user, ()))

    def top(self, user: str) -> dict[str, Any]:
        """The window somebody sees.

        Raises:
            Unwilling: none is open.
        """
        stack = self._stacks.get(user)
        if not stack:
            raise Unwilling("no window is open")
        return stack[-1]

    def open(self, trigger_id: Any, view: Any) -> dict[str, Any]:
        """Open a window; what was open before them is gone.

        Raises:
            Refused: expired_trigger_id, exchanged_trigger_id, invalid_trigger_id, limits.
        """
        with self.ground.lock:
            user = self._use(trigger_id, view)
            made = self._made(view, user)
            self._stacks[user] = [made]
            return made

    def push(self, trigger_id: Any, view: Any) -> dict[str, Any]:
        """Open a window upon the one they see.

        Raises:
            Refused: as ``open``; push_limit_reached, not_found where none is open.
        """
        with self.ground.lock:
            user = self._use(trigger_id, view)
            return self.lay_upon(user, view)

    def lay_upon(self, user: str, view: Any) -> dict[str, Any]:
        """Push without a press: as the answer to a submission.

        Raises:
            Refused: push_limit_reached, not_found, limits.
        """
        with self.ground.lock:
            check_view(view, kinds=_WINDOWS)
            stack = self._stacks.get(user)
            if not stack:
                raise Refused("not_found")
            if len(stack) >= DEEPEST:
                raise Refused("push_limit_reached")
            made = self._made(view, user)
            made |= {"root_view_id": stack[0]["id"], "previous_view_id": stack[-1]["id"]}
            stack.append(made)
            return made

    def update(self, asked: Mapping[str, Any]) -> dict[str, Any]:
        """Show an open window otherwise: ``view``, by ``view_id`` or ``external_id``.

        Raises:
            Refused: not_found, hash_conflict, limits.
        """
        with self.ground.lock:
            held = self.find(asked.get("view_id"), asked.get("external_id"))
            if asked.get("hash") and asked["hash"] != held["hash"]:
                raise Refused("hash_conflict")
            check_view(asked.get("view"), kinds=(held["type"],))
            self._fill(held, asked["view"])
            return held

    def publish(self, user: str, view: Any, hash_: str = "") -> dict[str, Any]:
        """Show somebody the app's home.

        Raises:
            Refused: hash_conflict, limits.
        """
        with self.ground.lock:
            check_view(view, kinds=("home",))
            held = self.homes.get(user)
            if held is None:
                held = self.homes[user] = self._made(view, user)
            elif hash_ and hash_ != held["hash"]:
                raise Refused("hash_conflict")
            else:
                self._fill(held, view)
            return held

    def find(self, view_id: Any, external_id: Any = None) -> dict[str, Any]:
        """The view by its id, or by the one the app gave it.

        Raises:
            Refused: not_found.
        """
        open_now = [one for stack in self._stacks.values() for one in stack]
        for one in [*open_now, *self.homes.values()]:
            if view_id and one["id"] == view_id:
                return one
            if not view_id and external_id and one["external_id"] == external_id:
                return one
        raise Refused("not_found")

    def close(self, user: str, *, all_of_them: bool = False) -> list[dict[str, Any]]:
        """They close the window they see, or all; the closed ones, the last opened first."""
        with self.ground.lock:
            stack = self._stacks.get(user, [])
            closed = stack[::-1] if all_of_them else stack[-1:]
            self._stacks[user] = stack[: len(stack) - len(closed)]
            return closed

    def fill_in(self, view: dict[str, Any], values: Mapping[str, Mapping[str, Any]]) -> None:
        """Keep what somebody has chosen and typed so far."""
        with self.ground.lock:
            for block_id, by_action in values.items():
                view["state"]["values"].setdefault(block_id, {}).update(copy.deepcopy(by_action))

    def as_data(self) -> dict[str, Any]:
        return {"homes": self.homes, "stacks": self._stacks}

    def take_up(self, data: dict[str, Any]) -> None:
        self.homes, self._stacks = data["homes"], data["stacks"]

    # Inside

    def _use(self, trigger_id: Any, view: Any) -> str:
        held = self._triggers.get(str(trigger_id or ""))
        if held is None:
            raise Refused("invalid_trigger_id")
        if held.is_used:
            raise Refused("exchanged_trigger_id")
        if self.ground.now() - held.at > self.good:
            raise Refused("expired_trigger_id")
        check_view(view, kinds=_WINDOWS)
        external = view.get("external_id")
        if external and any(
            one["external_id"] == external for stack in self._stacks.values() for one in stack
        ):
            raise Refused("duplicate_external_id")
        held.is_used = True
        return held.user

    def _made(self, view: Mapping[str, Any], user: str) -> dict[str, Any]:
        made = {
            "id": self.ground.id("V"),
            "team_id": self.ground.team,
            "type": view["type"],
            "state": {"values": {}},
            "previous_view_id": None,
            "app_id": self.ground.app,
            "app_installed_team_id": self.ground.team,
            "bot_id": self.ground.bot,
            "user": user,
        }
        made["root_view_id"] = made["id"]
        self._fill(made, view)
        return made

    def _fill(self, held: dict[str, Any], view: Mapping[str, Any]) -> None:
        blocks = with_ids(view["blocks"], self.ground)
        held |= {
            "blocks": blocks,
            "title": view.get("title") or {"type": "plain_text", "text": "", "emoji": True},
            "submit": view.get("submit"),
            "close": view.get("close"),
            "private_metadata": view.get("private_metadata", ""),
            "callback_id": view.get("callback_id", ""),
            "external_id": view.get("external_id", ""),
            "clear_on_close": bool(view.get("clear_on_close")),
            "notify_on_close": bool(view.get("notify_on_close")),
            "submit_disabled": bool(view.get("submit_disabled")),
            "hash": f"{self.ground.ts()}.h",
        }
        known = held["state"]["values"]
        held["state"] = {
            "values": {
                block["block_id"]: {
                    element["action_id"]: known[block["block_id"]][element["action_id"]]
                    for element in elements_of(block)
                    if element["type"] in STATEFUL
                    and element["action_id"] in known.get(block["block_id"], {})
                }
                for block in blocks
                if block["block_id"] in known
            }
        }


#: Who sees it, and the errors they see in it, are for this Slack alone.
_OURS: Final = frozenset({"user", "errors"})


def told(view: Mapping[str, Any]) -> dict[str, Any]:
    """A view as Slack tells of it."""
    return {name: copy.deepcopy(value) for name, value in view.items() if name not in _OURS}
