"""Answers of its own for the demo shop."""

from bots.answers import service
from bots.answers.service import Wish
from bots.answers.states import Topic
from oms_service.catalog import window
from oms_service.demo_shop.result import DemoShop
from oms_service.infra.uow import UnitOfWork


def add(uow: UnitOfWork, shop: DemoShop) -> None:  # noqa: ARG001 - as every extra of the demo
    """How gifts are wrapped, and what the T-shirt is made of."""
    wrapping = Wish(
        topic=Topic.SHOP,
        questions={
            "ja": ["ギフト包装はできますか", "のしはつけられますか", "プレゼント用に包んでほしい"],
            "en": ["Do you wrap gifts?", "Can it be gift wrapped?", "Is there gift wrapping?"],
        },
        body={
            "ja": "無料でギフト包装を承っております。担当者にお申し付けください。",
            "en": "We wrap gifts for free. Please ask a colleague.",
        },
    )
    service.add(uow, wrapping, code="gift_wrapping")
    cotton = Wish(
        topic=Topic.PRODUCTS,
        product_id=window.product_by_code(uow.session, "tshirt").id,
        questions={
            "ja": ["Tシャツの素材は何ですか", "綿100%ですか", "洗濯機で洗えますか"],
            "en": ["What material is the T-shirt made of?", "Can I wash it in the machine?"],
        },
        body={
            "ja": "綿100%です。洗濯機で洗えますが、乾燥機のご使用はお控えください。",
            "en": "It is all cotton. You can wash it in the machine; please do not tumble-dry it.",
        },
    )
    service.add(uow, cotton, code="tshirt_material")
