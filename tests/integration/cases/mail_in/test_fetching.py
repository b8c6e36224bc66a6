"""The shop's mailbox over real IMAP: each mail once, whoever dies in between."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

import pytest

from cases import queries as cases
from cases.merging import queries as merged
from oms_service.adapters.mail.imap import MailBoxAway, Place, opened
from oms_service.conversations import mail_in
from oms_service.conversations.mail_in import Box
from oms_service.kernel.actors import SYSTEM
from oms_service.processes import held_by
from oms_service.runtime import Runtime
from oms_service.settings import Settings
from tests.apps import an_app
from tests.effects import settle
from tests.factories.letters import a_mail
from tests.factories.shop import make_shop
from tests.fakes.clock import StandingClock
from tests.fakes.imap import MailBoxServer, a_mailbox


@pytest.fixture
def server() -> Iterator[MailBoxServer]:
    with a_mailbox() as made:
        yield made


@contextmanager
def a_house(settings: Settings, clock: StandingClock, server: MailBoxServer) -> Iterator[Runtime]:
    with an_app(replace(settings, mail_in_url=server.url), clock=clock) as app:
        runtime = held_by(app)
        with runtime.unit_of_work(SYSTEM) as uow:
            make_shop(uow)
        yield runtime


def look(runtime: Runtime) -> Box:
    """The mailbox after it was looked into, as the clock has it done."""
    sweep = next(one for one in runtime.sweeps.all() if one.name == "look-into-the-mailbox")
    with runtime.unit_of_work(SYSTEM) as uow:
        sweep.run(uow)
    settle(runtime)
    with runtime.unit_of_work(SYSTEM) as uow:
        (box,) = mail_in.boxes(uow.session)
    return box


def said(runtime: Runtime) -> list[str]:
    with runtime.database.reading() as connection:
        found = cases.newest(connection).items
        return [one.text for case in found for one in merged.messages(connection, case.id)]


def mail(number: int) -> bytes:
    return a_mail(f"{number}通目", message_id=f"<{number}@x.jp>")


def test_each_mail_is_read_once(
    settings: Settings, clock: StandingClock, server: MailBoxServer
) -> None:
    server.mails = {3: mail(3), 4: mail(4), 5: mail(5)}
    server.seen = {3}
    with a_house(settings, clock, server) as runtime:
        box = look(runtime)
        assert (box.uid_validity, box.last_uid, box.failed_at) == (7, 5, None)
        assert said(runtime) == ["4通目", "5通目"], "what was read before we came is left alone"
        assert server.seen == {3, 4, 5}
        look(runtime)
        assert len(said(runtime)) == 2
        # From now on the number counts, whether somebody has read it elsewhere or not.
        server.mails[6], server.mails[8] = mail(6), mail(8)
        server.seen.add(6)
        assert look(runtime).last_uid == 8
        assert said(runtime) == ["4通目", "5通目", "6通目", "8通目"]
        # Numbered anew: what nobody has read, and what is known is known by its own id.
        server.uid_validity, server.seen = 8, {1, 2}
        server.mails = {1: mail(3), 2: mail(4), 3: mail(8), 4: mail(9)}
        box = look(runtime)
        assert (box.uid_validity, box.last_uid) == (8, 4)
        assert said(runtime)[4:] == ["9通目"]


def test_a_mailbox_that_dies_half_way_is_read_on_from_there(
    settings: Settings, clock: StandingClock, server: MailBoxServer
) -> None:
    with a_house(settings, clock, server) as runtime:
        look(runtime)
        server.mails = {one: mail(one) for one in (1, 2, 3)}
        server.dies_at = "FETCH 2 "
        box = look(runtime)
        assert (box.last_uid, box.why) == (1, "away")
        assert box.failed_at is not None
        clock.advance(minutes=1)
        assert look(runtime).failed_at == box.failed_at, "since when stays"
        server.dies_at = "STORE 2 "
        assert look(runtime).last_uid == 2
        assert server.seen == {1}, "a mark that is lost is of no consequence"
        server.dies_at = ""
        box = look(runtime)
        assert (box.last_uid, box.why, box.failed_at) == (3, "", None)
        assert said(runtime) == ["1通目", "2通目", "3通目"]


def test_a_mail_that_is_not_handed_out_holds_up_none_behind_it(
    settings: Settings, clock: StandingClock, server: MailBoxServer
) -> None:
    with a_house(settings, clock, server) as runtime:
        look(runtime)
        server.mails = {one: mail(one) for one in (1, 2, 3, 4)}
        server.kept_back = {2}
        box = look(runtime)
        assert (box.last_uid, box.why) == (1, "mail_refused")
        assert box.failed_at is not None
        assert said(runtime) == ["1通目", "3通目", "4通目"]
        assert look(runtime).failed_at == box.failed_at
        assert len(said(runtime)) == 3, "what is behind it is taken once"
        server.kept_back = set()
        box = look(runtime)
        assert (box.last_uid, box.why, box.failed_at) == (4, "", None)
        assert sorted(said(runtime)) == ["1通目", "2通目", "3通目", "4通目"]


def test_who_is_not_let_in_says_why(server: MailBoxServer) -> None:
    place = Place.from_url(server.url)
    assert "pass" not in repr(place)
    for wrong, why in (
        (replace(place, password="x"), "login"),
        (replace(place, folder="Elsewhere"), "folder"),
        (replace(place, port=1), "away"),
    ):
        with pytest.raises(MailBoxAway, match=why), opened(wrong):
            pass
    with opened(place) as found:
        assert (found.uid_validity, found.uid_next, found.after(0)) == (7, 1, [])
    server.mails = {1: mail(1)}
    with opened(place) as found:
        assert found.mail(1, most_bytes=10) == mail(1)[:10], "no more than there is room for"
