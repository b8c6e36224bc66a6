"""Mail as colleagues see it in a case, and the demo's mailbox, in which anybody may answer it."""

from dataclasses import replace

import pytest
from flask import Flask

from cases import queries as cases
from cases import service as at_desk
from cases.merging import queries as merged
from oms_service.access.demo_accounts import PASSWORD
from oms_service.adapters.mail.mailbox import letters
from oms_service.conversations import mail_in
from oms_service.kernel.actors import SYSTEM, staff
from oms_service.runtime import Runtime
from oms_service.settings import Settings
from tests.effects import settle
from tests.factories.cases import make_agent
from tests.factories.letters import a_mail
from tests.factories.orders import MAIL
from tests.factories.shop import make_shop
from tests.factories.staff import post, sign_in


@pytest.fixture
def settings(settings: Settings) -> Settings:
    return replace(settings, demo=True, mail_from="desk@shop.example")


def test_a_mail_is_answered_in_the_mailbox_and_read_at_the_desk(
    app: Flask, runtime: Runtime
) -> None:
    quoted = "まだ届きません。<b>\n\n-----元のメッセージ-----\nお届け予定は明日です。"
    files = {"悪い.exe": ("application/octet-stream", b"MZ\x90\x00\xff")}
    with runtime.unit_of_work(SYSTEM) as uow:
        make_shop(uow)
        agent = make_agent(uow)
        raw = a_mail(quoted, sender=MAIL, subject="<i>荷物</i>の件", files=files)
        mail_in.keep(uow, raw, way="demo")
    settle(runtime)
    desk, anybody = app.test_client(), app.test_client()
    sign_in(desk, "aoi@desk.example", PASSWORD)
    with runtime.database.reading() as connection:
        (case,) = cases.newest(connection).items
    page = desk.get(f"/desk/cases/{case.number}").text
    assert "&lt;i&gt;荷物&lt;/i&gt;の件" in page
    assert f"差出人は未確認です: {MAIL}" in page
    assert "悪い.exeは受け取れませんでした。対応していない種類のファイルです。" in page
    folded = page[page.index("引用と署名") :]
    assert "お届け予定は明日です。" in folded[:400]
    assert "メールで送信" in page, "an answer goes by mail"

    with runtime.unit_of_work(staff(agent)) as uow:
        at_desk.reply(uow, case.id, "お調べいたします。", asks=True)
    settle(runtime)
    (letter,) = letters(runtime.settings.state_dir / "mail")
    box = anybody.get("/demo/mailbox").text
    assert f"/demo/mailbox/{letter.id}/answers" in box
    path = f"/demo/mailbox/{letter.id}/answers"
    empty = post(anybody, path, {f"text-{letter.id}": " ", "form_id": "abc1"})
    assert empty.status_code == 422
    for _ in range(2):  # pressed twice
        form = {f"text-{letter.id}": "お願いします", "form_id": "abc1"}
        assert post(anybody, path, form).status_code == 303
    unknown = path.replace(letter.id, "a1-nobody")
    assert post(anybody, unknown, {"form_id": "abc1"}).status_code == 404
    settle(runtime)
    with runtime.database.reading() as connection:
        said = merged.messages(connection, case.id)
    assert [one.text for one in said][1:] == ["お調べいたします。", "お願いします"]
    assert said[-1].extra["mail"]["trust"] == "answered"
    page = desk.get(f"/desk/cases/{case.number}").text
    assert page.count("差出人は未確認です") == 1, "who answered as expected needs no warning"
