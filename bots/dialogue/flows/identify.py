"""Who is writing: an order number with a proof, a code by mail, or a name where that is enough."""

# Every flow has the same four methods, whether or not it needs all that they are given.
# ruff: noqa: ARG002

from typing import Any

from bots.dialogue.moves import HUMAN, Move, ask, finish, pressed, run
from bots.dialogue.turns import Button, Call, Dialogue, Frame, Question, Result, Say
from bots.understanding.heard import Act, Heard, Intent, Kind

BY_CODE = Button("identify:code", "button.by_code")
BY_NUMBER = Button("identify:number", "button.by_number")
CODE_AGAIN = Button("identify:again", "button.code_again")


class Identify:
    intents: frozenset[Intent] = frozenset()

    def enter(self, frame: Frame, state: Dialogue) -> Move:
        if state.is_identified:
            return finish()
        if frame.step in {"mail", "code"}:
            return _ask(frame)
        return _ask(frame.having(step="proof" if frame.data.get("order_key") else "order"))

    def answer(self, frame: Frame, heard: Heard, state: Dialogue) -> Move | None:
        way = pressed(heard, "identify")
        if way in {"code", "again"}:
            return _ask(frame.having(step="mail"))
        if way == "number":
            return _ask(Frame(frame.flow, {"step": "order"}))
        if frame.step == "code":
            return _code(frame, heard)
        if frame.step == "mail":
            return _mail(frame, heard)
        person = _person(frame, heard)
        if person is not None:
            return person
        return _number_and_proof(frame, heard)

    def result(  # noqa: PLR0911 - one for each outcome
        self, frame: Frame, result: Result, state: Dialogue
    ) -> Move:
        match result.outcome:
            case "ok":
                key = result.data.get("order_key") or frame.data.get("order_key")
                return finish(is_identified=True, order_key=key or state.order_key)
            case "too_many":
                return _too_many(result)
            case "sent":
                return _ask(frame.having(step="code"))
            case "somebody_elses":
                said = Say("identify.somebody_elses", buttons=(HUMAN,))
                return Move(None, says=(said,), ends_all=True)
            case "wrong":
                return _ask(frame, Say("identify.code_wrong"))
            case "not_offered":
                return _ask(Frame(frame.flow, {"step": "order"}))
            case "needs_postal":
                return _ask(frame.having(step="person"))
        question = Question(Kind.ORDER, Say("identify.unknown", buttons=(BY_CODE, HUMAN)))
        return ask(frame.having(step="retry"), question, order_key=None)

    def back(self, frame: Frame, state: Dialogue) -> Move:
        earlier = {"code": "mail", "mail": "order", "proof": "order"}.get(frame.step, "order")
        return _ask(Frame(frame.flow, {"step": earlier}))


def _number_and_proof(frame: Frame, heard: Heard) -> Move | None:
    known = frame.data.get("order_key")
    key, proof = _settled(heard, frame.step, is_order_known=known is not None)
    if (key or known) and proof:
        named = key or known
        arguments: dict[str, Any] = {"mail": None, "phone": None, "postal": None, **proof}
        if heard.postal and (heard.mail or heard.name):
            arguments["postal"] = heard.postal  # of the order, or of the person
        arguments["name"] = heard.name.as_typed if heard.name is not None else None
        arguments["order_key"] = named
        return run(frame.having(order_key=named), Call("identify", arguments))
    if key:
        return _ask(frame.having(step="proof", order_key=key))
    if heard.mail:
        return _mail(frame, heard)
    if heard.act is Act.DONT_KNOW or heard.intent is Intent.ORDER_HISTORY:
        if frame.step == "proof":
            return None
        return _ask(frame.having(step="mail"), Say("identify.no_number"))
    return None


def _person(frame: Frame, heard: Heard) -> Move | None:
    """Who it is by name, or mail, and postal code, when no order was named.

    A postal code of digits alone may look like an order number; beside a name it is none.
    """
    postal = heard.postal
    keys = [key for key in heard.order_keys if key != postal]
    if keys or frame.data.get("order_key"):
        return None
    name = heard.name.as_typed if heard.name is not None else None
    if frame.step == "person" and postal and name is None:
        name = frame.data.get("name")
    if name is None and not (heard.mail and postal):
        return None
    arguments = {"name": name, "mail": heard.mail, "postal": postal}
    return run(frame.having(name=name), Call("identify_person", arguments))


def _mail(frame: Frame, heard: Heard) -> Move | None:
    if heard.mail:
        return run(frame.having(step="mail"), Call("send_code", {"mail": heard.mail}))
    if heard.order_keys:
        return _ask(Frame(frame.flow, {"step": "proof", "order_key": heard.order_keys[0]}))
    return None


def _code(frame: Frame, heard: Heard) -> Move | None:
    if heard.code:
        return run(frame, Call("check_code", {"code": heard.code}))
    return _mail(frame, heard) if heard.mail else None


def _proof(heard: Heard) -> dict[str, str]:
    for name, value in (("mail", heard.mail), ("phone", heard.phone), ("postal", heard.postal)):
        if value:
            return {name: value}
    return {}


def _settled(heard: Heard, step: str, *, is_order_known: bool) -> tuple[str | None, dict[str, str]]:
    """The order key and the proof. The same digits cannot be both: the question decides."""
    keys = heard.order_keys
    if heard.postal and (heard.mail or heard.name):
        keys = tuple(one for one in keys if one != _digits(heard.postal or ""))
    key, proof = next(iter(keys), None), _proof(heard)
    if key is None or not any(_digits(value) == key for value in proof.values()):
        return key, proof
    if step == "proof" or (is_order_known and "phone" in proof):
        return None, proof
    return key, {}


def is_told(heard: Heard) -> bool:
    """Whether the words name an order and, in other words, a proof; or a person.

    The postal code of an address that something shall go to proves nothing.
    """
    if heard.address is not None and heard.address.line1:
        return False
    if heard.postal and (heard.name is not None or heard.mail):
        return True
    proofs = _proof(heard).values()
    return bool(heard.order_keys) and any(_digits(p) != heard.order_keys[0] for p in proofs)


def _digits(text: str) -> str:
    return "".join(filter(str.isdigit, text))


def _ask(frame: Frame, *says: Say) -> Move:
    step = frame.step
    buttons: dict[str, tuple[Button, ...]] = {
        "order": (BY_CODE, HUMAN),
        "proof": (BY_CODE, HUMAN),
        "mail": (BY_NUMBER, HUMAN),
        "code": (CODE_AGAIN, HUMAN),
        "retry": (BY_CODE, HUMAN),
        "person": (BY_NUMBER, HUMAN),
    }
    kinds = {"proof": Kind.PROOF, "person": Kind.PROOF, "mail": Kind.MAIL, "code": Kind.CODE}
    say = Say(f"identify.{step}", buttons=buttons[step])
    return ask(frame, Question(kinds.get(step, Kind.ORDER), say), *says)


def _too_many(result: Result) -> Move:
    at: Any = result.data.get("retry_at")
    key = "identify.too_many_until" if at else "identify.too_many"
    say = Say(key, {"at": at} if at else {}, buttons=(HUMAN,))
    return Move(None, says=(say,), ends_all=True)


FLOW = Identify()
