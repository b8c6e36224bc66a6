"""What the customer's gift cards and store credit hold."""

# Every flow has the same four methods, whether or not it needs all that they are given.
# ruff: noqa: ARG002

from bots.dialogue.moves import HUMAN, TRACK, Move, finish, run
from bots.dialogue.turns import Call, Data, Dialogue, Frame, Result, Say
from bots.understanding.heard import Heard, Intent


class Balance:
    intents: frozenset[Intent] = frozenset()

    def enter(self, frame: Frame, state: Dialogue) -> Move:
        if not state.is_identified:
            return Move(frame, opens=Frame("identify"))
        return run(frame, Call("balances"))

    def answer(self, frame: Frame, heard: Heard, state: Dialogue) -> Move | None:
        return None

    def result(self, frame: Frame, result: Result, state: Dialogue) -> Move:
        says = [_balance(one) for one in result.data["balances"]]
        if not says:
            return finish(Say("balance.none", buttons=(TRACK, HUMAN)))
        last = says[-1]
        return finish(*says[:-1], Say(last.key, last.params, (TRACK, HUMAN)))

    def back(self, frame: Frame, state: Dialogue) -> Move:
        return finish()


def _balance(one: Data) -> Say:
    params = {"method": one["kind"], "amount": one["amount"], "last_four": one["last_four"]}
    known = "_known" if one["last_four"] else ""
    if one["expires_on"]:
        return Say(f"balance.until{known}", {**params, "day": one["expires_on"]})
    return Say(f"balance.holds{known}", params)


FLOW = Balance()
