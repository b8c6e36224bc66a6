"""Reading what a provider of short messages tells: how far ours got, and what is texted to us.

A body is read again after a crash: a report leads only on, a text has the id its provider gave it.
"""

import json
import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from cases import texting as taking
from notifications.sms import numbers, words
from oms_service.adapters.sms.numbers import e164
from oms_service.conversations import queries as conversations
from oms_service.conversations import service as talking
from oms_service.conversations import texting
from oms_service.conversations.channels import SMS
from oms_service.conversations.states import AuthorKind, ByMail, DeliveryState
from oms_service.conversations.views import ConversationView
from oms_service.customers import queries as customers
from oms_service.infra.intake import Inbound
from oms_service.infra.uow import UnitOfWork
from oms_service.kernel.errors import Invalid
from oms_service.kernel.languages import Language, Words

#: What stands before the colon of the source of what a provider tells.
SOURCE: Final = "sms"
#: More than any provider tells at once.
MOST: Final = 500
#: The words by which a number ends short messages, and asks for them again.
STOP: Final = frozenset({"stop", "unsubscribe", "停止", "配信停止", "ストップ"})
START: Final = frozenset({"start", "再開", "配信再開"})
_STATES: Final = {
    "sent": DeliveryState.SENT,
    "delivered": DeliveryState.DELIVERED,
    "failed": DeliveryState.FAILED,
}
_REFERENCE: Final = re.compile(r"message-([1-9][0-9]{0,17})")
_ID: Final = re.compile(r"[!-~]{1,100}")
_NUMBER: Final = re.compile(r"\+[1-9][0-9]{6,14}")
_REASON: Final = re.compile(r"[^A-Za-z0-9_.:-]+")
_LONGEST: Final = 2000
_LONGEST_REASON: Final = 60


@dataclass(frozen=True, kw_only=True)
class Report:
    """How far one message of ours got, by our reference or the provider's id."""

    reference: int | None
    provider_id: str
    state: DeliveryState
    why: str
    is_final: bool


@dataclass(frozen=True, kw_only=True)
class Text:
    """What somebody texted. ``number`` is None where nobody could be answered."""

    id: str
    number: str | None
    text: str


def parse(body: bytes) -> list[Report | Text]:
    """What a body tells.

    Raises:
        Invalid: it is not as ``docs/sms.md`` has it; ``fields`` names what is wrong.
    """
    try:
        said = json.loads(body)
    except (ValueError, RecursionError):
        raise Invalid("not JSON", {"body": "is not JSON"}) from None
    events = said.get("events") if isinstance(said, dict) else None
    if not isinstance(events, list) or not 0 < len(events) <= MOST:
        raise Invalid("no events", {"events": f"is a list of 1 to {MOST}"})
    return [_event(one, place) for place, one in enumerate(events)]


@dataclass(frozen=True)
class Incoming:
    """The reader: whose shop it is and what it answers."""

    shop: Mapping[Language, str]
    language: Language
    page: str
    of_strangers: ByMail

    def read(self, uow: UnitOfWork, body: Inbound) -> str | None:
        """Do what a body tells, all of it or nothing.

        Raises:
            Invalid: it cannot be read.
        """
        for one in parse(body.body):
            if isinstance(one, Report):
                _note(uow, one)
            elif one.number is not None:
                self._hear(uow, one.number, one)
        return None

    def _hear(self, uow: UnitOfWork, number: str, said: Text) -> None:
        """One text, once. The customer is held before the thread, as everywhere here."""
        customer_id = numbers.hold(uow, number)
        person = customers.find(uow.session, customer_id) if customer_id is not None else None
        before = conversations.open_of(uow.session, SMS, number)
        known = before.language if before is not None else None
        language = known or (person.language if person is not None else self.language)
        thread = talking.open_or_resume(uow, channel=SMS, key=number, language=language)
        key = f"sms:{said.id}"
        if conversations.with_message(uow.session, SMS, number, key) is not None:
            return
        message = talking.receive(uow, thread.id, key=key, text=said.text, tells_people=False)
        if message is None:
            return
        texting.reached(uow, number)
        order = _plain(said.text)
        if order in STOP:
            if numbers.stop(uow, number, source=numbers.BY_TEXT):
                self._answer(uow, thread, words.STOPPED, key=f"sms-stop:{said.id}")
        elif order in START:
            # To one number once a day, whoever plays with it.
            self._answer(uow, thread, words.START, key=f"sms-start:{uow.now:%Y-%m-%d}", link=True)
        else:
            taking.take_up(uow, thread, message, of_strangers=self.of_strangers)

    def _answer(
        self,
        uow: UnitOfWork,
        thread: ConversationView,
        said: Words,
        *,
        key: str,
        link: bool = False,
    ) -> None:
        text = said[thread.language].format(shop=self.shop[thread.language])
        talking.say(
            uow,
            thread.id,
            author_kind=AuthorKind.NOTICE,
            text=f"{text}\n{self.page}" if link else text,
            key=key,
        )


def _note(uow: UnitOfWork, told: Report) -> None:
    """What is told of a message that is not ours, or not known any more, is nothing to us."""
    message_id = told.reference
    if message_id is None:
        message_id = texting.called(uow.session, told.provider_id)
    if message_id is not None:
        texting.report(uow, message_id, told.state, why=told.why, is_final=told.is_final)


def _event(one: object, place: int) -> Report | Text:
    if isinstance(one, dict):
        match one.get("type"):
            case "status":
                return _report(one, place)
            case "text":
                return _text(one, place)
    raise _wrong(place, "type", "is status or text")


def _report(one: Mapping[str, Any], place: int) -> Report:
    state = _STATES.get(one["status"]) if isinstance(one.get("status"), str) else None
    if state is None:
        raise _wrong(place, "status", f"is one of {', '.join(_STATES)}")
    named = one.get("reference")
    found = _REFERENCE.fullmatch(named) if isinstance(named, str) else None
    if named is not None and found is None:
        raise _wrong(place, "reference", "is what we called the message")
    if found is None and not _is_id(one.get("id")):
        raise _wrong(place, "id", "names the message, unless reference does")
    reason = one.get("reason", "")
    if not isinstance(reason, str) or not isinstance(one.get("is_final", False), bool):
        raise _wrong(place, "reason", "is text, and is_final true or false")
    return Report(
        reference=int(found[1]) if found else None,
        provider_id=str(one.get("id", "")),
        state=state,
        why=_REASON.sub("_", reason)[:_LONGEST_REASON],
        is_final=one.get("is_final", False),
    )


def _text(one: Mapping[str, Any], place: int) -> Text:
    if not _is_id(one.get("id")):
        raise _wrong(place, "id", "1 to 100 ASCII characters without spaces")
    sender, said = one.get("from"), one.get("text")
    if not isinstance(sender, str) or not isinstance(said, str):
        raise _wrong(place, "from" if not isinstance(sender, str) else "text", "is text")
    number = sender if _NUMBER.fullmatch(sender) else e164(sender)
    # Half a sign, as JSON can hold one, is no text to a database; neither is NUL.
    whole = said.encode("utf-16", "surrogatepass").decode("utf-16", "replace").replace("\0", "")
    return Text(id=str(one["id"]), number=number, text=whole[:_LONGEST].strip())


def _is_id(value: object) -> bool:
    return isinstance(value, str) and _ID.fullmatch(value) is not None


def _wrong(place: int, field: str, what: str) -> Invalid:
    return Invalid("an event is not as it should be", {f"events.{place}.{field}": what})


def _plain(text: str) -> str:
    """A text as one compares it: without space and marks around it."""
    folded = unicodedata.normalize("NFKC", text).casefold()
    return folded.strip(" \t\r\n.,!\"'。、！「」『』()[]")
