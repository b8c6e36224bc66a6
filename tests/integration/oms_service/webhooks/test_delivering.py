"""Events told to a real server: signed, at least once, tried again, parked, told again."""

import base64
import hashlib
import hmac
import json
import threading
from datetime import timedelta

import pytest
from sqlalchemy import func, select

from oms_service.infra import fallout
from oms_service.infra.outbox import OutboxRow
from oms_service.kernel.actors import SYSTEM
from oms_service.kernel.errors import Invalid, NotFound, Stale
from oms_service.relay import drain
from oms_service.runtime import Runtime
from oms_service.webhooks import policy, queries, service, signing
from oms_service.webhooks.delivering import Couriers, Delivering
from oms_service.webhooks.models import WebhookDelivery, WebhookEndpoint
from oms_service.webhooks.queries import AttemptView, DeliveryView, EndpointView
from oms_service.webhooks.sending import Sender
from oms_service.webhooks.service import EndpointOff, Wanted
from oms_service.webhooks.states import DeliveryState, Outcome
from tests.factories.orders import make_order
from tests.factories.shop import make_shop
from tests.fakes.clock import StandingClock
from tests.fakes.receiver import Call, Receiver
from tests.integration.oms_service.webhooks.conftest import Deliver, Listen, a_reservation


def happen(runtime: Runtime, *order_ids: int) -> None:
    with runtime.unit_of_work(SYSTEM) as uow:
        for order_id in order_ids or (1,):
            uow.emit(a_reservation(order_id))


def told(runtime: Runtime, endpoint: EndpointView) -> tuple[DeliveryView, ...]:
    with runtime.database.looking() as session:
        return queries.deliveries(session, endpoint.id).items


def tries(runtime: Runtime, one: DeliveryView) -> tuple[AttemptView, ...]:
    with runtime.database.looking() as session:
        return queries.attempts(session, [one.id])[one.id]


def now(runtime: Runtime, endpoint: EndpointView) -> EndpointView:
    with runtime.database.looking() as session:
        return queries.find(session, endpoint.number)


def secret_of(runtime: Runtime, endpoint: EndpointView) -> str:
    with runtime.database.looking() as session:
        return signing.secret(runtime.settings.secret_key, queries.seed(session, endpoint.id))


def is_genuine(call: Call, secret: str) -> bool:
    """As a receiver checks it, by the standard's own words."""
    signed = f"{call.headers['Webhook-Id']}.{call.headers['Webhook-Timestamp']}.".encode()
    key = base64.b64decode(secret.removeprefix("whsec_"))
    wanted = base64.b64encode(hmac.digest(key, signed + call.body, hashlib.sha256)).decode()
    return f"v1,{wanted}" in call.headers["Webhook-Signature"].split()


def test_an_event_arrives_signed_in_its_envelope(
    runtime: Runtime, receiver: Receiver, listen: Listen, deliver: Deliver, clock: StandingClock
) -> None:
    with runtime.unit_of_work(SYSTEM) as uow:
        order = make_order(uow, make_shop(uow), number="A-10423")
    drain(runtime)
    endpoint = listen("pickup.reserved")
    happen(runtime, order.id)
    assert deliver() == 1
    (call,) = receiver.calls
    body = json.loads(call.body)
    with runtime.database.looking() as session:
        row = session.scalars(select(OutboxRow).where(OutboxRow.name == "pickup.reserved")).one()
    assert body == {
        "id": str(row.event_id),
        "type": "pickup.reserved",
        "version": 1,
        "sequence": row.id,
        "occurred_at": "2026-11-22T01:00:00+00:00",
        "aggregate": f"order:{order.id}",
        "refs": {"order": "A-10423", "location": "tokyo"},
        "data": {
            "order_id": order.id,
            "pickup_id": 1,
            "location_id": 1,
            "ready_by": "2026-11-30T00:00:00+00:00",
            "is_reservation": False,
        },
    }
    assert call.path == "/hook"
    assert call.headers["Content-Type"] == "application/json"
    assert call.headers["Webhook-Id"] == body["id"]
    assert call.headers["Webhook-Timestamp"] == str(int(clock.now().timestamp()))
    assert is_genuine(call, secret_of(runtime, endpoint))
    assert not is_genuine(call, signing.secret("another shop's key", "seed"))
    (one,) = told(runtime, endpoint)
    assert (one.state, one.tries, one.delivered_at) == (DeliveryState.DELIVERED, 1, clock.now())
    (attempt,) = tries(runtime, one)
    assert (attempt.outcome, attempt.status) == (Outcome.ACCEPTED, 204)


def test_only_what_is_listened_to_is_told_and_only_once(
    runtime: Runtime, receiver: Receiver, listen: Listen, deliver: Deliver
) -> None:
    parcels, orders = listen("parcel.*"), listen("pickup.*")
    happen(runtime, 1, 2)
    assert deliver() == 2
    assert deliver() == 0
    assert told(runtime, parcels) == ()
    assert [json.loads(call.body)["data"]["order_id"] for call in receiver.calls] == [1, 2]
    assert len(told(runtime, orders)) == 2


def test_noting_a_batch_twice_notes_it_once(runtime: Runtime, listen: Listen) -> None:
    endpoint = listen("*")
    happen(runtime)
    drain(runtime)
    with runtime.unit_of_work(SYSTEM) as uow:
        rows = list(uow.session.scalars(select(OutboxRow)))
        service.note_events(uow, rows)
        service.note_events(uow, rows)
    assert len(told(runtime, endpoint)) == 1


def test_a_refusal_is_tried_again_later_and_kept(
    runtime: Runtime, receiver: Receiver, listen: Listen, deliver: Deliver, clock: StandingClock
) -> None:
    endpoint = listen()
    receiver.answers = [(500, "out of\norder " + "x" * 5000)]
    happen(runtime)
    assert deliver() == 1
    (one,) = told(runtime, endpoint)
    assert (one.state, one.tries) == (DeliveryState.WAITING, 1)
    assert one.next_at == clock.now() + timedelta(seconds=5)
    assert now(runtime, endpoint).failures == 1
    (attempt,) = tries(runtime, one)
    assert (attempt.outcome, attempt.status) == (Outcome.REFUSED, 500)
    assert attempt.excerpt.startswith("out of order xxx")
    assert len(attempt.excerpt) == 300
    assert deliver() == 0
    clock.advance(seconds=5)
    assert deliver() == 1
    (one,) = told(runtime, endpoint)
    assert (one.state, one.tries) == (DeliveryState.DELIVERED, 2)
    assert now(runtime, endpoint).failures == 0
    assert receiver.calls[0].body == receiver.calls[1].body


def test_one_failure_ends_the_turn_and_lets_the_endpoint_rest(
    runtime: Runtime, receiver: Receiver, listen: Listen, deliver: Deliver, clock: StandingClock
) -> None:
    listen()
    receiver.answers = [(503, "")]
    happen(runtime, 1, 2, 3)
    assert deliver() == 1
    clock.advance(seconds=2)
    assert deliver() == 2
    clock.advance(seconds=3)
    assert deliver() == 1
    assert [json.loads(call.body)["data"]["order_id"] for call in receiver.calls] == [1, 2, 3, 1]


def test_a_redirect_is_a_refusal_and_nobody_follows_it(
    runtime: Runtime, receiver: Receiver, listen: Listen, deliver: Deliver
) -> None:
    endpoint = listen()
    receiver.answers = [(307, "")]
    receiver.headers = {"Location": f"{receiver.url}/elsewhere"}
    happen(runtime)
    assert deliver() == 1
    assert [call.path for call in receiver.calls] == ["/hook"]
    (attempt,) = tries(runtime, told(runtime, endpoint)[0])
    assert (attempt.outcome, attempt.status) == (Outcome.REFUSED, 307)


def test_a_server_that_hangs_costs_its_time_and_holds_up_no_other(
    runtime: Runtime, receiver: Receiver, listen: Listen, delivering: Delivering
) -> None:
    receiver.lets_go.clear()
    hanging = listen()
    happen(runtime, 1, 2)
    drain(runtime)
    couriers = Couriers(delivering, many=2)
    assert couriers.step() == 1
    assert receiver.arrived.wait(5)
    quick = listen("pickup.reserved")
    happen(runtime, 3)
    drain(runtime)
    assert couriers.step() == 1
    assert couriers.step() == 0
    couriers.wait()
    assert [tries(runtime, one)[0].outcome for one in told(runtime, hanging)[-1:]] == [
        Outcome.TIMED_OUT
    ]
    assert len(tries(runtime, told(runtime, quick)[0])) == 1


def test_nothing_leads_into_our_own_network(
    runtime: Runtime, receiver: Receiver, listen: Listen, clock: StandingClock
) -> None:
    endpoint = listen(url=f"https://localtest.example:{receiver.url.rpartition(':')[2]}/")
    sender = Sender(private=False, timeout_s=1.0)
    for url in (receiver.url, receiver.url.replace("http:", "https:"), "https://localhost/"):
        assert sender.post(url, {}, b"").outcome is Outcome.FORBIDDEN_ADDRESS
    assert receiver.calls == []
    assert endpoint.is_active


def test_nobody_at_home_is_an_answer_too(runtime: Runtime) -> None:
    sender = Sender(private=True, timeout_s=1.0)
    assert sender.post("http://127.0.0.1:1/", {}, b"").outcome is Outcome.UNREACHABLE


def test_after_the_last_try_it_has_failed_and_can_be_replayed(
    runtime: Runtime, receiver: Receiver, listen: Listen, deliver: Deliver, clock: StandingClock
) -> None:
    endpoint = listen()
    receiver.answers = [(500, "")] * policy.MOST_TRIES
    happen(runtime)
    tried = 0
    for _ in range(policy.MOST_TRIES):
        tried += deliver()
        clock.advance(hours=7)
    assert tried == policy.MOST_TRIES
    (one,) = told(runtime, endpoint)
    assert (one.state, one.next_at, one.tries) == (DeliveryState.FAILED, None, policy.MOST_TRIES)
    assert deliver() == 0
    with runtime.unit_of_work(SYSTEM) as uow:
        service.replay(uow, endpoint.number, one.event_id)
    assert deliver() == 1
    (again,) = told(runtime, endpoint)
    assert (again.state, again.tries) == (DeliveryState.DELIVERED, 1)
    assert len(tries(runtime, again)) == policy.MOST_TRIES + 1


def test_an_endpoint_that_fails_for_days_is_switched_off_and_somebody_is_asked(
    runtime: Runtime, receiver: Receiver, listen: Listen, deliver: Deliver, clock: StandingClock
) -> None:
    endpoint = listen("pickup.*")
    receiver.answers = [(500, ""), (500, "")]
    happen(runtime)
    assert deliver() == 1
    clock.advance(days=5)
    happen(runtime)
    assert deliver() == 1
    stopped = now(runtime, endpoint)
    assert (stopped.is_active, stopped.stopped_at) == (False, clock.now())
    assert {one.state for one in told(runtime, endpoint)} == {DeliveryState.PARKED}
    with runtime.database.looking() as session:
        (entry,) = fallout.waiting(session)
    assert (entry.kind, entry.what, entry.cause, entry.owner) == (
        fallout.FalloutKind.WEBHOOK,
        f"webhook endpoint {endpoint.number}",
        "refused 500",
        "operations",
    )
    happen(runtime)
    assert deliver() == 0
    assert len(told(runtime, endpoint)) == 2
    with runtime.unit_of_work(SYSTEM) as uow:
        fallout.retry(uow, entry.id)
    assert deliver() == 2
    assert now(runtime, endpoint).is_active
    assert {one.state for one in told(runtime, endpoint)} == {DeliveryState.DELIVERED}


def test_everything_since_a_time_is_told_again_but_what_still_waits_is_not_told_twice(
    runtime: Runtime, receiver: Receiver, listen: Listen, deliver: Deliver, clock: StandingClock
) -> None:
    happen(runtime, 1)
    drain(runtime)
    clock.advance(hours=1)
    began = clock.now()
    endpoint = listen("pickup.*")
    happen(runtime, 2)
    assert deliver() == 1
    with runtime.unit_of_work(SYSTEM) as uow:
        assert service.replay_since(uow, endpoint.number, since=began) == 1
        assert service.replay_since(uow, endpoint.number, since=began) == 0
        assert service.replay_since(uow, endpoint.number, since=began - timedelta(hours=1)) == 1
    assert deliver() == 2
    assert [json.loads(call.body)["data"]["order_id"] for call in receiver.calls] == [2, 1, 2]


def test_a_replay_of_time_to_come_is_refused(runtime: Runtime, listen: Listen) -> None:
    endpoint = listen()
    with pytest.raises(Invalid, match="between"), runtime.unit_of_work(SYSTEM) as uow:
        service.replay_since(uow, endpoint.number, since=uow.now + timedelta(seconds=1))


def test_a_test_goes_to_its_endpoint_alone(
    runtime: Runtime, receiver: Receiver, listen: Listen, deliver: Deliver
) -> None:
    tried, _other = listen("parcel.*"), listen("*")
    with runtime.unit_of_work(SYSTEM) as uow:
        service.test(uow, tried.number)
    assert deliver() == 1
    (call,) = receiver.calls
    assert json.loads(call.body)["type"] == "webhook.tested"
    assert is_genuine(call, secret_of(runtime, tried))


def test_after_a_rotation_both_secrets_sign_until_the_overlap_is_over(
    runtime: Runtime, receiver: Receiver, listen: Listen, deliver: Deliver, clock: StandingClock
) -> None:
    endpoint = listen()
    former = secret_of(runtime, endpoint)
    with runtime.unit_of_work(SYSTEM) as uow:
        service.rotate(uow, endpoint.number, version=1, overlap=timedelta(hours=24))
    present = secret_of(runtime, endpoint)
    assert present != former
    happen(runtime)
    deliver()
    clock.advance(hours=24)
    happen(runtime)
    deliver()
    during, after = receiver.calls
    assert is_genuine(during, former)
    assert is_genuine(during, present)
    assert not is_genuine(after, former)
    assert is_genuine(after, present)


def test_switched_off_it_hears_nothing_and_switched_on_it_gets_what_waited(
    runtime: Runtime, receiver: Receiver, listen: Listen, deliver: Deliver
) -> None:
    endpoint = listen()
    happen(runtime, 1)
    drain(runtime)
    off = Wanted(url=endpoint.url, patterns=endpoint.patterns, is_active=False)
    with runtime.unit_of_work(SYSTEM) as uow:
        service.change(uow, endpoint.number, off, version=1, private=True)
    happen(runtime, 2)
    assert deliver() == 0
    with pytest.raises(EndpointOff), runtime.unit_of_work(SYSTEM) as uow:
        service.test(uow, endpoint.number)
    on = Wanted(url=endpoint.url, patterns=endpoint.patterns)
    with runtime.unit_of_work(SYSTEM) as uow:
        service.change(uow, endpoint.number, on, version=2, private=True)
    assert deliver() == 1
    assert [json.loads(call.body)["data"]["order_id"] for call in receiver.calls] == [1]


def test_taken_away_it_is_told_no_more(
    runtime: Runtime, receiver: Receiver, listen: Listen, deliver: Deliver
) -> None:
    endpoint = listen()
    happen(runtime)
    drain(runtime)
    with pytest.raises(Stale), runtime.unit_of_work(SYSTEM) as uow:
        service.end(uow, endpoint.number, version=2)
    with runtime.unit_of_work(SYSTEM) as uow:
        service.end(uow, endpoint.number, version=1)
    assert deliver() == 0
    assert receiver.calls == []
    with pytest.raises(NotFound):
        now(runtime, endpoint)


@pytest.mark.parametrize(
    ("wanted", "field"),
    [
        (Wanted(url="http://shop.example/", patterns=["*"]), "url"),
        (Wanted(url="https://10.0.0.1/", patterns=["*"]), "url"),
        (Wanted(url="https://shop.example/", patterns=[]), "events"),
        (Wanted(url="https://shop.example/", patterns=["nothing.*"]), "events"),
        (Wanted(url="https://shop.example/", patterns=["*"], label="x" * 81), "label"),
        (Wanted(url="https://shop.example/", patterns=["*"], label="\0"), "label"),
    ],
)
def test_what_cannot_be_an_endpoint_is_refused(
    runtime: Runtime, wanted: Wanted, field: str
) -> None:
    with pytest.raises(Invalid) as refused, runtime.unit_of_work(SYSTEM) as uow:
        service.create(uow, wanted, private=False)
    assert list(refused.value.fields) == [field]
    with runtime.database.looking() as session:
        assert session.scalar(select(func.count()).select_from(WebhookEndpoint)) == 0


def test_many_couriers_tell_each_event_once(
    runtime: Runtime, receiver: Receiver, listen: Listen, delivering: Delivering
) -> None:
    for _ in range(3):
        listen()
    happen(runtime, *range(1, 21))
    drain(runtime)

    def work() -> None:
        while delivering.turn():
            pass

    couriers = [threading.Thread(target=work) for _ in range(8)]
    for one in couriers:
        one.start()
    for one in couriers:
        one.join()
    with runtime.database.looking() as session:
        waiting = select(func.count()).where(WebhookDelivery.state != DeliveryState.DELIVERED)
        assert session.scalar(waiting) == 0
    assert len(receiver.calls) == 60
    assert len({(call.headers["Webhook-Signature"]) for call in receiver.calls}) == 60


def test_what_a_dead_courier_held_comes_back_when_its_lease_is_over(
    runtime: Runtime,
    receiver: Receiver,
    listen: Listen,
    delivering: Delivering,
    clock: StandingClock,
) -> None:
    listen()
    happen(runtime)
    drain(runtime)
    assert delivering.take() is not None
    assert delivering.turn() == 0
    clock.advance(seconds=90)
    assert delivering.turn() == 1
    assert len(receiver.calls) == 1
