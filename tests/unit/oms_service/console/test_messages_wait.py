"""What a message that has not left waits for, each in its words."""

from datetime import UTC, datetime, timedelta

import pytest

from oms_service.console import messages_words as words
from oms_service.conversations.breaker import Rest
from oms_service.conversations.outgoing import Kind, SentView
from oms_service.conversations.queries import Try
from oms_service.conversations.states import DeliveryState as State
from oms_service.kernel.languages import Language

NOW = datetime(2026, 11, 22, 1, 0, tzinfo=UTC)
LATER = NOW + timedelta(minutes=5)
FAILED = (Try(State.FAILED, "ConnectionError", NOW),)
HELD = (Try(State.QUEUED, "line.used_up", NOW),)
RESTS = (Rest("line", NOW, LATER, 5),)


def a_message(
    *, state: State = State.QUEUED, is_parked: bool = False, next_at: datetime | None = None
) -> SentView:
    return SentView(
        id=1,
        conversation_id=1,
        channel="line",
        to="U1",
        customer_id=1,
        kind=Kind.NOTICE,
        author="system",
        language=Language.ENGLISH,
        subject="",
        text="It has left.",
        at=NOW,
        state=state,
        thread="",
        is_secret=False,
        is_emptied=False,
        is_unreachable=False,
        is_parked=is_parked,
        next_at=next_at,
    )


@pytest.mark.parametrize(
    ("message", "tries", "rests", "said"),
    [
        (a_message(is_parked=True), FAILED, RESTS, (words.FOR_A_COLLEAGUE, None)),
        (a_message(next_at=NOW), (), RESTS, (words.FOR_PROVIDER, LATER)),
        (a_message(next_at=LATER), FAILED, (), (words.FOR_ANOTHER_TRY, LATER)),
        (a_message(next_at=NOW), (), (), (words.FOR_A_WORKER, None)),
        (a_message(), HELD, (), (words.FOR_CHANNEL, None)),
        (a_message(), HELD, (Rest("mail", NOW, LATER, 5),), (words.FOR_CHANNEL, None)),
        *((a_message(state=one), FAILED, RESTS, ("", None)) for one in State if one != "queued"),
    ],
)
def test_each_says_what_it_waits_for(
    message: SentView,
    tries: tuple[Try, ...],
    rests: tuple[Rest, ...],
    said: tuple[str, datetime | None],
) -> None:
    assert words.waits_for(message, tries, rests) == said
