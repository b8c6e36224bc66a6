"""What tools answer, in the words of the dialogue, and in one language."""

from collections.abc import Mapping, Sequence
from typing import Any, Final, cast

from bots.dialogue import replies
from bots.dialogue.contracts.changing import AddressData
from bots.dialogue.engine import FLOWS
from bots.dialogue.flows import asking
from bots.dialogue.flows.addresses import spoken as spoken_address
from bots.dialogue.flows.form import FormFlow, refusal
from bots.dialogue.turns import Data, Dialogue, Frame, Result, Say
from bots.tools.shapes import ToolsContext
from bots.wording import SpokenFormats
from oms_service.kernel.languages import Language, say
from oms_service.kernel.masking import MASK

#: Buttons that lead on in a chat; a program has its tools.
_LEADS: Final = ("human", "intent:", "order:other", "yes", "no")
#: Values that customers wrote, wherever they stand.
_WRITTEN: Final = frozenset(
    {"address", "recipient", "postal_code", "region", "city", "line1", "line2", "said"}
)
#: What is kept back besides where personal data are masked: what opens something for whoever
#: has it, and by what people pay.
_OPENS: Final = frozenset({"page", "calendar", "link", "label", "terms", "last_four"})
#: Addresses of the carriers' own pages, which say no more than the number beside them.
_HARMLESS: Final = frozenset({"parcels"})


def of_flow(name: str, result: Result, language: Language, **frame: Any) -> list[Say]:
    """What the chat would say to a result; what it would ask then only where it has to ask."""
    state = Dialogue(language=language, is_identified=True)
    move = FLOWS[name].result(Frame(name, frame), result, state)
    is_answered = result.outcome == "ok" and bool(move.says)
    asks = [] if move.question is None or is_answered else [move.question.say]
    return [*move.says, *asks]


def of_refusal(form: str, data: Data) -> list[Say]:
    """A no of the shop's rules."""
    known = {"number": data.get("number", "")}
    return refusal(form, data["refusals"], **known)


def of_policy(data: Data, about: str) -> list[Say]:
    """What the rules say of one order."""
    return asking.of_order(data, about)


def of_usual_address(address: AddressData | None) -> list[Say]:
    if address is None:
        return [Say("tools.no_usual_address")]
    return [Say("tools.usual_address", {"address": spoken_address(address)})]


def of_proposal(form: str, data: Data) -> list[Say]:
    """What would be done, and the question that the customer has to answer."""
    return [*_form(form).form.shown(data), Say(f"{form}.confirm_{data['decision']}")]


def of_deed(form: str, data: Data) -> list[Say]:
    """What was done."""
    return list(_form(form).form.done(data))


def _form(name: str) -> FormFlow:
    return cast("FormFlow", FLOWS[name])


def spoken(context: ToolsContext, says: Sequence[Say]) -> str:
    """All of it as one text, in the language of the call; what is to be chosen becomes lines."""
    formats = SpokenFormats(context.runtime.clock.now(), context.runtime.settings.zone)
    lines = [replies.render(one, context.language, formats) for one in says]
    for button in says[-1].buttons if says else ():
        if not button.value.startswith(_LEADS):
            label = replies.label(button, context.language, formats)
            lines.append(
                replies.render(Say("tools.choice", {"choice": label}), context.language, formats)
            )
    return "\n".join(lines)


def in_language(value: Any, language: Language) -> Any:
    """Plain data whose texts of several languages have become one."""
    if isinstance(value, Mapping):
        if value and set(value) <= set(Language):
            return say(value, language)
        return {name: in_language(one, language) for name, one in value.items()}
    if isinstance(value, list | tuple):
        return [in_language(one, language) for one in value]
    return str(value) if isinstance(value, str) else value


def masked(value: Any, *, within: str = "") -> Any:
    """The same without what is personal and what opens something."""
    if isinstance(value, Mapping):
        return {
            name: MASK if _is_hidden(name, one, within) else masked(one, within=name)
            for name, one in value.items()
        }
    if isinstance(value, list | tuple):
        return [masked(one, within=within) for one in value]
    return value


def _is_hidden(name: str, value: Any, within: str) -> bool:
    if not isinstance(value, str) or not value:
        return False
    return name in _WRITTEN or (name in _OPENS and within not in _HARMLESS)


def untrusted(value: Any, at: str = "/data") -> list[str]:
    """Where in the data words of customers stand, as JSON pointers."""
    if isinstance(value, Mapping):
        return [
            pointer
            for name, one in value.items()
            for pointer in (
                [f"{at}/{name}"] if name in _WRITTEN and one else untrusted(one, f"{at}/{name}")
            )
        ]
    if isinstance(value, list | tuple):
        return [one for place, of in enumerate(value) for one in untrusted(of, f"{at}/{place}")]
    return []
