"""The methods of the Web API: which scope and pace each asks for, and what it does to the book."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from bots.slack.stage.book import Book
from bots.slack.stage.channels import Channel
from bots.slack.stage.messages import Words
from bots.slack.stage.people import Member
from bots.slack.stage.refusals import Refused
from bots.slack.stage.windows import told as view_told

Said = Mapping[str, Any]
Answer = dict[str, Any]
#: How many calls of a method a minute, by Slack's tiers; 0: one message a second and channel.
TIERS: Final = {1: 1, 2: 20, 3: 50, 4: 100}


@dataclass(frozen=True)
class Method:
    """One method: the scope it needs ('' for none), its tier, and what it does."""

    scope: str
    tier: int
    run: Callable[[Book, Said], Answer]

    @property
    def is_reading(self) -> bool:
        """Whether it changes nothing."""
        return self.run in _READS


def _true(value: Any) -> bool:
    return str(value or "").lower() in {"1", "true"}


def _here(book: Book, said: Said) -> Channel:
    return book.channels.get(said.get("channel"), user=book.bot.id)


def _words(said: Said) -> Words:
    return Words(
        text=said.get("text") or "",
        blocks=said.get("blocks"),
        attachments=said.get("attachments"),
        metadata=said.get("metadata"),
        thread_ts=str(said.get("thread_ts") or ""),
        is_broadcast=_true(said.get("reply_broadcast")),
        username=str(said.get("username") or ""),
    )


# Itself


def _auth_test(book: Book, _said: Said) -> Answer:
    ground = book.ground
    return {
        "ok": True,
        "url": f"https://{ground.domain}.slack.com/",
        "team": ground.team_name,
        "user": book.bot.name,
        "team_id": ground.team,
        "user_id": ground.bot_user,
        "bot_id": ground.bot,
        "app_id": ground.app,
        "app_name": ground.app_name,
        "is_enterprise_install": False,
    }


def _api_test(_book: Book, said: Said) -> Answer:
    return {"ok": True, "args": dict(said)}


def _uninstall(book: Book, said: Said) -> Answer:
    if not said.get("client_id") or not said.get("client_secret"):
        raise Refused("invalid_arguments")
    book.is_installed = False
    return {"ok": True}


def _team_info(book: Book, _said: Said) -> Answer:
    ground = book.ground
    return {
        "ok": True,
        "team": {"id": ground.team, "name": ground.team_name, "domain": ground.domain},
    }


# Messages


def _post(book: Book, said: Said) -> Answer:
    channel = _here(book, said)
    message = book.messages.post(channel, book.bot, _words(said))
    return {"ok": True, "channel": channel.id, "ts": message["ts"], "message": message}


def _update(book: Book, said: Said) -> Answer:
    channel = _here(book, said)
    names = ("text", "blocks", "attachments", "metadata")
    changes = {name: said[name] for name in names if name in said}
    message = book.messages.update(channel, said.get("ts"), book.bot, changes)
    return {
        "ok": True,
        "channel": channel.id,
        "ts": message["ts"],
        "text": message["text"],
        "message": message,
    }


def _delete(book: Book, said: Said) -> Answer:
    channel = _here(book, said)
    book.messages.delete(channel, said.get("ts"), book.bot)
    return {"ok": True, "channel": channel.id, "ts": said["ts"]}


def _whisper(book: Book, said: Said) -> Answer:
    channel = _here(book, said)
    to = book.people.get(said.get("user"), error="user_not_in_channel")
    message = book.messages.whisper(channel, to, book.bot, _words(said))
    return {"ok": True, "message_ts": message["ts"]}


def _permalink(book: Book, said: Said) -> Answer:
    channel = _here(book, said)
    message = book.messages.get(channel, said.get("message_ts"))
    at = message["ts"].replace(".", "")
    thread = message.get("thread_ts", message["ts"])
    below = f"?thread_ts={thread}&cid={channel.id}" if thread != message["ts"] else ""
    link = f"https://{book.ground.domain}.slack.com/archives/{channel.id}/p{at}{below}"
    return {"ok": True, "channel": channel.id, "permalink": link}


def _unfurl(book: Book, said: Said) -> Answer:
    unfurls = said.get("unfurls")
    if not isinstance(unfurls, dict):
        raise Refused("missing_unfurls")
    if said.get("unfurl_id"):
        where, _, ts = str(said["unfurl_id"]).partition(":")
    else:
        where, ts = str(said.get("channel")), str(said.get("ts"))
    book.messages.unfurl(book.channels.get(where, user=book.bot.id), ts, unfurls)
    return {"ok": True}


# Channels


def _create(book: Book, said: Said) -> Answer:
    made = book.channels.create(
        said.get("name"), by=book.bot.id, is_private=_true(said.get("is_private"))
    )
    return _channel_told(book, made)


def _channel_told(book: Book, channel: Channel) -> Answer:
    return {"ok": True, "channel": book.channels.told(channel, to=book.bot.id)}


def _info(book: Book, said: Said) -> Answer:
    return _channel_told(book, _here(book, said))


def _archive(book: Book, said: Said) -> Answer:
    book.channels.archive(_here(book, said))
    return {"ok": True}


def _unarchive(book: Book, said: Said) -> Answer:
    book.channels.unarchive(_here(book, said))
    return {"ok": True}


def _rename(book: Book, said: Said) -> Answer:
    channel = _here(book, said)
    book.channels.rename(channel, said.get("name"))
    return _channel_told(book, channel)


def _invite(book: Book, said: Said) -> Answer:
    channel = _here(book, said)
    users = said.get("users") or []
    listed = users if isinstance(users, list) else [u for u in str(users).split(",") if u]
    book.channels.invite(channel, [str(one).strip() for one in listed], by=book.bot.id)
    return _channel_told(book, channel)


def _join(book: Book, said: Said) -> Answer:
    channel = _here(book, said)
    is_new = book.channels.join(channel, book.bot.id)
    return _channel_told(book, channel) | ({} if is_new else {"warning": "already_in_channel"})


def _kick(book: Book, said: Said) -> Answer:
    channel = _here(book, said)
    if said.get("user") not in channel.members:
        raise Refused("not_in_channel")
    channel.members.remove(str(said["user"]))
    return {"ok": True}


def _members(book: Book, said: Said) -> Answer:
    page, cursor = _paged(_here(book, said).members, said)
    return {"ok": True, "members": page, "response_metadata": {"next_cursor": cursor}}


def _channels(book: Book, said: Said) -> Answer:
    wanted = set(str(said.get("types") or "public_channel").replace(" ", "").split(","))
    kinds = {"channel": "public_channel", "group": "private_channel", "im": "im"}
    with_old = not _true(said.get("exclude_archived"))
    seen = [
        book.channels.told(one, to=book.bot.id)
        for one in book.channels.all()
        if kinds[one.kind] in wanted
        and (with_old or not one.is_archived)
        and (one.kind == "channel" or book.bot.id in one.members)
    ]
    page, cursor = _paged(seen, said)
    return {"ok": True, "channels": page, "response_metadata": {"next_cursor": cursor}}


def _own_channels(book: Book, said: Said) -> Answer:
    """Those that the app itself is in."""
    every = _channels(book, {**said, "limit": 1_000, "cursor": ""})["channels"]
    mine = [one for one in every if one.pop("is_member", False)]
    page, cursor = _paged(mine, said)
    return {"ok": True, "channels": page, "response_metadata": {"next_cursor": cursor}}


def _open(book: Book, said: Said) -> Answer:
    users = [one for one in str(said.get("users") or "").split(",") if one]
    if said.get("channel"):
        channel, was_open = book.channels.get(said["channel"], user=book.bot.id), True
    elif len(users) == 1:
        was_open = book.channels.has_direct(users[0])
        channel = book.channels.open_with(users[0])
    else:
        raise Refused("not_supported")
    shape = book.channels.told(channel, to=book.bot.id)
    body = shape if _true(said.get("return_im")) else {"id": channel.id}
    return {"ok": True, "no_op": was_open, "already_open": was_open, "channel": body}


def _topic(book: Book, said: Said) -> Answer:
    channel = _here(book, said)
    channel.topic = str(said.get("topic") or "")[:250]
    return _channel_told(book, channel)


def _purpose(book: Book, said: Said) -> Answer:
    channel = _here(book, said)
    channel.purpose = str(said.get("purpose") or "")[:250]
    return _channel_told(book, channel)


def _history(book: Book, said: Said) -> Answer:
    channel = _here(book, said)
    if book.bot.id not in channel.members:
        raise Refused("not_in_channel")
    return book.messages.history(channel, said)


def _replies(book: Book, said: Said) -> Answer:
    return book.messages.replies(_here(book, said), said)


# People


def _user_told(book: Book, one: Member) -> Answer:
    return {"ok": True, "user": book.people.told(one)}


def _user(book: Book, said: Said) -> Answer:
    return _user_told(book, book.people.get(said.get("user")))


def _user_by_mail(book: Book, said: Said) -> Answer:
    return _user_told(book, book.people.by_mail(said.get("email")))


def _users(book: Book, said: Said) -> Answer:
    page, cursor = _paged([book.people.told(one) for one in book.people.all()], said)
    return {"ok": True, "members": page, "response_metadata": {"next_cursor": cursor}}


def _presence(book: Book, said: Said) -> Answer:
    one = book.people.get(said.get("user") or book.bot.id)
    return {"ok": True, "presence": one.presence}


# Views


def _views_open(book: Book, said: Said) -> Answer:
    view = book.windows.open(said.get("trigger_id"), said.get("view"))
    return {"ok": True, "view": view_told(view)}


def _views_push(book: Book, said: Said) -> Answer:
    view = book.windows.push(said.get("trigger_id"), said.get("view"))
    return {"ok": True, "view": view_told(view)}


def _views_update(book: Book, said: Said) -> Answer:
    return {"ok": True, "view": view_told(book.windows.update(said))}


def _views_publish(book: Book, said: Said) -> Answer:
    to = book.people.get(said.get("user_id"), error="invalid_arguments")
    view = book.windows.publish(to.id, said.get("view"), str(said.get("hash") or ""))
    return {"ok": True, "view": view_told(view)}


# Files


def _expect_file(book: Book, said: Said) -> Answer:
    made = book.files.expect(said.get("filename"), said.get("length"), user=book.bot.id)
    return {"ok": True, "upload_url": f"{book.files.url}/upload/{made.id}", "file_id": made.id}


def _complete_files(book: Book, said: Said) -> Answer:
    listed = said.get("files")
    if not isinstance(listed, list) or not listed:
        raise Refused("invalid_arguments")
    wanted = said.get("channel_id") or str(said.get("channels") or "").partition(",")[0]
    channel = book.channels.get(wanted, user=book.bot.id) if wanted else None
    shown = [book.files.complete(one.get("id"), one.get("title")) for one in listed]
    if channel is not None:
        for one in shown:
            one.channel = channel.id
        words = Words(
            text=str(said.get("initial_comment") or ""),
            blocks=said.get("blocks"),
            files=[book.files.told(one) for one in shown],
            thread_ts=str(said.get("thread_ts") or ""),
        )
        book.messages.post(channel, book.bot, words)
    return {"ok": True, "files": [book.files.told(one) for one in shown]}


def _file(book: Book, said: Said) -> Answer:
    return {"ok": True, "file": book.files.told(book.files.get(said.get("file")))}


def _delete_file(book: Book, said: Said) -> Answer:
    book.files.delete(said.get("file"))
    return {"ok": True}


# The assistant's pane


def _assistant(*names: str) -> Callable[[Book, Said], Answer]:
    def run(book: Book, said: Said) -> Answer:
        channel = book.channels.get(said.get("channel_id"), user=book.bot.id)
        told = {name: said[name] for name in names if name in said}
        book.help_with(channel, str(said.get("thread_ts") or ""), told)
        return {"ok": True}

    return run


def _react(book: Book, said: Said) -> Answer:
    message = book.messages.get(_here(book, said), said.get("timestamp"))
    name = str(said.get("name") or "")
    shown = message.setdefault("reactions", [])
    for one in shown:
        if one["name"] == name:
            if book.bot.id in one["users"]:
                raise Refused("already_reacted")
            one["users"].append(book.bot.id)
            one["count"] += 1
            return {"ok": True}
    shown.append({"name": name, "users": [book.bot.id], "count": 1})
    return {"ok": True}


def _paged(found: list[Any], said: Said) -> tuple[list[Any], str]:
    limit = min(max(int(said.get("limit") or 100), 1), 1_000)
    start = int(str(said.get("cursor") or "0").removeprefix("next:") or 0)
    more = start + limit < len(found)
    return found[start : start + limit], f"next:{start + limit}" if more else ""


_READS: Final = frozenset(
    {
        _api_test,
        _auth_test,
        _channels,
        _own_channels,
        _file,
        _history,
        _info,
        _members,
        _permalink,
        _presence,
        _replies,
        _team_info,
        _user,
        _user_by_mail,
        _users,
    }
)
METHODS: Final[Mapping[str, Method]] = {
    "api.test": Method("", 4, _api_test),
    "apps.uninstall": Method("", 1, _uninstall),
    "assistant.threads.setStatus": Method("assistant:write", 3, _assistant("status")),
    "assistant.threads.setSuggestedPrompts": Method(
        "assistant:write", 3, _assistant("prompts", "title")
    ),
    "assistant.threads.setTitle": Method("assistant:write", 3, _assistant("title")),
    "auth.test": Method("", 4, _auth_test),
    "chat.delete": Method("chat:write", 3, _delete),
    "chat.getPermalink": Method("", 4, _permalink),
    "chat.postEphemeral": Method("chat:write", 4, _whisper),
    "chat.postMessage": Method("chat:write", 0, _post),
    "chat.unfurl": Method("links:write", 3, _unfurl),
    "chat.update": Method("chat:write", 3, _update),
    "conversations.archive": Method("channels:manage", 2, _archive),
    "conversations.create": Method("channels:manage", 2, _create),
    "conversations.history": Method("channels:history", 3, _history),
    "conversations.info": Method("channels:read", 3, _info),
    "conversations.invite": Method("channels:manage", 3, _invite),
    "conversations.join": Method("channels:join", 3, _join),
    "conversations.kick": Method("channels:manage", 3, _kick),
    "conversations.list": Method("channels:read", 2, _channels),
    "conversations.members": Method("channels:read", 4, _members),
    "conversations.open": Method("im:write", 3, _open),
    "conversations.rename": Method("channels:manage", 2, _rename),
    "conversations.replies": Method("channels:history", 3, _replies),
    "conversations.setPurpose": Method("channels:manage", 2, _purpose),
    "conversations.setTopic": Method("channels:manage", 2, _topic),
    "conversations.unarchive": Method("channels:manage", 2, _unarchive),
    "files.completeUploadExternal": Method("files:write", 4, _complete_files),
    "files.delete": Method("files:write", 3, _delete_file),
    "files.getUploadURLExternal": Method("files:write", 4, _expect_file),
    "files.info": Method("files:read", 4, _file),
    "reactions.add": Method("reactions:write", 3, _react),
    "team.info": Method("team:read", 3, _team_info),
    "users.conversations": Method("channels:read", 3, _own_channels),
    "users.getPresence": Method("users:read", 3, _presence),
    "users.info": Method("users:read", 4, _user),
    "users.list": Method("users:read", 2, _users),
    "users.lookupByEmail": Method("users:read.email", 3, _user_by_mail),
    "views.open": Method("", 4, _views_open),
    "views.publish": Method("", 4, _views_publish),
    "views.push": Method("", 4, _views_push),
    "views.update": Method("", 4, _views_update),
}
#: All scopes that a method here asks for, and those by which the app is told of things.
SCOPES: Final = frozenset(one.scope for one in METHODS.values() if one.scope) | {
    "app_mentions:read",
    "commands",
    "groups:history",
    "groups:read",
    "groups:write",
    "im:history",
    "im:read",
    "links:read",
    "metadata.message:read",
}


def arguments(content_type: str, body: bytes, query: Said) -> dict[str, Any]:
    """What a call says: JSON, a form whose values may be JSON, or a query.

    Raises:
        Refused: invalid_json, json_not_object.
    """
    if content_type.startswith("application/json"):
        try:
            found = json.loads(body or b"{}")
        except ValueError:
            raise Refused("invalid_json") from None
        if not isinstance(found, dict):
            raise Refused("json_not_object")
        return {**query, **found}
    return {name: _opened(name, value) for name, value in query.items()}


#: Arguments that a form holds as JSON.
_NESTED: Final = frozenset(
    {"attachments", "blocks", "files", "metadata", "prompts", "unfurls", "view"}
)


def _opened(name: str, value: Any) -> Any:
    if name not in _NESTED or not isinstance(value, str):
        return value
    try:
        return json.loads(value)
    except ValueError:
        error = "invalid_blocks_format" if name == "blocks" else "invalid_arguments"
        raise Refused(error) from None
