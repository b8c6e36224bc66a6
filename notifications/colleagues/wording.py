"""A notice to a colleague in words: the title everywhere, the letter from the same facts."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from notifications.colleagues import phrases
from notifications.colleagues.rules import Rule
from notifications.render import Speech, Wording, Words, render
from oms_service.appearance.colours import DEFAULT
from oms_service.kernel.languages import Language

#: Codes among the facts, and what they are called.
_CODES: Final = (("metric", "metric", phrases.METRICS), ("kind", "step", phrases.STEPS))


def title(rule: Rule, facts: Mapping[str, Any], speech: Speech) -> str:
    """What a notice says, in one line.

    Raises:
        KeyError: the facts lack something the words say.
    """
    written = Wording(phrases.TITLES[rule.code][speech.language], "")
    return render(rule.code, spoken(facts, speech), speech, wording=written).subject


def letter(
    rule: Rule,
    facts: Mapping[str, Any],
    speech: Speech,
    *,
    link: str,
    choices: str,
    accent: str = DEFAULT,
) -> Words:
    """The same as a letter, with the way to what it is about and to the choices of its reader."""
    language: Language = speech.language
    lines = [phrases.WHY[rule.code][language]]
    if facts.get("due_at"):
        lines.append(phrases.DUE[language])
    lines += [phrases.OPEN[language], phrases.CHOOSE[language]]
    written = Wording(phrases.TITLES[rule.code][language], "\n".join(("{title}", *lines)))
    said = {
        **spoken(facts, speech),
        "title": title(rule, facts, speech),
        "link": link,
        "choices_link": choices,
    }
    return render(rule.code, said, speech, wording=written, accent=accent)


def letter_of_many(
    told: Sequence[tuple[Rule, Mapping[str, Any]]],
    speech: Speech,
    *,
    link: str,
    choices: str,
    accent: str = DEFAULT,
) -> Words:
    """Several notices as one letter: their titles, and the way to the list."""
    language: Language = speech.language
    lines = ("{intro}", "{titles}", phrases.OPEN_ALL[language], phrases.CHOOSE[language])
    said = {
        "count": len(told),
        "intro": phrases.MANY_INTRO[language],
        "titles": "\n".join(f"・{title(rule, facts, speech)}" for rule, facts in told),
        "link": link,
        "choices_link": choices,
    }
    written = Wording(phrases.MANY[language], "\n".join(lines))
    return render("many", said, speech, wording=written, accent=accent)


def spoken(facts: Mapping[str, Any], speech: Speech) -> dict[str, Any]:
    """The facts with their codes in words; a code without any is said as it is."""
    said = dict(facts)
    if said.get("due_at"):
        said["until_at"] = said["due_at"]
    for fact, name, words in _CODES:
        if fact in facts:
            code = str(facts[fact])
            said[name] = words.get(code, {}).get(speech.language, code)
    return said
