"""What stands in posts: drawn when they leave, as things are then, in their channel's language."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Final

from flask_babel import force_locale

from bots.slack import leaving, queries, seeing
from bots.slack.blocks import card as cards
from bots.slack.blocks.bricks import section
from bots.slack.blocks.speaking import shortened
from bots.slack.blocks.texts import Mark, bold, joined
from bots.slack.couriers import Draw, Drawn, Sending
from bots.slack.states import PostKind
from bots.slack.syncing import mirroring
from bots.slack.views import PostView, ThreadView
from oms_service.kernel.errors import NotFound
from oms_service.runtime import Runtime
from oms_service.web.texts import gettext

#: Slack shows nothing of what our links lead to; the card says it.
_QUIET: Final = {"unfurl_links": False, "unfurl_media": False}


def card(house: Runtime, post: PostView) -> Drawn | None:
    """The card of a case; one that the case has left says where it stands now."""
    case_id = int(post.facts["case_id"])
    with house.database.reading() as connection:
        thread = (
            queries.thread_by_id(connection, post.thread_id) if post.thread_id is not None else None
        )
        now_at = queries.thread_of(connection, case_id)
    with force_locale(str(post.channel.language)), house.database.looking() as session:
        try:
            seen = seeing.read(house, session, case_id)
        except NotFound:
            return None
        voice = seeing.voice(house, session, seeing.sight_in(post.channel))
        if thread is not None and thread.is_left:
            return moved(cards.headline(seen.page, voice), now_at, seen.beside.desk_url)
        made = cards.card(seen.page, seen.beside, voice)
    return Drawn(made.text, list(made.blocks), _QUIET)


def moved(headline: str, now_at: ThreadView | None, desk_url: str) -> Drawn:
    """Where a case stands that has left a channel."""
    where = f"<#{now_at.channel.slack_id}>" if now_at is not None else f"<{desk_url}>"
    said = gettext("This case is worked elsewhere now: %(where)s", where=where)
    blocks = [section(joined([bold(shortened(headline)), Mark(said)], "\n"))]
    return Drawn(joined([shortened(headline), Mark(said)], ": "), blocks, _QUIET)


def told(house: Runtime, post: PostView) -> Drawn | None:
    """What colleagues are told of below a card, in the channel's language."""
    draw = TOLD.get(str(post.facts.get("what", "")))
    if draw is None:
        return None
    with force_locale(str(post.channel.language)):
        drawn = draw(house, post)
    return replace(drawn, more={**_QUIET, **drawn.more}) if drawn is not None else None


#: By what their facts say they are.
TOLD: Final[Mapping[str, Draw]] = {"leaving": leaving.draw}
DRAWS: Final[Mapping[PostKind, Draw]] = {
    PostKind.CARD: card,
    PostKind.SAID: mirroring.said,
    PostKind.NOTED: mirroring.noted,
    PostKind.TOLD: told,
}


def sending(house: Runtime) -> Sending:
    """Who brings to Slack what waits for it."""
    return Sending(house, DRAWS)
