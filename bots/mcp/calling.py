"""One call of a tool by a program: who, in which conversation, what came of it, all noted.

Everything a customer's program does is one conversation, so that people to whom it is handed over
read what was done. A program of the shop's has one for each customer it acts for.
"""

import time
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Final

import structlog
from sqlalchemy.exc import DBAPIError

from bots.dialogue import replies
from bots.dialogue.turns import Say
from bots.mcp import audit, holders, tokens
from bots.mcp.holders import Holder, Of
from bots.tools import schemas, table
from bots.tools.shapes import (
    INVALID,
    BadArguments,
    Kind,
    Schema,
    Tool,
    ToolResult,
    ToolsContext,
)
from bots.tools.table import TOOLS
from bots.wording import SpokenFormats
from oms_service.access import key_uses
from oms_service.conversations import queries as conversations
from oms_service.conversations import service as talking
from oms_service.conversations.channels import ASSISTANT
from oms_service.conversations.states import AuthorKind
from oms_service.conversations.views import ConversationView, MessageView
from oms_service.customers import queries as customers
from oms_service.infra.db import is_in_the_way
from oms_service.infra.fallout import cause_of
from oms_service.infra.uow import UnitOfWork
from oms_service.kernel import ids
from oms_service.kernel.errors import DomainError, NotFound, TooMany
from oms_service.kernel.languages import Language
from oms_service.kernel.text import order_key
from oms_service.orders import queries as orders
from oms_service.runtime import Runtime

log = structlog.get_logger(__name__)

#: Calls of one holder, and those of them that would change something.
CALLS: Final = "120/minute"
ACTS: Final = "60/hour"
#: Calls beyond these that are noted; the others are refused without a trace, or they would fill it.
NOTED: Final = "10/hour"
#: How often one call is taken up when others hold what it needs.
_TRIES: Final = 3
#: Far enough back for a proposal that may still be confirmed.
_PROPOSALS_KEPT: Final = 60
_LANGUAGE: Final[Schema] = {
    "type": "string",
    "enum": [str(one) for one in Language],
    "maxLength": 2,
    "description": "In which language the words of the answer are; as before if left out.",
}
_OF_ORDER: Final[Schema] = {
    **schemas.ORDER,
    "description": "The number of any order of the customer whom this is about.",
}


@dataclass(frozen=True)
class _Asked:
    """What of a call is for us, and what for the tool."""

    tool: Tool
    given: Mapping[str, Any]
    language: Language | None
    of_order: str | None


def parameters(tool: Tool, holder: Holder) -> Schema:
    """What a tool takes from this holder: an operator says whom each call is about."""
    known: dict[str, Schema] = {**tool.parameters["properties"], "language": _LANGUAGE}
    required = list(tool.parameters["required"])
    if holder.of is Of.OPERATOR and tool.needs_customer:
        by = "order_number" if "order_number" in known else "of_order"
        if tool.parameters["properties"].get("order_number") is None:
            known["of_order"] = _OF_ORDER
        required = [*required, *([by] if by not in required else [])]
    return schemas.takes(known, *required)


def offered(holder: Holder) -> list[Tool]:
    """The tools this holder may use."""
    return [tool for tool in TOOLS.values() if holder.may(tool)]


def call(runtime: Runtime, holder: Holder, name: str, arguments: Mapping[str, Any]) -> ToolResult:
    """Run one tool for a holder; it never raises for what was asked or is wrong with us.

    Raises:
        LookupError: there is no such tool.
    """
    tool, began = TOOLS[name], time.monotonic()
    calling = _Calling(runtime, holder, tool, arguments, began)
    try:
        runtime.limits.take("assistant-calls", holder.ref, CALLS)
        if tool.kind is not Kind.READ:
            runtime.limits.take("assistant-acts", holder.ref, ACTS)
    except TooMany as error:
        return calling.too_many(error.wait_s)
    if not holder.may(tool):
        return calling.turned_away("forbidden")
    try:
        return _patiently(calling)
    except Exception as error:  # noqa: BLE001 - whatever broke, nothing was done and it is said
        # The cause without the message: what broke may quote what somebody wrote.
        log.error("assistant.broke", tool=name, holder=holder.ref, cause=cause_of(error))  # noqa: TRY400
        code = error.code if isinstance(error, DomainError) else "broken"
        return calling.turned_away("failed", code=code)


def _patiently(calling: "_Calling") -> ToolResult:
    for _ in range(_TRIES - 1):
        try:
            return calling.answer()
        except DBAPIError as error:
            if not is_in_the_way(error):
                raise
    return calling.answer()


@dataclass(frozen=True)
class _Calling:
    """One call on its way."""

    runtime: Runtime
    holder: Holder
    tool: Tool
    arguments: Mapping[str, Any]
    began: float

    def answer(self) -> ToolResult:
        with self.runtime.unit_of_work(self.holder.actor) as uow:
            holder = holders.still(uow, self.holder)
            if holder is None or not holder.may(self.tool):
                return self._noted(uow, self._said("forbidden"), None)
            if holder.of is Of.CUSTOMER:
                tokens.note_use(uow, holder.id)
            else:
                key_uses.note_use(uow, holder.id)
            try:
                asked = self._read(holder)
                customer_id = self._customer(uow, holder, asked)
            except BadArguments as error:
                return self._noted(uow, self._unreadable(error.fields), None)
            except NotFound:
                said = replace(self._said("unknown_order"), outcome="unknown")
                return self._noted(uow, said, None)
            conversation = self._conversation(uow, holder, customer_id, asked.language)
            message = self._heard(uow, holder, conversation, asked)
            context = ToolsContext(
                runtime=self.runtime,
                conversation=conversation,
                message_id=message.id,
                source=holder.ref,
                language=conversation.language,
                is_masked=holder.is_masked,
            )
            result = table.run(uow, context, self.tool.name, asked.given)
            result = _shown_anew(uow, context, asked, result)
            self._answered(uow, conversation, message, asked, result)
            is_typed = self.tool.kind is Kind.HUMAN and not _is_own(uow, customer_id, asked)
            return self._noted(uow, result, conversation.id, order_is_typed=is_typed)
        raise AssertionError("a unit of work lets nothing pass in silence")

    def turned_away(self, outcome: str, **data: Any) -> ToolResult:
        """Say that nothing was done, and note it."""
        with self.runtime.unit_of_work(self.holder.actor) as uow:
            return self._noted(uow, self._said(outcome, **data), None)
        raise AssertionError("as above")

    def too_many(self, wait_s: int) -> ToolResult:
        """Say that it is enough for now; the first of them in a while are noted."""
        try:
            self.runtime.limits.take("assistant-too-many", self.holder.ref, NOTED)
        except TooMany:
            return self._said("too_many", retry_after_s=wait_s)
        return self.turned_away("too_many", retry_after_s=wait_s)

    def _read(self, holder: Holder) -> _Asked:
        given = schemas.checked(parameters(self.tool, holder), self.arguments)
        said = given.pop("language", None)
        of_order = given.pop("of_order", None) or given.get("order_number")
        return _Asked(self.tool, given, Language(said) if said else None, of_order)

    def _customer(self, uow: UnitOfWork, holder: Holder, asked: _Asked) -> int | None:
        """Whom it is about; an operator's call about nobody needs no customer.

        Raises:
            NotFound: no such order.
        """
        if holder.customer_id is not None or not self.tool.needs_customer:
            return holder.customer_id
        return orders.proofs(uow.session, asked.of_order or "").customer_id

    def _conversation(
        self, uow: UnitOfWork, holder: Holder, customer_id: int | None, language: Language | None
    ) -> ConversationView:
        """The one thread of this token, or of this key and customer; held until the end."""
        is_about = holder.of is Of.OPERATOR and customer_id is not None
        key = f"{holder.ref}:{customer_id}" if is_about else holder.ref
        spoken = language or self._language(uow, customer_id)
        opened = talking.open_or_resume(uow, channel=ASSISTANT, key=key, language=spoken)
        if language is not None and opened.language is not language:
            talking.set_language(uow, opened.id, language)
        if customer_id is not None:
            talking.identify(uow, opened.id, customer_id)
        return talking.lock(uow, opened.id)

    def _language(self, uow: UnitOfWork, customer_id: int | None) -> Language:
        person = customers.find(uow.session, customer_id) if customer_id is not None else None
        return person.language if person else Language.JAPANESE

    def _heard(
        self, uow: UnitOfWork, holder: Holder, conversation: ConversationView, asked: _Asked
    ) -> MessageView:
        """The call as a message: a customer's program writes for them, the shop's does not."""
        words = " ".join(
            str(asked.given[name]) for name in ("order_number", "words") if name in asked.given
        )
        text, key = f"[{self.tool.name}] {words}".strip(), f"call:{ids.event_id(uow.now)}"
        if holder.of is Of.OPERATOR:
            return talking.say(uow, conversation.id, author_kind=AuthorKind.BOT, text=text, key=key)
        heard = talking.receive(uow, conversation.id, key=key, text=text, tells_people=False)
        if heard is None:
            raise AssertionError("its key is new")
        return heard

    def _answered(
        self,
        uow: UnitOfWork,
        conversation: ConversationView,
        message: MessageView,
        asked: _Asked,
        result: ToolResult,
    ) -> None:
        proposal = result.data.get("proposal_id")
        extra = {}
        if proposal is not None and self.tool.kind is Kind.PROPOSE:
            extra = {"proposed": {"id": proposal, "by": self.tool.name, "of": dict(asked.given)}}
        talking.say(
            uow,
            conversation.id,
            author_kind=AuthorKind.BOT,
            text=result.words,
            key=f"re:{message.key}",
            extra=extra,
        )

    def _said(self, outcome: str, **data: Any) -> ToolResult:
        """The answer where there is no conversation, in the language that was asked for."""
        asked = self.arguments.get("language")
        is_one = isinstance(asked, str) and asked in set(Language)
        language = Language(str(asked)) if is_one else Language.ENGLISH
        formats = SpokenFormats(self.runtime.clock.now(), self.runtime.settings.zone)
        words = replies.render(Say(f"tools.{outcome}"), language, formats)
        return ToolResult(self.tool.name, outcome, words, data)

    def _unreadable(self, fields: Mapping[str, str]) -> ToolResult:
        """What is wrong with the arguments, but nothing of them."""
        said = self._said(INVALID, fields=dict(fields))
        wrong = [f"{where}: {what}" for where, what in fields.items()]
        return replace(said, words="\n".join([said.words, *wrong]))

    def _noted(
        self,
        uow: UnitOfWork,
        result: ToolResult,
        conversation_id: int | None,
        *,
        order_is_typed: bool = False,
    ) -> ToolResult:
        """Note the call; ``order_is_typed``: nobody knows whether its order number is one."""
        schema = parameters(self.tool, self.holder)
        outcome = "unknown" if order_is_typed else result.outcome
        audit.write(
            uow,
            self.holder,
            tool=self.tool.name,
            arguments=audit.masked(schema, self.arguments, outcome),
            outcome=result.outcome,
            conversation_id=conversation_id,
            ms=round((time.monotonic() - self.began) * 1000),
        )
        return result


def _is_own(uow: UnitOfWork, customer_id: int | None, asked: _Asked) -> bool:
    """Whether the order that was named is one of the customer's."""
    number = asked.given.get("order_number")
    if number is None or customer_id is None:
        return False
    try:
        orders.own(uow.session, order_key(number), customer_id)
    except NotFound:
        return False
    return True


def _shown_anew(
    uow: UnitOfWork, context: ToolsContext, asked: _Asked, result: ToolResult
) -> ToolResult:
    """What has changed since it was proposed is proposed once more, as it is now."""
    if result.outcome != "changed":
        return result
    said = conversations.thread(uow.session, context.conversation.id, limit=_PROPOSALS_KEPT)
    made = [one.extra["proposed"] for one in said if "proposed" in one.extra]
    mine = next((one for one in made if one["id"] == asked.given["proposal_id"]), None)
    if mine is None:
        return result
    again = table.run(uow, context, mine["by"], mine["of"])
    words = f"{result.words}\n{again.words}"
    return replace(result, words=words, data=again.data, untrusted=again.untrusted)
