"""Questions answered from the catalogue, the stock, the policies and the books; answers written."""

import re
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier

import pytest
from flask import Flask
from sqlalchemy import text

from bots.answers import queries, service
from bots.answers.service import Wish
from bots.answers.states import Topic
from oms_service.access.states import Role
from oms_service.catalog.models import Price, Product, Variant
from oms_service.infra.uow import UnitOfWork
from oms_service.kernel.actors import SYSTEM
from oms_service.kernel.errors import Stale
from oms_service.kernel.money import Money
from oms_service.operations.placement import selling
from oms_service.operations.rules import placing_rules, policy
from oms_service.payments import gift_cards
from oms_service.runtime import Runtime
from oms_service.sales.states import SellingMode
from tests.factories.orders import MAIL, make_delivered_order, make_order
from tests.factories.pickups import make_counter
from tests.factories.shop import Shop, make_shop
from tests.factories.staff import bearer, make_key, make_staff, post, sign_in
from tests.factories.stock import stock_up
from tests.integration.bots.test_inbound import Chat

CHARGES = {
    "rates": [
        {"countries": ["JP"], "regions": ["沖縄県"], "charge_minor": 1_500},
        {"countries": ["JP"], "charge_minor": 660},
    ],
    "free_from_minor": 8_000,
}


@pytest.fixture
def shop(runtime: Runtime) -> Shop:
    with runtime.unit_of_work(SYSTEM) as uow:
        made = make_shop(uow)
        rules = {"window_days": 30, "fee_minor": 550}
        words = {"ja": "【返品特約】未使用の商品に限ります。", "en": "Unused goods only."}
        policy.adopt(uow, channel_id=made.channel_id, rules=rules, text=words)
        placing_rules.adopt(
            uow, channel_id=made.channel_id, kind=placing_rules.SHIPPING, rules=CHARGES, text={}
        )
        return made


def make_shirts(uow: UnitOfWork, shop: Shop) -> dict[str, int]:
    """White and navy shirts in M and L: 12 white L, 2 navy L, no M."""
    product = Product(
        code="tshirt",
        name={"ja": "厚手コットンTシャツ", "en": "Heavy cotton T-shirt"},
        description={"ja": "一年着てもよれません。", "en": "Keeps its shape for a year."},
        category="clothes",
    )
    uow.session.add(product)
    uow.session.flush()
    made = {}
    for size in ("M", "L"):
        for color, ja in (("white", "白"), ("navy", "紺")):
            variant = Variant(
                product_id=product.id,
                sku=f"TEE-{size}-{color}".upper(),
                options={"size": size, "color": color},
                option_words={
                    "ja": {"サイズ": size, "色": ja},
                    "en": {"size": size, "colour": color},
                },
                tax_rate_bp=1_000,
                weight_g=210,
            )
            uow.session.add(variant)
            uow.session.flush()
            uow.session.add(Price(variant_id=variant.id, currency="JPY", amount_minor=3_900))
            made[variant.sku] = variant.id
    stock_up(uow, made["TEE-L-WHITE"], shop.location_id, 12)
    stock_up(uow, made["TEE-L-NAVY"], make_counter(uow), 2)
    return made


def test_stock_is_answered_by_name_choice_and_place(runtime: Runtime, shop: Shop) -> None:
    with runtime.unit_of_work(SYSTEM) as uow:
        made = make_shirts(uow, shop)
        today = uow.now.date()
    ja, en = Chat(runtime), Chat(runtime, key="e", language="en")
    assert ja.ask("Tシャツの在庫ありますか").splitlines() == [
        "「厚手コットンTシャツ」は全4種類のうち、2種類の在庫がございます。",
        "・白 / L: 3,900円",
        "・紺 / L: 3,900円(残り2点)",
        "店頭に在庫のある店舗: ginza店",
    ]
    assert en.ask("how many t-shirt options do you have").splitlines()[0] == (
        '"Heavy cotton T-shirt" comes in 4 versions; 2 of them are in stock now.'
    )
    assert en.ask("is the navy t-shirt in size L in stock").splitlines()[:2] == [
        '"Heavy cotton T-shirt" (L / navy) is in stock: 2 left.',
        "It costs ¥3,900.",
    ]
    assert "ginza店には、「厚手コットンTシャツ」(紺 / L)がございます。" in ja.ask(
        "紺のTシャツのLサイズの在庫はginza店にありますか"
    )
    assert "in red." in en.ask("is the red t-shirt available")
    assert "まだわかっておりません" in ja.ask("白いTシャツのMの在庫はありますか")
    with runtime.unit_of_work(SYSTEM) as uow:
        selling.sell(
            uow,
            variant_id=made["TEE-M-WHITE"],
            channel_id=None,
            mode=SellingMode.PREORDER,
            limit_units=None,
            ships_by=today + timedelta(days=20),
            version=0,
        )
    assert "ご予約いただけます。\n" in ja.ask("白いTシャツのMの在庫はありますか")
    assert "210 g" in en.ask("how do I use the t-shirt and how much does it weigh")
    assert "どの商品" in Chat(runtime, key="n").ask("在庫ありますか")


def test_what_holds_in_the_shop_comes_from_its_policies(runtime: Runtime, shop: Shop) -> None:
    ja, en = Chat(runtime), Chat(runtime, key="e", language="en")
    assert ja.ask("送料はいくらですか").splitlines()[:2] == [
        "送料: 日本国内は660円、沖縄県は1,500円",
        "8,000円以上のお買い上げで、送料は無料です。",
    ]
    assert "¥660 (Japan) and ¥1,500" in en.ask("how much is shipping")
    said = en.ask("what is your return policy")
    assert said.startswith("You can return goods within 30 days of delivery.\nUnused goods only.")
    assert "/return-terms/" in said
    assert "until we begin to pack" in en.ask("until when can I cancel an order")
    assert "クーポンや割引コードを発行しておりません" in ja.ask("クーポンが使えない")
    said = ja.ask("支払い方法は何がありますか")
    assert said == "ご注文にお使いいただける方法は、ご注文の確認画面に表示されます。"
    assert "{" not in said


def test_ones_own_order_is_told_of_and_nobody_elses(
    app: Flask, runtime: Runtime, shop: Shop
) -> None:
    with runtime.unit_of_work(SYSTEM) as uow:
        order = make_delivered_order(uow, shop, number="A-10423")
        waiting = make_order(uow, shop, number="A-10500")
        new = gift_cards.NewCard(amount=Money(3_000, "JPY"), cause="sale", key="g1")
        card = gift_cards.issue(uow, new, secret="s" * 32)
        gift_cards.claim(uow, card.code, customer_id=shop.customer_id)
    chat = Chat(runtime)
    for words in ("A-10423の領収書をください", MAIL):
        said = chat.ask(words)
    link = re.search(r"/papers/\S+/receipt", said)
    assert link is not None, said
    client = app.test_client()
    assert "領収書" in client.get(link.group(0)).text
    made = client.post(link.group(0), data={"recipient": "みなと株式会社"})
    made = made if made.status_code == 200 else post(client, link.group(0), {"recipient": "会社"})
    assert (made.status_code, made.mimetype) == (200, "application/pdf")
    shown = client.get(link.group(0)).text
    assert "再発行" in shown, shown[shown.index("<main") :]
    assert client.get(f"/papers/{'x' * 40}/receipt").status_code == 404
    said = chat.ask("A-10423の注文の合計金額を知りたい")
    assert said.splitlines()[0].startswith("ご注文 A-10423 の合計は")
    assert "3,000円" in chat.ask("ギフトカードの残高を確認したい")
    assert "まで返品をお申し込みいただけます" in chat.ask("返品の条件を教えてください")
    said = chat.ask(f"{waiting.number}の領収書をください")
    assert "ご入金を確認しだい" in said or "/papers/" in said
    stranger = Chat(runtime, key="s")
    assert "ご注文" in stranger.ask(f"{order.number}の領収書をください")
    assert "/papers/" not in stranger.ask("someone@example.com")


def test_a_complaint_becomes_one_case_and_the_bot_goes_on(runtime: Runtime, shop: Shop) -> None:
    chat = Chat(runtime)
    assert "どのようなことがあったか" in chat.ask("苦情を言いたい")
    said = chat.ask("配達の人に荷物を投げられました")
    number = re.search(r"C-\d+", said)
    assert number is not None, said
    with runtime.database.reading() as connection:
        query = text("SELECT number, reason, priority, conversation_id FROM cases")
        rows = connection.execute(query).all()
    assert [tuple(row) for row in rows] == [(number.group(0), "complaint", "high", chat.id)]
    assert "送料: " in chat.ask("送料はいくらですか")


def test_the_shop_writes_its_answers_and_takes_them_back(
    app: Flask, runtime: Runtime, shop: Shop
) -> None:
    with runtime.unit_of_work(SYSTEM) as uow:
        make_shirts(uow, shop)
        make_staff(uow, Role.LEAD)
        make_staff(uow, Role.AGENT)
    lead, agent = app.test_client(), app.test_client()
    sign_in(lead, "lead@shop.example")
    sign_in(agent)
    home = "/desk/settings/answers"
    assert agent.get(home).status_code == 403
    assert "送料はいくらですか" in lead.get(home).text
    assert "660円" in lead.get(home, query_string={"ask": "送料は？"}).text
    page = lead.get(f"{home}/shipping_cost").text
    assert "送料: 日本国内は660円、沖縄県は1,500円" in page
    given = {
        "topic": "shipping",
        "questions_ja": "送料はいくらですか",
        "body_ja": "送料は{shipping_charge}です。",
        "version": "0",
        "is_active": "yes",
    }
    refused = post(lead, f"{home}/shipping_cost", given)
    assert refused.status_code == 422
    assert "使えない差し込み項目があります" in refused.text
    given["body_ja"] = "全国{shipping_charges}でお届けします。"
    assert post(lead, f"{home}/shipping_cost", given).status_code == 303
    assert post(lead, f"{home}/shipping_cost", given | {"body_ja": "x"}).status_code == 409
    assert "全国日本国内は660円" in Chat(runtime).ask("送料はいくらですか")
    assert "田中 葵" in lead.get(f"{home}/shipping_cost").text
    assert post(lead, f"{home}/shipping_cost/undo", {"version": "1"}).status_code == 303
    assert "8,000円以上" in Chat(runtime, key="b").ask("送料はいくらですか")
    own = {
        "topic": "products",
        "product": "tshirt",
        "questions_ja": "素材は何ですか\n綿ですか",
        "body_ja": "綿100%です。",
        "is_active": "yes",
    }
    assert post(lead, f"{home}/new", own | {"product": "no"}).status_code == 422
    assert post(lead, f"{home}/new", own).status_code == 303
    assert Chat(runtime, key="c").ask("Tシャツの素材は何ですか") == "綿100%です。"


def test_answers_by_program_and_two_writers_at_once(
    app: Flask, runtime: Runtime, shop: Shop
) -> None:
    with runtime.unit_of_work(SYSTEM) as uow:
        _key, secret = make_key(uow, "answers:manage")
        _key, other = make_key(uow, "cases:read")
    client, head = app.test_client(), bearer(secret)
    assert client.get("/v1/answers", headers=bearer(other)).status_code == 403
    first = client.get("/v1/answers?limit=5", headers=head)
    assert first.json is not None
    assert len(first.json["answers"]) == 5
    assert 'rel="next"' in first.headers["Link"]
    wish = {
        "code": "gift_wrapping",
        "topic": "shop",
        "questions": {"en": ["Do you wrap gifts?"]},
        "body": {"en": "{shop_name} wraps gifts for free."},
    }
    new = {**head, "Idempotency-Key": "one"}
    made = client.post("/v1/answers", json=wish, headers=new)
    assert (made.status_code, client.post("/v1/answers", json=wish, headers=new).json) == (
        201,
        made.json,
    )
    twice = client.post("/v1/answers", json=wish, headers={**head, "Idempotency-Key": "two"})
    assert twice.status_code == 409
    found = client.get("/v1/answers/found?question=do you wrap my gift", headers=head)
    assert found.json == {
        "answers": [
            {
                "code": "gift_wrapping",
                "text": {"en": f"{runtime.settings.shop_name} wraps gifts for free."},
            }
        ]
    }
    changed = {**wish, "body": {"en": "We wrap gifts."}}
    del changed["code"]
    path = "/v1/answers/gift_wrapping"
    assert client.put(path, json=changed, headers=head).status_code == 428
    put = client.put(path, json=changed, headers={**head, "If-Match": '"1"'})
    assert (put.status_code, put.headers["ETag"]) == (200, '"2"')
    assert client.put(path, json=changed, headers={**head, "If-Match": '"1"'}).status_code == 412
    undone = client.post(f"{path}/undo", json={}, headers={**head, "Idempotency-Key": "three"})
    assert undone.json is not None
    assert undone.json["body"] == wish["body"]
    both = Barrier(2)

    def write(body: str) -> bool:
        said = Wish(topic=Topic.SHOP, questions={"en": ["Gifts?"]}, body={"en": body})
        both.wait()
        try:
            with runtime.unit_of_work(SYSTEM) as uow:
                service.change(uow, "gift_wrapping", said, version=3)
        except Stale:
            return False
        return True

    with ThreadPoolExecutor(2) as pool:
        assert sorted(pool.map(write, ("one", "two"))) == [False, True]
    with runtime.database.reading() as connection:
        assert [one.version for one in queries.history(connection, "gift_wrapping")] == [4, 3, 2, 1]
