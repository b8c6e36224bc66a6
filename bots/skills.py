"""What the bot can do: the only place where the dialogue meets the domain.

Each skill is one row of ``bots.dialogue.calls``: it takes the call's arguments and answers plain
data. It acts within the unit of work of the message, for the customer of the conversation.
"""

import hmac
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final
from zoneinfo import ZoneInfo

from bots.dialogue.calls import (
    ActData,
    MoneyData,
    ParcelData,
    RefusalData,
    Step,
    TermsData,
    WindowData,
)
from bots.dialogue.turns import Data, Result, Say
from bots.understanding.heard import Intent
from cases import opening as cases
from cases.acting import asking, labels
from cases.after import queries as asked
from cases.after import scores, surveys
from cases.after.answers import TooLate
from cases.after.links import AfterLinks, Opens
from cases.delivery import telling
from cases.portal.links import ComingBackLinks
from cases.views import CaseView
from oms_service.access import codes
from oms_service.conversations import attachments
from oms_service.conversations import attachments_queries as files
from oms_service.conversations import service as conversations
from oms_service.conversations.views import ConversationView
from oms_service.history import actions, tracking
from oms_service.history import steps as ways
from oms_service.history.steps import Step as Way
from oms_service.history.tracking import Proof, TrackedParcel, Tracking
from oms_service.infra.uow import UnitOfWork
from oms_service.kernel.errors import NotFound, Stale, TooMany
from oms_service.kernel.languages import Language, Words, say
from oms_service.kernel.money import Money
from oms_service.kernel.text import guess_key, mail_key, phone_key, postal_key
from oms_service.operations.money import refund_news as refunds
from oms_service.operations.returning import returns
from oms_service.operations.rules import reasons
from oms_service.operations.rules.eligibility import Cause, Code, Decision, Outcome
from oms_service.orders import queries as orders
from oms_service.orders.queries import OrderSummary, OrderView
from oms_service.payments import queries as payments
from oms_service.ports.carrier import UNNAMED
from oms_service.returns.queries import ReturnView
from oms_service.returns.states import ReturnReason
from oms_service.runtime import Runtime
from oms_service.shipping import explaining
from oms_service.shipping.queries import parcels_of
from oms_service.shipping.windows import Window
from oms_service.web import formats

#: For so long a conversation remembers who writes in it; then it asks again.
PROOF_KEPT: Final = timedelta(hours=12)

_STEPS: Final[Mapping[Way, Step]] = {
    Way.ORDER_RECEIVED: Step.PLACED,
    Way.PAYMENT_PENDING: Step.PAYMENT_PENDING,
    Way.PREPARING: Step.PREPARING,
    Way.SHIPPED: Step.SHIPPED,
    Way.IN_TRANSIT: Step.IN_TRANSIT,
    Way.OUT_FOR_DELIVERY: Step.OUT_FOR_DELIVERY,
    Way.ATTEMPTED: Step.ATTEMPTED,
    Way.AWAITING_PICKUP: Step.READY_FOR_PICKUP,
    Way.DELIVERED: Step.DELIVERED,
    Way.CANCELLED: Step.CANCELLED,
    Way.RETURNING: Step.RETURNING,
    Way.UNDELIVERABLE: Step.DELIVERY_FAILED,
}
_DECISIONS: Final = {
    Outcome.AT_ONCE: "at_once",
    Outcome.PERSON: "agent",
    Outcome.REFUSED: "refused",
}
#: Which of the shop's reasons a wish is; "other" for the rest.
_CASE_REASONS: Final[Mapping[str, str]] = {
    "track": "where_is_it",
    "return": "return",
    "refund": "refund",
    Intent.CANCEL_ORDER: "cancel",
    Intent.CHANGE_ADDRESS: "change_address",
    Intent.CHANGE_DELIVERY_DATE: "change_address",
    Intent.CHANGE_ITEMS: "change_order",
    Intent.EXCHANGE_ITEM: "exchange",
    Intent.REFUND_REQUEST: "refund",
    Intent.REFUND_STATUS: "refund",
    Intent.CHANGE_PAYMENT: "payment",
    Intent.PAYMENT_ISSUE: "payment",
    Intent.REPORT_DAMAGED: "damaged",
    Intent.REPORT_MISSING: "missing",
    Intent.REPORT_WRONG_ITEM: "wrong_item",
}
_ENDED: Final = frozenset({Step.DELIVERED, Step.CANCELLED})

#: As much of the shop's terms as one reads in a chat.
_TERMS_SHOWN: Final = 400
#: The newest orders that are looked through for a refund nobody named the order of.
_REFUNDS_AMONG: Final = 20

#: Tries to show who one is: by sender, by conversation, and by the order somebody guesses at.
_TRIES: Final = (
    ("chat-identify-source", "30/15 minutes"),
    ("chat-identify-chat", "10/15 minutes"),
    ("chat-identify-order", "12/hour"),
)


@dataclass
class Context:
    """Where a skill runs. ``source`` tells senders apart for limits."""

    runtime: Runtime
    uow: UnitOfWork
    conversation: ConversationView
    message_id: int
    source: str

    @property
    def customer_id(self) -> int | None:
        """Who writes, as long as their proof holds."""
        shown = self.conversation.identified_at
        is_fresh = shown is not None and self.uow.now - shown < PROOF_KEPT
        return self.conversation.customer_id if is_fresh else None

    def identified(self, customer_id: int) -> None:
        conversations.identify(self.uow, self.conversation.id, customer_id)
        self.conversation = conversations.lock(self.uow, self.conversation.id)


Skill = Callable[[Context, Data], Result]


def known_customer(skill: Callable[[Context, Data, int], Result]) -> Skill:
    """Let a skill run only for somebody who has shown who they are."""

    def run(context: Context, given: Data) -> Result:
        customer_id = context.customer_id
        if customer_id is None:
            return Result(skill.__name__, "unidentified")
        return skill(context, given, customer_id)

    return run


# Who it is


def identify(context: Context, given: Data) -> Result:
    """An order number with one proof of it. Unknown and not yours are one answer."""
    sources = (context.source, str(context.conversation.id), guess_key(given["order_key"]))
    try:
        for (name, rate), key in zip(_TRIES, sources, strict=True):
            context.runtime.limits.take(name, key, rate)
    except TooMany as error:
        return Result("identify", "too_many", _retry(context, error))
    try:
        proofs = orders.proofs(context.uow.session, given["order_key"])
    except NotFound:
        return Result("identify", "unknown")
    told = (
        (mail_key(given["mail"] or ""), proofs.mail_key),
        (phone_key(given["phone"] or ""), proofs.phone_key),
        (postal_key(given["postal"] or ""), proofs.postal_key),
    )
    if not any(said and _same(said, known) for said, known in told):
        return Result("identify", "unknown")
    return _identified(context, proofs.customer_id, "identify", given["order_key"])


def send_code(context: Context, given: Data) -> Result:
    """A code to the address, if the shop knows it; the answer is the same if it does not."""
    try:
        codes.may_ask(context.runtime.limits, mail=given["mail"], address=context.source)
    except TooMany as error:
        return Result("send_code", "too_many", _retry(context, error))
    conversations.claim(context.uow, context.conversation.id, given["mail"])
    codes.send_code(context.uow, given["mail"], context.conversation.language)
    return Result("send_code", "sent")


def check_code(context: Context, given: Data) -> Result:
    """The code against the address it went to."""
    try:
        codes.may_try(context.runtime.limits, address=context.source)
    except TooMany as error:
        return Result("check_code", "too_many", _retry(context, error))
    mail = conversations.claimed(context.uow, context.conversation.id)
    customer_id = codes.check_code(context.uow, mail, given["code"]) if mail else None
    if customer_id is None:
        return Result("check_code", "wrong")
    return _identified(context, customer_id, "check_code", None)


def _identified(context: Context, customer_id: int, skill: str, key: str | None) -> Result:
    """Somebody is who they say; of a chat that is another customer's they hear just that."""
    try:
        context.identified(customer_id)
    except conversations.SomebodyElses:
        return Result(skill, "somebody_elses")
    return Result(skill, "ok", {"order_key": key})


def _retry(context: Context, error: TooMany) -> Mapping[str, Any]:
    at = context.uow.now + timedelta(seconds=error.wait_s)
    return {"retry_at": at.isoformat()}


def _same(said: str, known: str) -> bool:
    return bool(known) and hmac.compare_digest(said.encode(), known.encode())


# Where orders are


def track_order(context: Context, given: Data, customer_id: int) -> Result:
    """One order's standing; without a number the one under way, or those to choose from."""
    session, now = context.uow.session, context.uow.now
    typed = given["order_key"]
    if typed is None:
        mine = orders.summaries(session, customer_id)
        steps = _steps(context, mine)
        under_way = [one for one in mine if steps[one.order.id] not in _ENDED]
        candidates = under_way or list(mine)
        if not candidates:
            return Result("track_order", "none")
        if len(candidates) > 1:
            return Result("track_order", "several", _choices(candidates, steps))
        typed = candidates[0].order.number
    try:
        found = tracking.track(
            session,
            context.runtime.adapters,
            typed,
            Proof.of_customer(customer_id),
            now=now,
        )
    except NotFound:
        return Result("track_order", "unknown")
    telling.note(context.uow, found, channel=context.conversation.channel)
    return Result("track_order", "ok", _standing(context, found))


def list_orders(context: Context, given: Data, customer_id: int) -> Result:  # noqa: ARG001 - skills are called alike
    """The customer's orders, newest first."""
    mine = orders.summaries(context.uow.session, customer_id)
    return Result("list_orders", "ok", _choices(mine, _steps(context, mine)))


def _standing(context: Context, found: Tracking) -> Data:
    zone = context.runtime.settings.zone
    lines = orders.lines(context.uow.session, found.order_id)
    delivered = [parcel.delivered_at for parcel in found.parcels if parcel.delivered_at]
    is_there = found.step is Way.DELIVERED and len(delivered) == len(found.parcels) > 0
    token = context.runtime.links.token(found.number, found.customer_id, context.uow.now)
    return {
        "number": found.number,
        "summary": _summary(lines[0].name, len(lines) - 1) if lines else "",
        "step": _step(found),
        "next_step": _STEPS[found.next_step] if found.next_step else None,
        "window": _window(found.window, zone),
        "promised": _window(found.promised, zone),
        "moved": str(found.moved),
        "is_late": found.is_late,
        "explanation": _explained(context, found),
        "why": found.why,
        "page": context.runtime.links.page(token),
        "calendar": context.runtime.links.calendar(token) if found.window else None,
        "acts": _acts(context, found),
        "delivered_at": max(delivered).isoformat() if is_there else None,
        "next_word_at": None,
        "parcels": [_parcel(parcel) for parcel in found.parcels],
    }


def _explained(context: Context, found: Tracking) -> dict[str, str] | None:
    if found.because is None:
        return None
    zone, now = context.runtime.settings.zone, context.uow.now
    return {str(one): explaining.sentence(found.because, one, zone, now=now) for one in Language}


def _acts(context: Context, found: Tracking) -> list[ActData]:
    base = context.runtime.links.base
    given = actions.actions(context.uow.session, found, base=base, now=context.uow.now)
    return [{"act": str(one.act), "link": one.link} for one in given]


def _step(found: Tracking) -> Step:
    if found.step is not Way.PAYMENT_PENDING and found.why in {Step.ON_HOLD, Step.BACKORDERED}:
        return Step(found.why)
    if found.more_to_come:
        is_any_there = any(parcel.step is Way.DELIVERED for parcel in found.parcels)
        return Step.PARTLY_DELIVERED if is_any_there else Step.PARTLY_SHIPPED
    return _STEPS[found.step]


def _parcel(parcel: TrackedParcel) -> ParcelData:
    scan = parcel.last_scan
    return {
        "carrier": dict(parcel.carrier_name) if parcel.carrier != UNNAMED else None,
        "number": parcel.tracking_number or None,
        "link": parcel.link,
        "step": _STEPS[parcel.step],
        "at": scan.occurred_at.isoformat() if scan else None,
        "place": (scan.place or None) if scan else None,
    }


def _window(window: Window | None, zone: ZoneInfo) -> WindowData | None:
    if window is None:
        return None
    start, end = window.spoken(zone)
    return {"start": start.isoformat(), "end": end.isoformat()}


def _steps(context: Context, of: Sequence[OrderSummary]) -> Mapping[int, Step]:
    """Where each order is, by the order's id; one query for the parcels of all."""
    session = context.uow.session
    parcels: dict[int, list[Way]] = {}
    for parcel in parcels_of(session, [one.order.id for one in of]):
        parcels.setdefault(parcel.order_id, []).append(ways.of_parcel(parcel.status))
    return {
        one.order.id: _STEPS[
            ways.of_order(
                one.order.order_state,
                one.order.payment_state,
                one.order.fulfilment_state,
                parcels.get(one.order.id, []),
            )
        ]
        for one in of
    }


def _choices(of: Sequence[OrderSummary], steps: Mapping[int, Step]) -> Data:
    return {
        "orders": [
            {
                "number": one.order.number,
                "summary": _summary(one.first_item, one.further_items),
                "status": steps[one.order.id],
            }
            for one in of
        ]
    }


def _summary(first: Words, others: int) -> dict[str, str]:
    """``ドリップコーヒーほか1点`` in every language."""
    return {
        str(language): formats.items(say(first, language), others, language)
        for language in Language
    }


# Sending things back


def returnable_lines(context: Context, given: Data, customer_id: int) -> Result:
    """What of an order may come back, line by line."""
    order = _own(context, given, customer_id)
    if order is None:
        return Result("returnable_lines", "unknown")
    found = returns.returnable_lines(context.uow.session, order.id, now=context.uow.now)
    lines = [
        {
            "line_id": one.line.id,
            "name": dict(one.line.name),
            "options": " / ".join(one.line.options.values()),
            "quantity_returnable": one.quantity,
            "reason_if_not": _refusal(one.cause) if one.cause and not one.quantity else None,
        }
        for one in found
    ]
    return Result("returnable_lines", "ok", {"number": order.number, "lines": lines})


def preview_return(context: Context, given: Data, customer_id: int) -> Result:
    """What the return would bring; nothing is changed."""
    order = _own(context, given, customer_id)
    if order is None:
        return Result("preview_return", "unknown")
    session = context.uow.session
    shown = _evidence(context, order.id)
    seen = returns.preview(
        session,
        order.id,
        _wanted_lines(given, shown),
        now=context.uow.now,
        channel=context.conversation.channel,
    )
    names = {line.id: dict(line.name) for line in orders.lines(session, order.id)}
    return Result(
        "preview_return",
        "ok",
        {
            "lines": [
                {
                    "line_id": line.ask.facts.line_id,
                    "name": names[line.ask.facts.line_id],
                    "quantity": line.ask.quantity,
                    "is_allowed": line.outcome is not Outcome.REFUSED,
                    "refusal": _refusal(line.causes[0])
                    if line.outcome is Outcome.REFUSED
                    else None,
                }
                for line in seen.decision.lines
            ],
            "refund": _money(seen.refund),
            "fee": _money(seen.fee) if seen.fee.minor else None,
            "method": seen.method,
            "decision": _DECISIONS[seen.decision.outcome],
            "refusals": _refusals(seen.decision),
            "needs_photo": seen.decision.outcome is Outcome.PERSON and _lacks_photo(seen.decision),
            "terms": _terms(context, order.id),
            "digest": seen.digest,
        },
    )


def request_return(context: Context, given: Data, customer_id: int) -> Result:
    """Ask for what was shown and confirmed; a case is opened where a person must decide."""
    order = _own(context, given, customer_id)
    if order is None:
        return Result("request_return", "changed")
    wanted = returns.Wanted(
        order_id=order.id,
        lines=_wanted_lines(given, _evidence(context, order.id)),
        channel=context.conversation.channel,
        key=f"message:{context.message_id}",
        digest=given["digest"],
    )
    try:
        made = returns.request(context.uow, wanted)
    except returns.Refused as error:
        return Result("request_return", "refused", {"refusals": _refusals(error.decision)})
    except Stale:
        return Result("request_return", "changed")
    _keep_with_order(context, order.id)
    case_number, label = None, None
    if made.outcome is Outcome.AT_ONCE:
        label = labels.url_of(context.runtime, context.uow.session, made.view.number)
    else:
        case_number = _case_for(context, made.view, given["reason"]).number
    return Result(
        "request_return",
        "ok",
        {
            "return_number": made.view.number,
            "case_number": case_number,
            "decision": _DECISIONS[made.outcome],
            "label": label,
            "terms": _terms(context, order.id),
        },
    )


def _terms(context: Context, order_id: int) -> TermsData | None:
    """The terms of return as a chat shows them; the page has all of them."""
    found = returns.terms(context.uow.session, order_id, now=context.uow.now)
    if found is None or not any(found.text.values()):
        return None
    text = {
        code: said if len(said) <= _TERMS_SHOWN else f"{said[:_TERMS_SHOWN].rstrip()}…"
        for code, said in found.text.items()
    }
    return {"text": text, "link": f"{context.runtime.links.base}/return-terms/{found.id}"}


def _case_for(context: Context, made: ReturnView, reason: str) -> CaseView:
    """People decide about the return; the bot goes on answering everything else."""
    conversation = context.conversation
    return cases.open_case(
        context.uow,
        reason="return",
        language=conversation.language,
        channel=conversation.channel,
        order_id=made.order_id,
        customer_id=context.customer_id,
        conversation_id=conversation.id,
        return_id=made.id,
        lines={line.order_line_id: line.quantity for line in made.lines},
        wanted={
            "return_number": made.number,
            "reason": reason,
            "refund_minor": made.refund.minor,
            "currency": made.refund.currency,
        },
        failed_rule=made.referred_by_rule,
        passes_on=False,
    )


def _own(context: Context, given: Data, customer_id: int) -> OrderView | None:
    try:
        return orders.own(context.uow.session, given["order_key"], customer_id)
    except NotFound:
        return None


def _evidence(context: Context, order_id: int) -> frozenset[str]:
    """What the customer has really shown here or with the order; nobody's word counts."""
    return files.evidence(
        context.uow.session, order_id=order_id, conversation_id=context.conversation.id
    )


def _lacks_photo(decision: Decision) -> bool:
    return any(
        cause.code == Code.EVIDENCE_NEEDED for line in decision.lines for cause in line.causes
    )


def _keep_with_order(context: Context, order_id: int) -> None:
    """The pictures of this thread show this order from now on, and the warehouse sees them."""
    seen = files.pictures_by_customer(
        context.uow.session, order_id=order_id, conversation_id=context.conversation.id
    )
    attachments.belong_to_order(context.uow, [one.id for one in seen], order_id)


def _wanted_lines(given: Data, evidence: frozenset[str]) -> list[returns.WantedLine]:
    reason = ReturnReason(given["reason"])
    return [
        returns.WantedLine(
            line_id=line["line_id"], quantity=line["quantity"], reason=reason, evidence=evidence
        )
        for line in given["lines"]
    ]


def _refusals(decision: Decision) -> list[RefusalData]:
    """Each reason once, whatever the number of lines it stands against."""
    found = [_refusal(line.causes[0]) for line in decision.refused]
    return [one for index, one in enumerate(found) if one not in found[:index]]


def _refusal(cause: Cause) -> RefusalData:
    return {
        "code": cause.code,
        "text": {str(language): reasons.say(cause, language) for language in Language},
    }


def _money(amount: Money) -> MoneyData:
    return {"minor": amount.minor, "currency": amount.currency}


def coming_back_page(context: Context, given: Data, customer_id: int) -> Result:
    """The page where items are exchanged, or what is wrong with them is said."""
    order = _own(context, given, customer_id)
    if order is None:
        return Result("coming_back_page", "unknown")
    house = context.runtime
    links = ComingBackLinks(house.settings.secret_key, house.clock)
    page = f"{house.links.base}{links.path(order.id, customer_id)}"
    return Result("coming_back_page", "ok", {"link": page})


# Money that goes back


def refund_news(context: Context, given: Data, customer_id: int) -> Result:
    """Where the refunds of an order are; without a number of the one that has any."""
    session, typed = context.uow.session, given["order_key"]
    if typed is None:
        mine = orders.summaries(session, customer_id)[:_REFUNDS_AMONG]
        candidates = [one for one in mine if payments.refunds(session, one.order.id)] or mine
        if not candidates:
            return Result("refund_news", "none")
        if len(candidates) > 1:
            return Result("refund_news", "several", _choices(candidates, _steps(context, mine)))
        typed = candidates[0].order.number
    order = _own(context, {"order_key": typed}, customer_id)
    if order is None:
        return Result("refund_news", "unknown")
    news = refunds.of_order(session, order.id, now=context.uow.now)
    return Result(
        "refund_news",
        "ok",
        {
            "number": order.number,
            "refunds": [
                {
                    "amount": _money(one.refund.amount),
                    "stand": str(one.stand),
                    "expected_by": one.expected_by.isoformat() if one.expected_by else None,
                }
                for one in news
            ],
            "needs_person": any(one.needs_person for one in news),
        },
    )


def chase_refund(context: Context, given: Data, customer_id: int) -> Result:
    """Bring refunds before people, with what is known of them."""
    order = _own(context, given, customer_id)
    if order is None:
        return Result("chase_refund", "unknown")
    conversation = context.conversation
    asked_for = asking.ask(
        context.uow,
        order.id,
        channel=conversation.channel,
        conversation_id=conversation.id,
        insists=True,
    )
    if asked_for.case is None:
        raise AssertionError("whoever insists gets a case")
    return Result("chase_refund", "ok", {"case_number": asked_for.case.number})


# To a person


def hand_off(context: Context, given: Data) -> Result:
    """Bring the conversation to people, with what the bot has found out; then it is silent."""
    summary = given["summary"]
    conversation = context.conversation
    key, customer_id = summary.get("order_key"), context.customer_id
    order = _own(context, {"order_key": key}, customer_id) if key and customer_id else None
    case = cases.open_case(
        context.uow,
        reason=_CASE_REASONS.get(str(summary.get("wish")), "other"),
        language=conversation.language,
        channel=conversation.channel,
        order_id=order.id if order else None,
        customer_id=customer_id,
        conversation_id=conversation.id,
        failed_rule=given["reason"],
        summary=summary,
    )
    return Result(
        "hand_off", "ok", {"case_number": case.number, "wait_minutes": None, "is_open": True}
    )


SKILLS: Final[Mapping[str, Skill]] = {
    "identify": identify,
    "send_code": send_code,
    "check_code": check_code,
    "track_order": known_customer(track_order),
    "list_orders": known_customer(list_orders),
    "returnable_lines": known_customer(returnable_lines),
    "preview_return": known_customer(preview_return),
    "request_return": known_customer(request_return),
    "refund_news": known_customer(refund_news),
    "chase_refund": known_customer(chase_refund),
    "coming_back_page": known_customer(coming_back_page),
    "hand_off": hand_off,
}


def rating(choice: str | None) -> tuple[int, int] | None:
    """The question and the score of a pressed button, if it is one of those."""
    return scores.pressed(choice)


def rate(context: Context, survey_id: int, score: int) -> Say:
    """Take a customer's score of how their case ended; what to say to it."""
    try:
        with context.uow.session.begin_nested():
            survey = asked.survey(context.uow.session, survey_id)
            if survey.customer_id != context.conversation.customer_id:
                return Say("rating.gone")
            surveys.answer(context.uow, survey_id, score=score, on="chat")
    except (NotFound, TooLate):
        return Say("rating.gone")
    house = context.runtime
    links = AfterLinks(house.settings.secret_key, house.settings.public_url, house.clock)
    return Say("rating.thanks", {"page": links.url(Opens.SURVEY, survey_id, survey.customer_id)})
