"""Own limits of single colleagues: beside their roles', for giving and for agreeing."""

from collections.abc import Sequence

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import text

from oms_service.access import queries as access
from oms_service.access import staff as colleagues
from oms_service.access.staff import GrantsTooMuch
from oms_service.access.states import Role
from oms_service.kernel.actors import SYSTEM, staff
from oms_service.kernel.errors import Invalid, NotFound
from oms_service.kernel.languages import Language
from oms_service.kernel.money import Money
from oms_service.operations.money import refunding
from oms_service.operations.money.refunding import RefundReason, Wish
from oms_service.operations.reconcile import audit
from oms_service.operations.rules.payment_rules import Giver
from oms_service.payments import limits, refunds
from oms_service.payments import queries as payments
from oms_service.payments.limits import AboveOwnLimit, OwnLimit
from oms_service.payments.states import RefundPart, RefundState
from oms_service.runtime import Runtime
from tests.factories.money import adopt, make_card, order_paid_by, run
from tests.factories.orders import MadeOrder
from tests.factories.shop import Shop
from tests.factories.staff import bearer, make_key, make_staff, post, sign_in

WAITS, OWED = RefundState.AWAITING_APPROVAL, RefundState.REQUESTED


class Room:
    """An order of 50,000 yen; an agent may give 10,000, and 1,000 as a kindness; two leads."""

    def __init__(self, runtime: Runtime, shop: Shop) -> None:
        self.runtime, self.shop = runtime, shop
        with runtime.unit_of_work(SYSTEM) as uow:
            adopt(
                uow,
                shop,
                refund_up_to_minor={"agent": 10_000},
                goodwill_up_to_minor={"agent": 1_000},
            )
            self.agent = make_staff(uow, language=Language.ENGLISH).id
            self.lead = make_staff(uow, Role.LEAD, language=Language.ENGLISH).id
            self.other = make_staff(uow, Role.LEAD, mail="other@shop.example").id
            self.order: MadeOrder = order_paid_by(uow, shop, make_card(uow, shop), 50_000)
        run(runtime)

    def limit(self, staff_id: int, *wanted: OwnLimit) -> None:
        with self.runtime.unit_of_work(SYSTEM) as uow:
            colleagues.set_refund_limits(uow, staff_id, wanted)

    def give(
        self, minor: int, key: str, *, by: int | None = None, part: RefundPart = RefundPart.ORDER
    ) -> tuple[int, RefundState]:
        who = self.agent if by is None else by
        givers = {Giver.AGENT} if who == self.agent else {Giver.LEAD}
        wish = Wish(
            order_id=self.order.id,
            amount=Money(minor, "JPY"),
            part=part,
            reason=RefundReason.LATE,
            key=key,
            givers=givers,
        )
        with self.runtime.unit_of_work(staff(who)) as uow:
            (made,) = refunding.request(uow, wish)
        return made.id, made.state

    def agree(self, refund_id: int, by: int) -> RefundState:
        with self.runtime.unit_of_work(staff(by)) as uow:
            return refunds.approve(uow, refund_id).state


@pytest.fixture
def room(runtime: Runtime, shop: Shop) -> Room:
    return Room(runtime, shop)


def yen(refund: int | None = None, goodwill: int | None = None) -> OwnLimit:
    return OwnLimit(currency="JPY", refund_up_to_minor=refund, goodwill_up_to_minor=goodwill)


def test_an_own_limit_holds_in_place_of_the_roles_lower_or_higher(room: Room) -> None:
    assert room.give(9_000, "as the role says")[1] is OWED
    room.limit(room.agent, yen(refund=20_000))
    assert room.give(9_000, "higher")[1] is OWED
    assert room.give(3_000, "above both together")[1] is WAITS
    room.limit(room.agent, yen(refund=0))
    assert room.give(1, "nothing alone")[1] is WAITS
    room.limit(room.agent, yen(goodwill=3_000))
    assert room.give(1, "the role again, which has given")[1] is WAITS
    assert room.give(2_500, "a kindness", part=RefundPart.GOODWILL)[1] is OWED
    assert room.give(501, "too kind", part=RefundPart.GOODWILL)[1] is WAITS
    assert room.give(1, "a lead has no limit", by=room.lead)[1] is OWED
    room.limit(room.lead, OwnLimit(currency="USD", refund_up_to_minor=0))
    assert room.give(1, "of another currency", by=room.lead)[1] is OWED
    run(room.runtime)
    assert audit(room.runtime.database) == ()


def test_who_agrees_has_limits_too_and_never_agrees_to_their_own(room: Room) -> None:
    first, second = (room.give(11_000, key)[0] for key in ("a", "b"))
    room.limit(room.lead, yen(refund=20_000))
    assert room.agree(first, room.lead) is OWED
    with pytest.raises(AboveOwnLimit) as refused:
        room.agree(second, room.lead)  # with what they agreed to before
    assert refused.value.limit == Money(20_000, "JPY")
    own, state = room.give(10_000, "c", by=room.lead)
    assert state is WAITS
    with pytest.raises(refunds.SecondPersonNeeded):
        room.agree(own, room.lead)
    assert room.agree(own, room.other) is OWED
    assert room.agree(second, room.other) is OWED


def test_what_was_changed_is_noted_once_and_nonsense_is_refused(room: Room) -> None:
    for _ in range(2):
        room.limit(room.agent, yen(refund=500), OwnLimit(currency="USD", goodwill_up_to_minor=7))
    room.limit(room.agent)
    wrong: Sequence[tuple[OwnLimit, ...]] = (
        (yen(refund=-1),),
        (yen(goodwill=limits.MOST_MINOR + 1),),
        (yen(refund=1), yen(goodwill=1)),
        (OwnLimit(currency="XXX", refund_up_to_minor=1),),
    )
    for one in wrong:
        with pytest.raises(Invalid):
            room.limit(room.agent, *one)
    with pytest.raises(NotFound):
        room.limit(999_999, yen(refund=1))
    with room.runtime.database.reading() as connection:
        assert limits.of(connection, room.agent) == ()
        told = [(one.by, one.data) for one in access.changes_of(connection, room.agent)]
    refund, goodwill = [["JPY", 500]], [["USD", 7]]
    assert told == [
        (
            "system",
            {
                "refund_up_to_minor": {"was": refund, "is": []},
                "goodwill_up_to_minor": {"was": goodwill, "is": []},
            },
        ),
        (
            "system",
            {
                "refund_up_to_minor": {"was": [], "is": refund},
                "goodwill_up_to_minor": {"was": [], "is": goodwill},
            },
        ),
    ]


def test_a_page_sets_them_and_every_door_keeps_them(app: Flask, room: Room) -> None:
    with room.runtime.unit_of_work(SYSTEM) as uow:
        make_staff(uow, Role.OPERATIONS, language=Language.ENGLISH)
    operations, agent, lead = (app.test_client() for _ in range(3))
    sign_in(operations, "operations@shop.example")
    sign_in(agent, "agent@shop.example")
    sign_in(lead, "lead@shop.example")
    page = f"/console/staff/{room.agent}"
    rights = {"role": "agent", "refund_JPY": "2,000", "goodwill_JPY": ""}
    assert post(operations, page, rights).status_code == 303
    shown = operations.get(page).text
    assert 'value="2000"' in shown
    assert "¥2,000" in shown
    assert "As their roles say" in shown
    refused = post(operations, page, rights | {"refund_JPY": "-1"})
    assert (refused.status_code, "Enter an amount from 0 on" in refused.text) == (422, True)
    # A form without the fields says that the roles' limits hold.
    assert post(operations, f"/console/staff/{room.lead}", {"role": "lead"}).status_code == 303
    room.limit(room.lead, yen(refund=100, goodwill=100))
    money = f"/console/payments/orders/{room.order.number}/refund"
    wish = {"amount": "2,001", "part": "order", "reason": "late", "where": "back", "key": "k"}
    assert "a colleague has to agree" in post(agent, money, wish).text
    post(agent, money, wish | {"confirmed": "1"})
    with room.runtime.database.reading() as connection:
        (waiting,) = payments.refunds(connection, room.order.id)
    assert waiting.state is WAITS
    said = post_and_follow(lead, f"/console/payments/refunds/{waiting.id}/approve")
    assert "Your own limit is ¥100. Ask a colleague." in said
    said = post_and_follow(lead, f"/desk/refunds/{waiting.id}/agree")
    assert "Your own limit is ¥100. Ask a colleague." in said
    card = {"amount": "101", "currency": "JPY", "key": "card"}
    made = post(lead, "/console/payments/gift-cards", card)
    assert (made.status_code, "Your own limit is ¥100." in made.text) == (422, True)
    with room.runtime.database.reading() as connection:
        assert connection.scalar(text("SELECT count(*) FROM gift_cards")) == 0


def test_nobody_lets_others_give_more_than_they_may_themselves(app: Flask, room: Room) -> None:
    with room.runtime.unit_of_work(SYSTEM) as uow:
        manager = make_staff(uow, Role.OPERATIONS, language=Language.ENGLISH).id
    room.limit(manager, yen(refund=5_000))
    client, page = app.test_client(), f"/console/staff/{room.agent}"
    sign_in(client, "operations@shop.example")
    for typed, status in (("5001", 422), ("5000", 303), ("", 422), ("4000", 303)):
        said = post(client, page, {"role": "agent", "refund_JPY": typed, "goodwill_JPY": "900"})
        assert (said.status_code, typed) == (status, typed)
        assert ("Give no more than you have yourself." in said.text) is (status == 422)
    with room.runtime.database.reading() as connection:
        assert limits.of(connection, room.agent) == (yen(refund=4_000, goodwill=900),)
    with room.runtime.unit_of_work(staff(manager)) as uow:
        fresh = make_staff(uow, Role.LEAD, mail="fresh@shop.example").id
        colleagues.set_roles(uow, "other@shop.example", [Role.LEAD, Role.AGENT])
    with pytest.raises(GrantsTooMuch), room.runtime.unit_of_work(staff(manager)) as uow:
        colleagues.set_refund_limits(uow, manager, [])
    with room.runtime.database.reading() as connection:
        for one in (fresh, room.other, manager):
            assert limits.of(connection, one) == (yen(refund=5_000),)


def test_what_a_role_may_give_bounds_what_it_lets_others_give(room: Room) -> None:
    with room.runtime.unit_of_work(SYSTEM) as uow:
        manager = make_staff(uow, Role.OPERATIONS).id
        adopt(uow, room.shop, goodwill_up_to_minor={"operations": 700, "agent": 1_000})
    for minor, is_refused in ((701, True), (700, False)):
        try:
            with room.runtime.unit_of_work(staff(manager)) as uow:
                colleagues.set_refund_limits(uow, room.agent, [yen(goodwill=minor)])
        except GrantsTooMuch:
            assert is_refused
        else:
            assert not is_refused
    with room.runtime.database.reading() as connection:
        assert limits.of(connection, room.agent) == (yen(goodwill=700),)


def post_and_follow(client: FlaskClient, path: str) -> str:
    return client.get(post(client, path).headers["Location"]).text


def test_a_program_sets_them_by_version(app: Flask, room: Room) -> None:
    with room.runtime.unit_of_work(SYSTEM) as uow:
        _, secret = make_key(uow, "limits:manage")
        _, poor = make_key(uow, "orders:read")
    client, path = app.test_client(), f"/v1/colleagues/{room.agent}/refund-limits"
    limit = {"currency": "JPY", "refund_up_to_minor": 500, "goodwill_up_to_minor": None}
    before = client.get(path, headers=bearer(secret))
    assert before.json == {"colleague": room.agent, "limits": [], "changes": []}
    assert client.get(path, headers=bearer(poor)).status_code == 403
    assert client.put(path, json={"limits": [limit]}, headers=bearer(secret)).status_code == 428
    headers = bearer(secret) | {"If-Match": before.headers["ETag"]}
    done = client.put(path, json={"limits": [limit]}, headers=headers)
    assert (done.status_code, done.json and done.json["limits"]) == (200, [limit])
    assert done.json is not None
    (change,) = done.json["changes"]
    assert (change["by"].partition(":")[0], change["before"]) == ("integration", [])
    assert change["after"] == [{"currency": "JPY", "minor": 500}]
    assert client.put(path, json={"limits": []}, headers=headers).status_code == 412
    headers["If-Match"] = done.headers["ETag"]
    twice = client.put(path, json={"limits": [limit, limit]}, headers=headers)
    assert twice.status_code == 422
    for nobody in (999_999, 2**63):
        unknown = f"/v1/colleagues/{nobody}/refund-limits"
        assert client.get(unknown, headers=bearer(secret)).status_code == 404
        assert client.put(unknown, json={"limits": []}, headers=headers).status_code == 404
    assert room.give(501, "above")[1] is WAITS
