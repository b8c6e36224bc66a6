"""The pages about webhooks on a phone and a desk, in both languages."""

from collections.abc import Iterator

import pytest
from flask import Flask
from playwright.sync_api import Page, expect

from oms_service.access.states import Role
from oms_service.kernel.actors import SYSTEM
from oms_service.orders.events import OrderChangeClosed
from oms_service.relay import drain
from oms_service.runtime import Runtime
from oms_service.webhooks import service
from oms_service.webhooks.delivering import Delivering
from oms_service.webhooks.sending import Sender
from oms_service.webhooks.service import Wanted
from tests.browser.conftest import assert_open_to_everybody
from tests.browser.web.gallery import served
from tests.factories.staff import PASSWORD, make_staff
from tests.fakes.receiver import a_receiver


@pytest.fixture
def number(runtime: Runtime) -> str:
    """An endpoint that was told one event, refused another, and waits."""
    with a_receiver() as receiver:
        wanted = Wanted(url=f"{receiver.url}/hooks", patterns=["order.*"], label="Minato ERP")
        with runtime.unit_of_work(SYSTEM) as uow:
            view = service.create(uow, wanted, private=True)
            uow.emit(OrderChangeClosed(order_id=1, change_id=1, kind="cancel", state="expired"))
            uow.emit(OrderChangeClosed(order_id=2, change_id=1, kind="cancel", state="expired"))
        drain(runtime)
        receiver.answers = [(204, ""), (503, "back in a minute")]
        sender = Sender(private=True, timeout_s=5)
        Delivering(runtime.unit_of_work, sender, master=runtime.settings.secret_key).turn()
    return view.number


@pytest.fixture
def base(app: Flask) -> Iterator[str]:
    with served(app) as url:
        yield url


def test_every_page_is_sound_on_a_phone_and_a_desk(
    page: Page, base: str, runtime: Runtime, number: str
) -> None:
    with runtime.unit_of_work(SYSTEM) as uow:
        make_staff(uow, Role.OPERATIONS)
    page.goto(f"{base}/staff/sign-in?next=/console/webhooks")
    page.locator("input[name=mail]").fill("operations@shop.example")
    page.locator("input[name=password]").fill(PASSWORD)
    page.locator("main form button").first.click()
    expect(page.get_by_text("Minato ERP")).to_be_visible()
    here = f"{base}/console/webhooks"
    assert_open_to_everybody(page, [here, f"{here}/{number}"])
    expect(page.get_by_text("back in a minute")).to_be_visible()
