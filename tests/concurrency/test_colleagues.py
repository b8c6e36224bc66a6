"""Colleagues come and go at the same moment: one link lets in one, and somebody always manages."""

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from threading import Barrier
from typing import TypeVar

import pytest
from flask import Flask
from sqlalchemy import func, select

from oms_service.access import codes, invitations, outside, passwords, queries, sessions, staff
from oms_service.access.invitations import Letters
from oms_service.access.models import OutsideIdentity, Session
from oms_service.access.staff import LastManager
from oms_service.access.states import Role, SessionKind
from oms_service.adapters.oidc.client import Named
from oms_service.conversations.models import Message
from oms_service.kernel.actors import SYSTEM
from oms_service.kernel.actors import staff as staff_actor
from oms_service.kernel.errors import DomainError, Invalid
from oms_service.kernel.languages import Language
from oms_service.operations.people import People
from oms_service.relay import drain
from oms_service.runtime import Runtime
from tests.concurrency.test_people import pressed_until_done
from tests.factories.shop import make_customer
from tests.factories.staff import PASSWORD, make_staff

T = TypeVar("T")
THREADS = 6
LETTERS = Letters("secret", "https://shop.example", dict.fromkeys(Language, "shop"))


def at_once(acts: Sequence[Callable[[], T]]) -> list[T | DomainError]:
    start = Barrier(len(acts))

    def run(act: Callable[[], T]) -> T | DomainError:
        start.wait()
        try:
            return act()
        except DomainError as refused:
            return refused

    with ThreadPoolExecutor(len(acts)) as threads:
        return list(threads.map(run, acts))


def test_one_mail_address_is_one_colleague_and_one_link_lets_in_one(runtime: Runtime) -> None:
    def invite() -> str:
        with runtime.unit_of_work(SYSTEM) as uow:
            made = invitations.invite(
                uow,
                LETTERS,
                mail="ren@shop.example",
                name="高橋 蓮",
                language=Language.ENGLISH,
                roles=[Role.AGENT],
            )
            return made.mail

    invited = at_once([invite] * THREADS)
    assert [one for one in invited if one == "ren@shop.example"] == ["ren@shop.example"]
    assert len([one for one in invited if isinstance(one, Invalid)]) == THREADS - 1
    with runtime.database.looking() as session:
        text = session.scalars(select(Message.text)).one()
    key = text.partition("key=")[2].split()[0]
    digest = passwords.digest(PASSWORD)

    def press() -> bool:
        with runtime.unit_of_work(SYSTEM) as uow:
            return invitations.accept(uow, LETTERS, key, digest) is not None

    assert sorted(map(bool, at_once([press] * THREADS))) == [False] * (THREADS - 1) + [True]


def test_two_who_shut_each_other_out_leave_one_who_looks_after_colleagues(
    runtime: Runtime,
) -> None:
    with runtime.unit_of_work(SYSTEM) as uow:
        both = [make_staff(uow, Role.OPERATIONS, mail=f"{n}@shop.example").id for n in range(2)]

    def shut_out(by: int, whom: int) -> Callable[[], bool]:
        def act() -> bool:
            with runtime.unit_of_work(staff_actor(by)) as uow:
                return staff.deactivate(uow, whom)

        return act

    done = at_once([shut_out(*both), shut_out(*reversed(both))])
    assert sorted(isinstance(one, LastManager) for one in done) == [False, True]
    with runtime.database.reading() as connection:
        assert queries.holders(connection) == {Role.OPERATIONS: 1}


@pytest.mark.parametrize("is_erased", [False, True])
def test_who_signs_in_while_merged_or_erased_is_signed_in_as_the_record_in_force_or_not_at_all(
    runtime: Runtime, *, is_erased: bool
) -> None:
    people = People(runtime.keepers)
    named = Named("https://id.example", "7", None, "", has_second_step=False)
    for n in range(4):
        mail = f"misaki{n}@example.jp"
        with runtime.unit_of_work(SYSTEM) as uow:
            kept = make_customer(uow, f"kept{n}@example.jp")
            other = make_customer(uow, mail)
            codes.send_code(uow, mail, Language.ENGLISH)
            trip = outside.set_out(uow, SessionKind.CUSTOMER, "x", "")
            outside.come_back(uow, SessionKind.CUSTOMER, "x", trip)
            outside.wait_for_proof(uow, trip, named)
        with runtime.database.looking() as session:
            text = session.scalars(select(Message.text).order_by(Message.id.desc()).limit(1)).one()
        code = text.removeprefix("Your code is ")[:6]

        def come_in(mail: str = mail, code: str = code, trip: str = trip) -> int | None:
            with runtime.unit_of_work(SYSTEM) as uow:
                found = codes.check_code(uow, mail, code)
                if found is not None:
                    outside.link_waiting(uow, trip, found)
                    sessions.start(uow, SessionKind.CUSTOMER, found, device="", instead_of=None)
                return found

        def settle(kept: int = kept, other: int = other) -> int | None:
            with runtime.unit_of_work(SYSTEM) as uow:
                if is_erased:
                    return people.erase(uow, other).customer_id
                return people.merge(uow, kept_id=kept, merged_id=other).id

        both: list[Callable[[], int | None]] = [come_in, partial(pressed_until_done, settle)]
        at_once(both)
        # Before the reactions that gather what came late: nothing has come late.
        with runtime.database.looking() as session:
            for model in (Session, OutsideIdentity):
                left = select(func.count()).where(model.subject_id == other)
                assert session.scalar(left) == 0, model
    drain(runtime)


def test_looks_for_codes_at_the_counter_count_one_after_the_other(
    app: Flask, runtime: Runtime
) -> None:
    with runtime.unit_of_work(SYSTEM) as uow:
        me = make_staff(uow, Role.SHOP, language=Language.ENGLISH)
    for _miss in range(28):
        runtime.limits.take("counter-search", str(me.id), "30/5 minutes")
    clients = [app.test_client() for _one in range(THREADS)]
    for client in clients:
        with runtime.unit_of_work(SYSTEM) as uow:
            token = sessions.start(uow, SessionKind.STAFF, me.id, device="", instead_of=None)
        client.set_cookie(sessions.COOKIES[SessionKind.STAFF], token)

    def look(n: int) -> Callable[[], bool]:
        return lambda: "Too many tries" in clients[n].get(f"/console/counter?q=XX{n}YY").text

    assert sorted(map(bool, at_once([look(n) for n in range(THREADS)]))) == [False] * 2 + [True] * (
        THREADS - 2
    )
