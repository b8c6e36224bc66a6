"""Writing from Slack: a reply to the customer, a question to them, and notes for colleagues.

Nothing reaches a customer but by these two forms, and for a moment it can be undone.
"""

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Final

from bots.slack import fetching, leaving
from bots.slack.blocks.forms import talking as forms
from bots.slack.blocks.forms.talking import Writing
from bots.slack.blocks.texts import esc
from bots.slack.working import pressing, refusing
from bots.slack.working.asked import DONE, Answer, Asked, View
from bots.slack.working.looking import Look, look
from bots.slack.working.pressing import Matter
from cases import families, service
from cases.desk import at_hand, pouring
from cases.desk.pouring import NotPoured
from cases.holding import AlreadyDone
from cases.views import CaseView
from cases.writing import answering, seen
from cases.writing import leaving as desk
from cases.writing import queries as writing
from cases.writing.answering import Overtaken
from cases.writing.leaving import Written
from cases.writing.states import ReplyState
from oms_service.conversations.attachments import Enclosed, TooManyFiles
from oms_service.infra.uow import UnitOfWork
from oms_service.kernel import ids
from oms_service.kernel.errors import Invalid, NotFound
from oms_service.web import uploads
from oms_service.web.texts import N_, gettext

Form = Callable[..., View]
_FORMS: Final[dict[str, Form]] = {"reply": forms.reply, "ask": forms.ask}
_LONGEST_ID: Final = 60


def _form(asked: Asked, here: Look, verb: str, writing_: Writing) -> View:
    hand = at_hand.read(here.session, here.page, asked.me)
    return _FORMS[verb](here.page, hand, writing_, here.voice)


def _blank(asked: Asked) -> Writing:
    return Writing(form_id=ids.token(), undo_s=asked.house.settings.reply_undo_s)


def open_form(asked: Asked) -> Answer:
    with look(asked) as here:
        if not here.page.is_active:
            raise AlreadyDone("resolved", "")
        return Answer(view=_form(asked, here, asked.verb, _blank(asked)))


def put_macro(asked: Asked) -> Answer:
    """The words of a macro into the box, behind what stands there."""
    verb = str(asked.view.get("callback_id", "")).removeprefix("case:")
    if verb not in _FORMS:
        raise NotFound("no such form")
    try:
        with look(asked) as here:
            poured = pouring.pour(
                asked.house,
                here.session,
                here.page.case,
                code=asked.typed.values.get("macro", ""),
                before=asked.typed.values.get("text", ""),
                me=asked.me,
            )
            turn = (asked.value.number("turn") or 0) + 1
            told = replace(_so_far(asked), text=poured.text, macro=poured.macro, turn=turn)
            return Answer(view=_form(asked, here, verb, told), in_place=True)
    except NotPoured as refused:
        return refusing.notice(asked, esc(refused.words))


def _so_far(asked: Asked) -> Writing:
    """What stands in the form that was sent or pressed in."""
    return Writing(
        form_id=asked.value.word("form")[:_LONGEST_ID],
        text=asked.typed.values.get("text", ""),
        turn=asked.value.number("turn") or 0,
        undo_s=asked.house.settings.reply_undo_s,
    )


def send(asked: Asked) -> Answer:
    """Let it leave in a moment; below the card it can be undone until then."""
    typed = asked.typed
    enclosed, left = _files(asked)
    if left:
        return Answer(errors={"files": _not_taken(asked, left)})
    written = Written(
        text=typed.values.get("text", ""),
        asks=asked.verb == "ask" or typed.is_ticked("asks"),
        macro=typed.values.get("macro", ""),
        ticked=typed.chosen.get("action", ()),
        seen=seen.read(asked.value.word("seen")),
        enclosed=enclosed,
    )
    key = f"slack:{asked.me.id}:{_so_far(asked).form_id}"

    def act(uow: UnitOfWork, found: CaseView) -> None:
        pending = desk.press(asked.house, uow, found, written, key=key, me=asked.me)
        if pending.state is ReplyState.WAITING:
            leaving.say(uow, found.id, pending.id)

    try:
        pressing.do(asked, act)
    except Overtaken as found_out:
        with look(asked) as here:
            told = replace(_so_far(asked), news=found_out.news)
            return Answer(view=_form(asked, here, asked.verb, told))
    except TooManyFiles as error:
        return Answer(errors={"files": uploads.refusal(asked.house, error) or str(error)})
    return DONE


def _files(asked: Asked) -> tuple[Enclosed | None, list[str]]:
    """The files of the form, taken in under its name, and the names of those that are not.

    They wait in the store before the answer does: whoever dies in between has sent nothing, and
    the form sent again finds them there.
    """
    files, seat = asked.typed.files.get("files", ()), asked.seat
    if not files or seat.workspace is None:
        return None, []
    scope = f"staff:{asked.me.id}"
    kept, left = fetching.keep(
        asked.house,
        seat.workspace.id,
        seat.actor,
        files,
        scope=scope,
        sender=f"slack:{seat.person.id}" if seat.person else "slack",
        form=_so_far(asked).form_id,
    )
    return Enclosed(scope=scope, ids=kept, rules=asked.house.settings.attachment_rules), left


def _not_taken(asked: Asked, names: Sequence[str]) -> str:
    said = N_(
        "Not taken: %(names)s. Photos (JPEG, PNG, WebP), PDF and plain text of up to %(most)s MB"
        " can be sent. Choose others, or send it once more."
    )
    most = asked.house.settings.attachment_mb
    return str(gettext(said, names=", ".join(names), most=most))


def undo(asked: Asked) -> Answer:
    """Hold an answer back; its words are in the box again."""
    return _settle(asked, answering.undo)


def send_now(asked: Asked) -> Answer:
    """Let it leave before its time."""
    return _settle(asked, answering.send_now)


def _settle(asked: Asked, how: Callable[[UnitOfWork, int], object]) -> Answer:
    reply_id = asked.value.number("reply") or 0

    def act(uow: UnitOfWork, found: CaseView) -> None:
        family = families.member_ids(uow.session, found.id)
        if writing.pending(uow.session, reply_id).case_id not in family:
            raise NotFound("no such answer")
        how(uow, reply_id)

    pressing.do(asked, act)
    return DONE


def note_form(asked: Asked) -> Answer:
    with look(asked) as here:
        return Answer(view=forms.note(here.page, here.voice, form_id=ids.token()))


def note(asked: Asked) -> Answer:
    def act(uow: UnitOfWork, found: CaseView) -> None:
        service.note(uow, found.id, asked.typed.values.get("note", ""))

    try:
        pressing.do(asked, act)
    except Invalid:
        raise Invalid("a note says something", {"note": "is empty"}) from None
    return DONE


MATTERS: Final = (
    Matter(verb="reply", needs="cases:reply", press=open_form, send=send),
    Matter(verb="ask", needs="cases:reply", press=open_form, send=send),
    Matter(verb="macro", needs="cases:reply", press=put_macro),
    Matter(verb="undo", needs="cases:reply", press=undo),
    Matter(verb="send", needs="cases:reply", press=send_now),
    Matter(verb="note", needs="cases:work", press=note_form, send=note),
)
