"""The conversation by mail: to an address that was proven, or is proven now by a code."""

# Every flow has the same four methods, whether or not it needs all that they are given.
# ruff: noqa: ARG002

import re
from dataclasses import replace
from typing import Any, Final

from bots.dialogue.moves import HUMAN, MENU, Move, ask, finish, run
from bots.dialogue.turns import Button, Call, Dialogue, Frame, Question, Result, Say
from bots.understanding.heard import Heard, Intent, Kind

#: Stands below the chat; also said in words.
BY_MAIL: Final = Button("transcript:mail", "button.transcript")
_WANTED: Final = re.compile(
    r"\b(?:e-?mail|send|mail|forward)\b[^.?!]{0,40}\b(?:transcript"
    r"|(?:this|our|the|my) (?:whole |entire )?(?:chat|conversation)(?: (?:log|history))?"
    r"|chat (?:log|history))\b"
    r"|\btranscript\b[^.?!]{0,40}\b(?:e-?mail(?:ed)?|sent|mailed)\b"
    r"|(?:この|今の|今回の|ここまでの)?(?:会話|チャット|やり取り|やりとり)(?:の?(?:内容|記録|履歴|ログ|控え))?"
    r"[^。?]{0,8}メール(?:で|に|へ)?[^。?]{0,10}(?:送|ください|下さい|欲し|ほし|もら|くれ)"
    r"|メールで[^。?]{0,6}(?:会話|チャット|やり取り|やりとり)(?:の?(?:内容|記録|履歴|ログ|控え))?を?"
    r"[^。?]{0,4}(?:送|ください|欲し|ほし|もら)",
    re.IGNORECASE,
)


class Mailed:
    intents: frozenset[Intent] = frozenset()

    def is_wanted(self, heard: Heard) -> bool:
        return heard.pressed == BY_MAIL.value or _WANTED.search(heard.text) is not None

    def enter(self, frame: Frame, state: Dialogue) -> Move:
        if not state.is_identified:
            return Move(frame, opens=Frame("identify", {"step": "mail"}))
        if frame.step in {"mail", "code"}:
            return _ask(frame)
        return run(frame, Call("mail_transcript"))

    def answer(self, frame: Frame, heard: Heard, state: Dialogue) -> Move | None:
        if heard.mail:
            return run(frame, Call("send_code", {"mail": heard.mail}))
        if frame.step == "code" and heard.code:
            return run(frame, Call("check_code", {"code": heard.code}))
        return None

    def result(self, frame: Frame, result: Result, state: Dialogue) -> Move:
        is_mailed = result.skill == "mail_transcript" and result.outcome != "unproven"
        match "mailed" if is_mailed else result.outcome:
            case "unproven":
                return _ask(frame.having(step="mail"))
            case "sent":
                return _ask(frame.having(step="code"))
            case "wrong":
                return _ask(frame, Say("identify.code_wrong"))
            case "ok":
                return run(Frame(frame.flow), Call("mail_transcript"))
            case "mailed":
                return finish(replace(outcome(result), buttons=MENU))
        return finish(_no_proof(result))

    def back(self, frame: Frame, state: Dialogue) -> Move:
        return finish(Say("transcript.left", buttons=MENU))


def outcome(result: Result) -> Say:
    """What came of the wish, in words."""
    if result.outcome == "ok":
        return Say("transcript.sent", dict(result.data))
    if result.outcome == "too_many":
        return Say("transcript.too_many", {"at": result.data["retry_at"]})
    return Say("transcript.nowhere")


def _no_proof(result: Result) -> Say:
    if result.outcome == "somebody_elses":
        return Say("identify.somebody_elses", buttons=(HUMAN,))
    at: Any = result.data.get("retry_at")
    key = "identify.too_many_until" if at else "identify.too_many"
    return Say(key, {"at": at} if at else {}, buttons=(HUMAN,))


def _ask(frame: Frame, *says: Say) -> Move:
    kind = Kind.CODE if frame.step == "code" else Kind.MAIL
    return ask(frame, Question(kind, Say(f"transcript.{frame.step}", buttons=(HUMAN,))), *says)


FLOW = Mailed()
