"""The demo's mailbox shows letters as mail programs do, in a cage, and no others."""

from dataclasses import replace

import pytest
from flask import Flask

from oms_service.adapters.mail.mailbox import letters
from oms_service.conversations import service as talking
from oms_service.kernel.actors import SYSTEM
from oms_service.kernel.languages import Language
from oms_service.runtime import Runtime
from oms_service.settings import Settings
from tests.apps import an_app
from tests.effects import settle
from tests.factories.shop import make_customer
from tests.fakes.clock import StandingClock

HTML = '<p>It has left.</p><a href="https://shop.example/t/x">See your order</a>'


@pytest.fixture
def settings(settings: Settings) -> Settings:
    return replace(settings, demo=True)


def write(runtime: Runtime, key: str, extra: dict[str, str]) -> str:
    """A letter in the box; its id there."""
    with runtime.unit_of_work(SYSTEM) as uow:
        talking.say_by_mail(
            uow,
            to=f"{key}@example.jp",
            customer_id=make_customer(uow, f"{key}@example.jp"),
            language=Language.ENGLISH,
            subject="It has left",
            text="It has left.",
            key=key,
            extra=extra,
        )
    settle(runtime)
    return next(
        one.id
        for one in letters(runtime.settings.state_dir / "mail")
        if one.to == f"{key}@example.jp"
    )


def test_a_letter_stands_there_as_its_reader_sees_it(app: Flask, runtime: Runtime) -> None:
    letter, plain = write(runtime, "a", {"html": HTML}), write(runtime, "b", {})
    anybody = app.test_client()
    box = anybody.get("/demo/mailbox").text
    assert f'src="/demo/mailbox/{letter}/letter" sandbox' in box
    assert f"/demo/mailbox/{plain}/letter" not in box
    shown = anybody.get(f"/demo/mailbox/{letter}/letter")
    assert (shown.status_code, shown.mimetype) == (200, "text/html")
    assert HTML in shown.text
    assert "default-src 'none'" in shown.headers["Content-Security-Policy"]
    assert "sandbox" in shown.headers["Content-Security-Policy"]
    assert anybody.get(f"/demo/mailbox/{plain}/letter").status_code == 404


@pytest.mark.parametrize("letter_id", ["nobody", "..%2F..%2Fsecret-key", "A", "a" * 81])
def test_what_is_no_letter_is_not_found(app: Flask, letter_id: str) -> None:
    anybody = app.test_client()
    assert anybody.get("/demo/mailbox").status_code == 200
    assert anybody.get(f"/demo/mailbox/{letter_id}/letter").status_code == 404


def test_there_is_no_such_page_outside_a_demo(
    settings: Settings, clock: StandingClock, runtime: Runtime
) -> None:
    letter = write(runtime, "a", {"html": HTML})
    with an_app(replace(settings, demo=False), clock=clock) as real:
        assert real.test_client().get(f"/demo/mailbox/{letter}/letter").status_code == 404
