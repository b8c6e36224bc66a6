"""The conversation itself: one pure step from state and words to the next state and sayings.

The caller hears words against ``state.expecting``, gives them to ``step``, runs the call of the
turn if there is one, gives its result to ``step`` again, and sends everything that was said as
one message.
"""

import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Final

from bots.dialogue.calls import COMMON
from bots.dialogue.contracts.shapes import HandOffReason
from bots.dialogue.flows import (
    asking,
    balance,
    changing,
    clarify,
    coming_back,
    complaint,
    contents,
    delay,
    form,
    goods,
    hand_off,
    identify,
    offer,
    orders,
    papers,
    refunds,
    resume,
    standing,
    stop,
    told,
    track,
    transcript,
)
from bots.dialogue.flows.form import FormFlow
from bots.dialogue.moves import HUMAN, MENU, ORDERS, OTHER_ORDER, Beside, Flow, Move
from bots.dialogue.turns import Data, Dialogue, Frame, Result, Say, Turn
from bots.understanding.fusion import parts_of
from bots.understanding.hear import hear
from bots.understanding.heard import Act, Heard, Intent, Kind
from oms_service.kernel.languages import Language

#: Flows about the conversation itself: begun by their own words, whatever else is open.
BESIDE: Final[Mapping[str, Beside]] = {
    "resume": resume.FLOW,
    "transcript": transcript.FLOW,
}
FLOWS: Final[Mapping[str, Flow]] = {
    "identify": identify.FLOW,
    "track": track.FLOW,
    "orders": orders.FLOW,
    **coming_back.FLOWS,
    "delay": delay.FLOW,
    "refund": refunds.FLOW,
    **changing.FLOWS,
    "standing": standing.FLOW,
    "asking": asking.FLOW,
    "goods": goods.FLOW,
    "contents": contents.FLOW,
    "papers": papers.FLOW,
    "balance": balance.FLOW,
    "complaint": complaint.FLOW,
    "clarify": clarify.FLOW,
    "offer": offer.FLOW,
    "hand_off": hand_off.FLOW,
    "stop": stop.FLOW,
    **BESIDE,
}
FLOW_OF: Final = {intent: name for name, flow in FLOWS.items() for intent in flow.intents}

#: Calls in a row without a word to the customer; beyond it something is wrong.
MOST_CALLS: Final = 4
#: Not understood this often in a row: a person takes over.
MOST_MISSES: Final = 2
#: Questions that any text could seem to answer: a clear wish for something else wins over them.
OPEN_QUESTIONS: Final = frozenset({Kind.ORDER, Kind.PROOF, Kind.MAIL, Kind.CODE, Kind.CONFIRM})

#: Wishes of one message that are kept for later; more would not be remembered by anybody.
MOST_WAITING: Final = 5
#: What leads from an answer to a further wish: ``yes, and also ...``.
_FURTHER: Final = re.compile(
    r"\b(?:and|also|plus|then|additionally)\b|(?:あと|それと|それから|また|ついでに)", re.IGNORECASE
)
#: A wish in the place of the one that is open.
_INSTEAD: Final = re.compile(
    r"\b(?:instead|rather)\b|代わりに|かわりに|ではなく|じゃなく|やっぱり|それより", re.IGNORECASE
)
#: Flows that answer several wishes and have to know which it was.
_WISHES: Final = frozenset({"offer", "track", "asking", "goods"})
#: Flows that read more from the words that began them than the wish.
_READING: Final = frozenset({"asking", "goods", "orders", "papers", "complaint"})
#: Questions to the shop at large: what they interrupt goes on afterwards, whatever it was.
_ASIDE: Final = frozenset({"asking", "goods"})
#: The reason itself, where a reason is asked: no word of leaving.
_CHANGED_MIND: Final = re.compile(r"changed my mind|気が変わ|考え直", re.IGNORECASE)
#: Asked after the assistant itself.
_SMALL_TALK: Final = re.compile(
    r"(?:(?:hi|hello|hey|so|and)[ ,!]*)*how(?: are|'re|’re|re| r) (?:you|u)"
    r"(?: doing| going| feeling)?"
    r"(?: today| this (?:morning|afternoon|evening)| tonight)?"
    r"|how(?:'s| is|s|’s) (?:it going|life|your day(?: going)?|everything(?: going)?)(?: today)?"
    r"|(?:お?元気|ご機嫌いかが|調子は(?:どう|いかが))(?:です|でしょう)?か?",
    re.IGNORECASE,
)
#: A delivery that is to come on another day.
_MOVES: Final = re.compile(
    r"\b(?:move|change|shift|postpone|push|reschedule|delay|bring)\b[^.?!]{0,20}"
    r"\b(?:delivery|arrival|dispatch)\b(?! address)[^.?!]{0,40}\b(?:to|until|till|for)\b"
    r"|(?:お?届け|配達|配送|到着)日?時?を[^。]{0,20}に(?:変更|変え|ずら|延期)",
    re.IGNORECASE,
)
_SWAPS: Final = re.compile(r"^(?:please )?(?:swap|exchange|trade)\b|に交換", re.IGNORECASE)
#: Said of what has come; where all else sounds like what has not left yet, it is asked.
_NAMED_EXCHANGE: Final = re.compile(r"exchange|交換", re.IGNORECASE)
_OF_VERSIONS: Final = frozenset({Intent.CHANGE_ITEMS, Intent.EXCHANGE_ITEM})
#: Asked about a no.
_WHY: Final = re.compile(
    r"(?:but |and |ok |okay |so )?(?:why(?: not| is that| so| cant i| can't i| can’t i)?|how come"
    r"|what(?:'s| is|s) the reason|for what reason)"
    r"|(?:それは|でも|え、?)?(?:なぜ|どうして|なんで|何で)(?:できない|だめ|ダメ|駄目|無理)?"
    r"(?:です|でしょう|なの|なん|ん)*か?|(?:その)?理由(?:は|を教えて(?:ください)?)?",
    re.IGNORECASE,
)
#: Acts that yield to a wish in the same words when nothing is asked: ``cancel``.
WEAK_ACTS: Final = frozenset({Act.LEAVE, Act.DONT_KNOW})


def opening(language: Language) -> Turn:
    """A new conversation and its first words."""
    state = Dialogue(language=language, is_greeted=True)
    return Turn(state, (Say("greeting.hello", buttons=MENU),))


def unmute(state: Dialogue) -> Dialogue:
    """The person has finished: the bot answers again, from the beginning."""
    return replace(_closed(state), is_muted=False)


def recognised(state: Dialogue) -> Dialogue:
    """Who writes is known without having been asked: nobody waits for a proof any more."""
    asks_who = state.top is not None and state.top.flow == "identify"
    return replace(_closed(state) if asks_who else state, is_identified=True)


def caught_up(state: Dialogue) -> Dialogue:
    """It was looked for what the customer had begun elsewhere: not again in this conversation."""
    return replace(state, is_caught_up=True)


def offer_to_resume(turn: Turn, data: Data) -> Turn:
    """What was said, and the question whether to go on with what was begun elsewhere."""
    return _open(turn.state, resume.offer_frame(data), _going_on(turn.says))


def given_away(state: Dialogue) -> Dialogue:
    """The customer goes on elsewhere: nothing is asked here any more."""
    return _closed(state)


def files_came(state: Dialogue) -> Turn:
    """Somebody sent files without a word: they are thanked, and asked again what was open."""
    if state.is_muted:
        return Turn(state)
    said = replace(state, calls=0, pending=None, is_greeted=True)
    thanks = Say("files.received")
    if said.top is None:
        return Turn(said, (replace(thanks, buttons=MENU),))
    return _apply(said, FLOWS[said.top.flow].enter(said.top, said), (thanks,))


def unread(state: Dialogue, what: str) -> Turn:
    """Something came that nobody reads here: it is said so, and asked again what was open."""
    if state.is_muted:
        return Turn(state)
    said = replace(state, calls=0, pending=None, is_greeted=True)
    sorry = Say(f"unread.{what}")
    if said.top is None:
        return Turn(said, (replace(sorry, buttons=MENU),))
    return _apply(said, FLOWS[said.top.flow].enter(said.top, said), (sorry,))


def step(state: Dialogue, words: Heard | Result) -> Turn:
    """The next turn. Always says something or calls something, unless muted; never raises."""
    if isinstance(words, Result):
        return _with_doubt(_with_result(state, words))
    if state.is_muted:
        return Turn(state)
    said = replace(_doubting(state, words), calls=0, pending=None)
    if words.is_language_clear and words.pressed is None:
        said = replace(said, language=words.language)
    turn = _picked(said, words) or _wavered(said, words) or _aside(said, words)
    if turn is None:
        turn = _button(said, words) if words.pressed is not None else _words(said, words)
    return _with_doubt(replace(turn, state=replace(turn.state, is_greeted=True)))


def _doubting(state: Dialogue, heard: Heard) -> Dialogue:
    """With what else the words could mean; where that was picked, as if it had been asked."""
    offered = state.doubt
    is_wish = not state.frames and heard.pressed is None
    state = replace(state, doubt=clarify.doubt(heard) if is_wish else None)
    if offered is None or not (heard.pressed or "").startswith("clarify:"):
        return state
    frame = Frame("clarify", offered)
    cleared = replace(state, frames=(frame,), waiting=(), proposal=None)
    return replace(cleared, question=clarify.FLOW.enter(frame, cleared).question)


def _with_doubt(turn: Turn) -> Turn:
    """What else could be meant, below a message that is complete."""
    doubt = turn.state.doubt
    if doubt is None or turn.call or not turn.says or turn.state.is_muted:
        return turn
    return replace(turn, says=(*turn.says, clarify.or_else(doubt, turn.says)))


# Words


def _button(state: Dialogue, heard: Heard) -> Turn:  # noqa: PLR0911 - one for each kind of button
    value = heard.pressed or ""
    if value == HUMAN.value:
        return _hand_off(state, HandOffReason.ASKED)
    if value.startswith("intent:"):
        wanted = value.removeprefix("intent:")
        if wanted in set(Intent) and wanted != Intent.CHANGE_LANGUAGE:
            return _begin(state, Intent(wanted), heard)
    move = _answer(state, heard)
    if move:
        return _apply(_understood(state), move)
    if value == OTHER_ORDER.value:
        return _begin(state, Intent.ORDER_HISTORY, heard)
    if value.startswith(("confirm:", "decline:")):
        frame = Frame("standing", {"proposal": value.partition(":")[2]})
        return _open(replace(_understood(state), frames=_below(state.frames, "standing")), frame)
    if value.startswith("order:") and not state.frames:
        key = value.removeprefix("order:")
        return _open(_understood(state), Frame("track", {"order_key": key}))
    return _again(_understood(state), Say("button.stale"))


def _words(state: Dialogue, heard: Heard) -> Turn:
    if heard.intent is Intent.TALK_TO_HUMAN:
        return _hand_off(state, HandOffReason.ASKED)
    if heard.wanted_language:
        return _again(
            _understood(replace(state, language=heard.wanted_language)), Say("language.changed")
        )
    plain = heard.text.strip(" .!?。、…")
    if _SMALL_TALK.fullmatch(plain):
        return _again(_understood(state), Say("small_talk.well"))
    if state.refused and not state.frames and _WHY.fullmatch(plain):
        says = tuple(Say("refused.because", {"refusal": one}) for one in state.refused)
        way_on = Say("refused.way_on", buttons=(HUMAN, ORDERS))
        return Turn(_understood(state), (*says, way_on))
    return _in_flow(state, heard) or _anew(state, heard)


def _aside(state: Dialogue, heard: Heard) -> Turn | None:
    """What is no wish to the shop, but about the conversation; what it interrupts goes on."""
    name = next((one for one, flow in BESIDE.items() if flow.is_wanted(heard)), None)
    if name is None:
        return None
    frames = state.frames[: -_given_up(state, name) or None]
    return _open(replace(_understood(state), frames=_below(frames, name)), Frame(name))


def _in_flow(state: Dialogue, heard: Heard) -> Turn | None:
    """What words mean to the flow that asked something, or None."""
    if state.question is None or state.top is None:
        return None
    if heard.act is Act.LEAVE and heard.is_act_all and not _answers_leaving(state, heard):
        return _leave(_understood(state))
    if heard.act is Act.BACK:
        return _apply(_understood(state), FLOWS[state.top.flow].back(state.top, state))
    if heard.act is Act.REPEAT:
        return _again(_understood(state))
    own, further = _with_further(state, heard)
    if own is not heard:
        state, heard = further, own
    if _is_another_wish(state, heard):
        return None
    move = _answer(state, heard)
    return _apply(_understood(state), move) if move else None


def _picked(state: Dialogue, heard: Heard) -> Turn | None:
    """One of the wishes that were offered, begun with the words that were unclear."""
    if state.top is None or state.top.flow != "clarify":
        return None
    wish = clarify.picked(state.top, heard)
    return _begin(state, wish, clarify.as_said(state.top, heard)) if wish else None


def _wavered(state: Dialogue, heard: Heard) -> Turn | None:
    """Second thoughts about a form: whether to stop is asked, and done where it is wanted."""
    if state.question is None or state.top is None:
        return None
    if state.top.flow == "stop":
        left = replace(state, frames=state.frames[:-1])
        return _leave(_understood(left)) if stop.is_stopped(heard) else None
    is_form = isinstance(FLOWS[state.top.flow], FormFlow)
    if not is_form or heard.pressed is not None or not stop.is_wavering(heard):
        return None
    return _open(_understood(state), Frame("stop"))


def _with_further(state: Dialogue, heard: Heard) -> tuple[Heard, Dialogue]:
    """An answer that goes on to another wish, as the answer alone; the wish waits its turn."""
    opens = heard.act in {Act.YES, Act.NO} and not heard.is_act_all
    if not (opens and heard.intent) or state.top is None:
        return heard, state
    is_same_order = form.another_order(state.top, heard) is None
    if heard.intent in _own_intents(state) and is_same_order:
        return heard, state
    found = _FURTHER.search(heard.text)
    if found is None or not isinstance(FLOWS.get(_flow_of(heard.intent, heard)), FormFlow):
        return heard, state
    answer = Heard(
        text=heard.text[: found.start()].strip(" ,、。"),
        language=heard.language,
        act=heard.act,
        is_act_all=True,
    )
    wish = _waiting(heard.intent, heard, said=heard.text[found.end() :])
    if heard.order_keys:
        wish["data"] = {**wish["data"], "order_key": heard.order_keys[0]}
    return answer, replace(state, waiting=(*state.waiting, wish)[:MOST_WAITING])


def _anew(state: Dialogue, heard: Heard) -> Turn:
    """Words that answer no question: a wish, a courtesy, an order number, or a miss."""
    if heard.intent and not (heard.is_act_all and heard.act not in WEAK_ACTS):
        return _begin(state, heard.intent, heard)
    is_courtesy = heard.act is not None and (heard.is_act_all or not heard.is_unsure)
    if is_courtesy and heard.act and not (heard.follow_up and state.order_key and not state.frames):
        return _courtesy(state, heard.act)
    if heard.follow_up and state.order_key and not state.frames:
        return _begin(state, heard.follow_up, heard)
    return _unclear(state, heard)


def _unclear(state: Dialogue, heard: Heard) -> Turn:
    """Words that could mean several wishes, none of a shop's, or nothing that is known."""
    if changing.wants_usual_address_changed(heard.text):
        return _begin(state, Intent.CHANGE_ADDRESS, heard)
    change = _plain_change(heard) if state.question is None else None
    if change is not None:
        return _begin(state, change, heard)
    if heard.is_unsure and state.question is None:
        return _open(state, clarify.frame_for(heard))
    if heard.is_out_of_scope:
        return _miss(state, "scope.outside")
    if heard.order_keys and not state.frames:
        return _begin(state, Intent.TRACK_ORDER, heard)
    return _miss(state)


def _plain_change(heard: Heard) -> Intent | None:
    """The change that a verb names together with what it leads to: a day, or another version."""
    if told.is_question(heard.text):
        return None
    if heard.when is not None and _MOVES.search(heard.text):
        return Intent.CHANGE_DELIVERY_DATE
    swap = _SWAPS.search(heard.text)
    if swap and heard.order_keys and heard.wanted_words:
        likeliest = heard.ranked[0][0] if heard.ranked else None
        if likeliest is Intent.CHANGE_ITEMS and _NAMED_EXCHANGE.search(swap[0]):
            return None
        return likeliest if likeliest in _OF_VERSIONS else Intent.EXCHANGE_ITEM
    return None


def _answers_leaving(state: Dialogue, heard: Heard) -> bool:
    """Whether words of leaving answer the question: a no, or a mind changed as the reason."""
    kind = state.question.kind if state.question else None
    is_reason = heard.reason is not None and _CHANGED_MIND.search(heard.text) is not None
    return kind is Kind.CONFIRM or (kind is Kind.REASON and is_reason)


def _asks_aside(state: Dialogue, heard: Heard) -> bool:
    """Whether it is a question to the shop at large, whatever of it could answer ours."""
    if heard.intent is None or state.question is None or state.question.kind is Kind.TEXT:
        return False
    is_new = heard.intent not in _own_intents(state)
    return is_new and FLOW_OF.get(heard.intent) in _ASIDE and told.is_question(heard.text)


def _is_another_wish(state: Dialogue, heard: Heard) -> bool:
    if _asks_aside(state, heard):
        return not (_corrects(state, heard) or _says_who(state, heard))
    if _puts_in_its_place(state, heard):
        return True
    if state.question is None or state.question.kind not in OPEN_QUESTIONS or not heard.intent:
        return False
    if heard.is_act_all:
        return False
    own = _own_intents(state)
    if _corrects(state, heard) or _says_who(state, heard):
        return False
    return heard.intent not in own or (state.frames[-1].flow == "offer" and heard.act is None)


def _puts_in_its_place(state: Dialogue, heard: Heard) -> bool:
    """Whether another wish is named where any words could be the reason for the open one."""
    is_reason = state.question is not None and state.question.kind is Kind.REASON
    if not is_reason or heard.intent is None or not _INSTEAD.search(heard.text):
        return False
    is_new = heard.intent not in _own_intents(state)
    return is_new and isinstance(FLOWS.get(_flow_of(heard.intent, heard)), FormFlow)


def _says_who(state: Dialogue, heard: Heard) -> bool:
    """Whether words that could ask about an account only answer who writes."""
    is_asked = state.top is not None and state.top.flow == "identify"
    is_told = heard.mail is not None or (heard.name is not None and heard.postal is not None)
    return is_asked and is_told and heard.intent is Intent.ACCOUNT_HELP


def _corrects(state: Dialogue, heard: Heard) -> bool:
    """Whether words at the end of a form mean another value: ``could it be my gift card?``."""
    if state.question is None or state.question.kind is not Kind.CONFIRM:
        return False
    top = state.frames[-1]
    flow = FLOWS[top.flow]
    return isinstance(flow, FormFlow) and flow.corrects(top, heard, state)


def _own_intents(state: Dialogue) -> set[Intent]:
    own = {intent for frame in state.frames for intent in FLOWS[frame.flow].intents}
    if state.top and state.top.flow == "identify":
        own.add(Intent.ORDER_HISTORY)
    return own


def _answer(state: Dialogue, heard: Heard) -> Move | None:
    if state.question is None or state.top is None:
        return None
    return FLOWS[state.top.flow].answer(state.top, heard, state)


def _begin(state: Dialogue, intent: Intent, heard: Heard) -> Turn:
    state = replace(_understood(state), refused=())
    name = _flow_of(intent, heard)
    if name == "hand_off":
        return _hand_off(state, HandOffReason.ASKED)
    data: dict[str, Any] = {"intent": str(intent)} if name in _WISHES else {}
    if name in _READING:
        data["said"] = told.kept(heard.text)
    is_form = isinstance(FLOWS[name], FormFlow)
    if is_form:
        data = form.begun(intent, heard.text)
    if heard.order_keys and name != "offer":
        data["order_key"] = heard.order_keys[0]
    if _is_at_it(state, name) and name != "offer" and not heard.order_keys:
        return _again(state)
    state = replace(state, frames=state.frames[: -_given_up(state, name) or None])
    if is_form:
        state = _queued(_in_place_of(state, name, heard), intent, name, heard)
    turn = _open(replace(state, frames=_below(state.frames, name)), Frame(name, data))
    if identify.is_told(heard) and turn.state.top and turn.state.top.flow == "identify":
        # Who they are came along with the wish; asking for it would be deaf.
        move = _answer(turn.state, heard)
        return _apply(turn.state, move) if move else turn
    return turn


def _in_place_of(state: Dialogue, name: str, heard: Heard) -> Dialogue:
    """Without the wish that is open, where the words put another in its place."""
    top = state.top
    is_form = top is not None and top.flow != name and isinstance(FLOWS[top.flow], FormFlow)
    if not is_form or not _INSTEAD.search(heard.text):
        return state
    return replace(state, frames=state.frames[:-1], question=None, proposal=None)


def _given_up(state: Dialogue, name: str) -> int:
    """How many flows, from the top, make way for the flow ``name``."""
    if state.top and state.top.flow in {"clarify", "resume", "stop"}:
        return 1
    if state.top and state.top.flow == "identify" and name not in _ASIDE:
        return 2  # with it the flow that needed to know who is writing
    return 0


def _flow_of(intent: Intent, heard: Heard) -> str:
    """The flow of a wish; what becomes of an address depends on which one is meant."""
    if changing.is_usual_address(intent, heard.text):
        return "usual_address"
    return FLOW_OF.get(intent, "offer")


def _queued(state: Dialogue, intent: Intent, name: str, heard: Heard) -> Dialogue:
    """Keep what else the message asked for: other wishes, and the same for other orders."""
    own = {key: _wish_of(key, intent, heard) for key in heard.order_keys[1:]}
    others = [
        _waiting(one, heard, said=heard.text)
        for one in heard.further
        if one not in {intent, *own.values()} and _is_kept(one, name)
    ]
    others += [
        _of_order(one, heard, key)
        for key, one in own.items()
        if not key.isdecimal() and (one is intent or _is_kept(one, name))
    ]
    if name == "address" and changing.is_usual_address_too(heard.text):
        data = form.begun(intent, heard.text)
        others.append({"flow": "usual_address", "intent": str(intent), "data": data})
    return replace(state, waiting=(*state.waiting, *others)[:MOST_WAITING])


def _is_kept(wish: Intent, name: str) -> bool:
    """Whether a further wish waits its turn behind the flow ``name``."""
    return FLOW_OF.get(wish, "offer") not in {"hand_off", "offer", name}


def _wish_of(key: str, intent: Intent, heard: Heard) -> Intent:
    """What is wanted of a further order: the wish that its own part of the message names."""
    for part in parts_of(heard.text)[1:]:
        alone = hear(part, language_hint=heard.language)
        if key in alone.order_keys and heard.order_keys[0] not in alone.order_keys:
            return alone.intent or (heard.further[0] if len(heard.further) == 1 else intent)
    return intent


def _of_order(wish: Intent, heard: Heard, key: str) -> dict[str, Any]:
    """A further wish about an order of its own."""
    one = _waiting(wish, heard, said=heard.text)
    return {**one, "data": {**one["data"], "order_key": key}}


def _waiting(intent: Intent, heard: Heard, *, said: str) -> dict[str, Any]:
    name = _flow_of(intent, heard)
    is_form = isinstance(FLOWS[name], FormFlow)
    data = form.begun(intent, said) if is_form else {"intent": str(intent)}
    return {"flow": name, "intent": str(intent), "data": data}


def _is_at_it(state: Dialogue, name: str) -> bool:
    """Whether the flow ``name`` is what we are in the midst of."""
    flows = [frame.flow for frame in state.frames if frame.flow != "identify"]
    return state.question is not None and bool(flows) and flows[-1] == name


def _courtesy(state: Dialogue, act: Act) -> Turn:
    key = {
        Act.GREETING: "greeting.again" if state.is_greeted else "greeting.hello",
        Act.THANKS: "thanks.welcome",
        Act.GOODBYE: "goodbye.bye",
        Act.HELP: "help.menu",
        Act.YES: "idle.yes",
        Act.NO: "idle.no",
    }.get(act, "help.menu")
    if act in {Act.YES, Act.NO, Act.BACK, Act.DONT_KNOW} and state.question:
        return _miss(state)
    if act is Act.DONT_KNOW:
        return _miss(state)
    return _again(_understood(state), Say(key))


def _miss(state: Dialogue, idle: str = "miss.menu") -> Turn:
    """Say that it was not understood, where nothing is asked with the text ``idle``."""
    missed = replace(state, misses=state.misses + 1)
    if missed.misses >= MOST_MISSES:
        turn = _hand_off(missed, HandOffReason.NOT_UNDERSTOOD)
        return replace(turn, says=(Say("miss.handing_over"), *turn.says))
    if missed.question is None:
        return Turn(missed, (Say(idle, buttons=MENU),))
    return _again(missed, Say(f"miss.{missed.question.kind}"))


def _again(state: Dialogue, *says: Say) -> Turn:
    """Say something, then the open question once more, or what one may ask for."""
    if state.question is None:
        if not says:
            return Turn(state, (Say("help.menu", buttons=(*MENU[:2], ORDERS, HUMAN)),))
        last = says[-1]
        return Turn(state, (*says[:-1], Say(last.key, last.params, last.buttons or MENU)))
    return Turn(state, (*says, _with_human(state.question.say)))


def _with_human(say: Say) -> Say:
    if any(button.value == HUMAN.value for button in say.buttons):
        return say
    return Say(say.key, say.params, (*say.buttons, HUMAN))


def _leave(state: Dialogue) -> Turn:
    """Give up what we are doing, and what only served it; go on with what lies beneath."""
    left = state.frames[:-1]
    if state.top and state.top.flow == "identify":
        left, state = left[:-1], replace(state, waiting=())
    cleared = replace(state, frames=left, question=None, proposal=None)
    said = (Say("leave.left"),)
    if left:
        return _resume(cleared, said)
    return _take_up(cleared, said) if cleared.waiting else _again(cleared, *said)


def _hand_off(state: Dialogue, reason: HandOffReason) -> Turn:
    frame = hand_off.frame_for(reason, state)
    return _open(replace(state, frames=(), question=None, waiting=()), frame)


# Results


def _with_result(state: Dialogue, result: Result) -> Turn:
    if state.is_muted:
        return Turn(state)
    if state.pending is None or state.top is None or result.skill != state.pending:
        # A result nobody waits for: the customer is told where we stand, no more.
        return _again(replace(state, pending=None))
    awaited = replace(state, pending=None)
    if result.outcome in COMMON and result.skill != "hand_off":
        return _fell_through(awaited, result.outcome)
    try:
        move = FLOWS[state.top.flow].result(state.top, result, awaited)
    except (KeyError, TypeError, StopIteration):
        # The data broke the contract of the table; the customer gets a person, not silence.
        if result.skill != "hand_off":
            return trouble(awaited)
        move = hand_off.FLOW.result(state.top, Result("hand_off", "failed"), awaited)
    if result.skill == "carry_out" and result.outcome == "ok":
        awaited = _with_stale_facts(awaited)
    return _apply(awaited, move)


def _with_stale_facts(state: Dialogue) -> Dialogue:
    """Something was done: what lies beneath looks up once more what there is to choose from."""
    below = (
        replace(one, data={name: said for name, said in one.data.items() if name != "facts"})
        for one in state.frames[:-1]
    )
    return replace(state, frames=(*below, *state.frames[-1:]))


def _fell_through(state: Dialogue, outcome: str) -> Turn:
    """The skill did not answer: it broke, or the customer is no longer known."""
    if outcome != "unidentified" or state.top is None:
        return trouble(state)
    lost = replace(state, is_identified=False, question=None)
    if state.top.flow == "identify":
        return _apply(lost, FLOWS["identify"].enter(Frame("identify"), lost))
    # What was asked meanwhile may need to know who asks, too: it is asked once for both.
    asked = next((one for one in state.frames if one.flow == "identify"), Frame("identify"))
    others = tuple(one for one in state.frames if one.flow != "identify")
    return _open(replace(lost, frames=others), asked)


def trouble(state: Dialogue) -> Turn:
    turn = _hand_off(replace(state, calls=0), HandOffReason.TROUBLE)
    return replace(turn, says=(Say("trouble.sorry"), *turn.says))


# Moves


def _understood(state: Dialogue) -> Dialogue:
    return replace(state, misses=0)


def _open(state: Dialogue, frame: Frame, said: tuple[Say, ...] = ()) -> Turn:
    opened = replace(state, frames=(*state.frames, frame), question=None)
    return _apply(opened, FLOWS[frame.flow].enter(frame, opened), said)


def _apply(state: Dialogue, move: Move, said: tuple[Say, ...] = ()) -> Turn:
    """Make a flow's move, and those of the flows it opens or returns to, up to a halt."""
    below = () if move.ends_all else state.frames[:-1]
    frames = (*below, move.frame) if move.frame else below
    after = replace(state, frames=frames, question=move.question, **move.changes)
    says = (*said, *move.says)
    if move.ends_all:
        after = replace(after, proposal=None, waiting=())
    if move.call:
        return _called(after, move, says)
    if move.opens:
        opened = replace(after, frames=(*_below(frames, move.opens.flow), move.opens))
        return _apply(opened, FLOWS[move.opens.flow].enter(move.opens, opened), says)
    if move.question:
        return Turn(replace(after, calls=0), (*says, move.question.say))
    if after.frames:
        return _resume(after, says)
    if after.waiting and not after.is_muted:
        return _take_up(after, says)
    return Turn(replace(after, calls=0), says)


def _take_up(state: Dialogue, said: tuple[Say, ...]) -> Turn:
    """Go on with the next wish that was said together with the one that has ended."""
    one, rest = state.waiting[0], state.waiting[1:]
    then = Say("next.then", {"topic": one["intent"]})
    going_on = replace(state, waiting=rest, calls=0, proposal=None)
    return _open(going_on, Frame(one["flow"], one["data"]), (*_going_on(said), then))


def _going_on(said: tuple[Say, ...]) -> tuple[Say, ...]:
    """What was said, when more follows: without its buttons, and without asking what else."""
    return tuple(replace(say, buttons=()) for say in said if say.key != form.ANYTHING_ELSE.key)


def _below(frames: tuple[Frame, ...], name: str) -> tuple[Frame, ...]:
    """What lies beneath a flow that begins anew: no flow stands twice."""
    at = next((i for i, frame in enumerate(frames) if frame.flow == name), None)
    return frames[:at]


def _called(state: Dialogue, move: Move, says: tuple[Say, ...]) -> Turn:
    calls = 1 if says else state.calls + 1
    if calls > MOST_CALLS or move.call is None:
        return trouble(state)
    return Turn(replace(state, calls=calls, pending=move.call.skill), says, move.call)


def _resume(state: Dialogue, said: tuple[Say, ...]) -> Turn:
    """Go on with the flow beneath one that was finished."""
    top = state.frames[-1]
    if said:
        said = (*_going_on(said), Say(f"resume.{top.flow}"))
    return _apply(state, FLOWS[top.flow].enter(top, state), said)


def _closed(state: Dialogue) -> Dialogue:
    return replace(
        state,
        frames=(),
        question=None,
        proposal=None,
        waiting=(),
        misses=0,
        calls=0,
        pending=None,
    )
