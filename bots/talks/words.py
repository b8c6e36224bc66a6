"""Talks in words: wishes, outcomes, reasons, what was named and what was done."""

from collections.abc import Mapping
from typing import Final

from bots.learning.words import LABELS
from bots.talks.states import NO_WISH, TalkOutcome, TurnOutcome, Why
from cases.sla.pages import CHANNEL_WORDS
from oms_service.web.texts import N_

CHANNELS: Final[Mapping[str, str]] = {
    one: CHANNEL_WORDS[one] for one in ("webchat", "line", "slack", "assistant", "mail", "api")
}
#: Every intent, and ``none``.
WISHES: Final[Mapping[str, str]] = {
    **LABELS,
    "date_changed": N_("Whether the date has changed"),
    "tracking_link": N_("The carrier's own page"),
    "change_language": N_("Another language"),
    NO_WISH: N_("No wish: greetings, or words that were not understood"),
}
OUTCOMES: Final[Mapping[TalkOutcome, str]] = {
    TalkOutcome.CONTAINED: N_("Settled by the chat"),
    TalkOutcome.HANDED_OVER: N_("Went to a person"),
    TalkOutcome.GIVEN_UP: N_("Ended without an answer"),
    TalkOutcome.OPEN: N_("Going on"),
}
OUTCOME_TONES: Final[Mapping[TalkOutcome, str]] = {
    TalkOutcome.CONTAINED: "success",
    TalkOutcome.HANDED_OVER: "accent",
    TalkOutcome.GIVEN_UP: "attention",
    TalkOutcome.OPEN: "",
}
MEANINGS: Final[Mapping[TalkOutcome, str]] = {
    TalkOutcome.CONTAINED: N_(
        "It is over, no person had to do with it, something that was wished for got its answer, "
        "and nothing that was asked for last was left without one. A no with its reason is an "
        "answer."
    ),
    TalkOutcome.HANDED_OVER: N_(
        "The chat passed it on, opened a case, left a decision to a colleague, or a colleague "
        "stepped in."
    ),
    TalkOutcome.GIVEN_UP: N_(
        "It is over without a person, but what was asked for last was not understood or not "
        "finished, or nothing was wished for."
    ),
    TalkOutcome.OPEN: N_("Something was said within the last hour."),
}
WHY: Final[Mapping[Why, str]] = {
    Why.ASKED: N_("Asked for a person"),
    Why.NOT_UNDERSTOOD: N_("Not understood twice in a row"),
    Why.REFUSED: N_("Asked for a person after the rules said no"),
    Why.UNPROVEN: N_("Asked for a person, could not show who they are"),
    Why.DECISION: N_("A colleague has to decide it"),
    Why.NOTED: N_("Written down for a colleague to look into"),
    Why.NEEDS_COLLEAGUE: N_("Nothing that the chat does"),
    Why.TROUBLE: N_("Something broke"),
    Why.STEPPED_IN: N_("A colleague stepped in"),
}
TURNS: Final[Mapping[TurnOutcome, str]] = {
    TurnOutcome.ANSWERED: N_("answered"),
    TurnOutcome.ASKED: N_("asked for more"),
    TurnOutcome.PROPOSED: N_("showed what it would do"),
    TurnOutcome.DONE: N_("did it"),
    TurnOutcome.CLARIFIED: N_("asked what was meant"),
    TurnOutcome.MISSED: N_("not understood"),
    TurnOutcome.OUTSIDE: N_("taken for no matter of ours"),
    TurnOutcome.LEFT: N_("called off"),
    TurnOutcome.COURTESY: N_("a courtesy"),
    TurnOutcome.HANDED_OVER: N_("passed on to a person"),
}
TURN_TONES: Final[Mapping[TurnOutcome, str]] = {
    TurnOutcome.ANSWERED: "success",
    TurnOutcome.DONE: "success",
    TurnOutcome.CLARIFIED: "attention",
    TurnOutcome.MISSED: "attention",
    TurnOutcome.OUTSIDE: "attention",
    TurnOutcome.HANDED_OVER: "accent",
}
ACTS: Final[Mapping[str, str]] = {
    "yes": N_("A yes"),
    "no": N_("A no"),
    "leave": N_("Stop this"),
    "back": N_("Back"),
    "repeat": N_("Say it again"),
    "thanks": N_("Thanks"),
    "greeting": N_("A greeting"),
    "goodbye": N_("A goodbye"),
    "help": N_("What the chat can do"),
    "dont_know": N_("Does not know"),
}
SLOTS: Final[Mapping[str, str]] = {
    "order_keys": N_("order number"),
    "mail": N_("mail address"),
    "phone": N_("phone number"),
    "postal": N_("postal code"),
    "code": N_("one-time code"),
    "name": N_("name"),
    "when": N_("day or hours"),
    "address": N_("address"),
    "payment": N_("way to pay"),
    "payments": N_("ways to pay"),
    "amounts": N_("amount"),
    "quantity": N_("quantity"),
    "counted": N_("number of things"),
    "is_everything": N_("everything"),
    "is_rest": N_("all but something"),
    "excepted_words": N_("what is left out"),
    "choices": N_("one of the choices"),
    "reason": N_("reason"),
    "reasons": N_("reasons"),
    "wanted_words": N_("what is wanted"),
    "had_words": N_("what they have"),
}
#: What the chat does; a skill that is not here is shown by its code.
SKILLS: Final[Mapping[str, str]] = {
    "identify": N_("Look who writes, by order and proof"),
    "identify_person": N_("Look who writes, by name and postal code"),
    "send_code": N_("Send a one-time code"),
    "check_code": N_("Check the one-time code"),
    "track_order": N_("Look where the order is"),
    "list_orders": N_("List the orders"),
    "return_facts": N_("Look what may be returned"),
    "propose_return": N_("Show the return before it is asked for"),
    "exchange_facts": N_("Look what may be exchanged"),
    "propose_exchange": N_("Show the exchange before it is made"),
    "claim_facts": N_("Look what may be reported"),
    "propose_claim": N_("Show the report before it is made"),
    "refund_choices": N_("Look how money may go back"),
    "report_delay": N_("Look into the delay"),
    "refund_news": N_("Look where the refund is"),
    "chase_refund": N_("Ask a colleague about the refund"),
    "propose_delay_report": N_("Show what a colleague would look into"),
    "propose_refund_chase": N_("Show what a colleague would look into"),
    "propose_complaint": N_("Show what a colleague would look into"),
    "find_answer": N_("Look for an answer of the shop"),
    "tell_answer": N_("Tell the answer that was chosen"),
    "find_product": N_("Look for a product and its stock"),
    "policy_of_order": N_("Look what holds for this order"),
    "order_contents": N_("Look what is in the order"),
    "order_sums": N_("Add up the orders"),
    "paper_of_order": N_("Fetch an invoice or a receipt"),
    "balances": N_("Look at gift cards and store credit"),
    "report_complaint": N_("Write a complaint down"),
    "keep_feedback": N_("Keep what they think"),
    "cancel_facts": N_("Look whether it may be cancelled"),
    "propose_cancel": N_("Show the cancellation before it is done"),
    "address_facts": N_("Look whether the address may change"),
    "propose_address": N_("Show the new address before it holds"),
    "usual_address_facts": N_("Look at the usual address"),
    "propose_usual_address": N_("Show the new usual address before it holds"),
    "delivery_facts": N_("Look which days and hours there are"),
    "propose_delivery": N_("Show the new time before it holds"),
    "item_facts": N_("Look what may be changed in the order"),
    "propose_items": N_("Show the changed order before it holds"),
    "payment_facts": N_("Look how the order may be paid"),
    "propose_payment": N_("Show the other payment before it holds"),
    "carry_out": N_("Do what was shown"),
    "withdraw_proposal": N_("Drop what was shown"),
    "proposal_standing": N_("Look what became of what was shown"),
    "postal_area": N_("Complete the address by its postal code"),
    "mail_transcript": N_("Send the conversation by mail"),
    "hand_off": N_("Pass on to a person"),
}
CAME: Final[Mapping[str, str]] = {
    "ok": N_("done"),
    "already": N_("was done before"),
    "changed": N_("no longer holds"),
    "done": N_("was done"),
    "expired": N_("its time was over"),
    "failed": N_("broke"),
    "in_time": N_("is in time"),
    "needs_postal": N_("needs the postal code"),
    "none": N_("there is none"),
    "not_offered": N_("not offered here"),
    "open": N_("waits for a yes"),
    "refused": N_("the rules say no"),
    "replaced": N_("another was shown since"),
    "sent": N_("sent"),
    "several": N_("there are several"),
    "somebody_elses": N_("belongs to another customer"),
    "too_many": N_("too many tries"),
    "under_way": N_("under way already"),
    "unidentified": N_("not known who writes"),
    "unknown": N_("not found"),
    "unproven": N_("not known who writes"),
    "with_carrier": N_("only with the carrier"),
    "withdrawn": N_("was dropped"),
    "wrong": N_("wrong"),
}
PROPOSALS: Final[Mapping[str, str]] = {
    "open": N_("waits for a yes"),
    "done": N_("agreed to and done"),
    "withdrawn": N_("dropped by the customer"),
    "replaced": N_("replaced by another"),
    "expired": N_("its time was over"),
}
KINDS: Final[Mapping[str, str]] = {
    "cancel": N_("Cancellation"),
    "address": N_("New address"),
    "delivery": N_("New delivery time"),
    "items": N_("Changed order"),
    "payment": N_("Other payment"),
    "usual_address": N_("New usual address"),
    "return": N_("Return"),
    "exchange": N_("Exchange"),
    "claim": N_("Report of something wrong"),
    "delay_report": N_("Delay for a colleague"),
    "refund_chase": N_("Refund for a colleague"),
    "complaint": N_("Complaint for a colleague"),
}
#: What else had a part in an answer; a mark that is not here is shown by its code.
MARKS: Final[Mapping[str, str]] = {
    "model.picked": N_("picked by the language model"),
    "model.rephrased": N_("rephrased by the language model"),
}
