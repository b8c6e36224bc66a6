"""What the keys of a split are called on pages and in files."""

from collections.abc import Callable, Mapping
from datetime import date

from cases.reports.asking import Names
from cases.reports.figures import By
from cases.sla.pages import CHANNEL_WORDS
from oms_service.kernel.languages import Language, say
from oms_service.ports.registry import Adapters
from oms_service.shipping import carriers
from oms_service.web.texts import gettext


def namer(by: By, names: Names, adapters: Adapters, language: Language) -> Callable[[str], str]:
    """How keys of a split are called, in a language; codes nobody knows stay as they are."""

    def carrier(code: str) -> str:
        return say(carriers.name_of(adapters, code), language)

    def of(known: Mapping[str, str]) -> Callable[[str], str]:
        return lambda key: known.get(key, key)

    called: Mapping[By, Callable[[str], str]] = {
        By.QUEUE: of({str(one): say(name, language) for one, (_, name) in names.queues.items()}),
        By.AGENT: of({str(one): name for one, name in names.staff.items()}),
        By.CHANNEL: of({one: str(gettext(word)) for one, word in CHANNEL_WORDS.items()}),
        By.REASON: of({one: say(found.name, language) for one, found in names.reasons.items()}),
        By.CARRIER: carrier,
    }
    name = called.get(by, str)
    return lambda key: name(key) if key else nobody(by)


def nobody(by: By) -> str:
    """What has no key of a split is called."""
    if by is By.AGENT:
        return str(gettext("Nobody"))
    return str(gettext("Not known"))


def day_of(key: str) -> date:
    return date.fromisoformat(key)
