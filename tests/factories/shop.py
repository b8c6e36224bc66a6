"""A small shop that sells: a web channel, one warehouse, two things on the shelf, a customer."""

from dataclasses import dataclass

from oms_service.customers.models import Customer, Identity
from oms_service.customers.states import IdentityKind
from oms_service.infra.uow import UnitOfWork
from oms_service.kernel.languages import Language
from oms_service.kernel.text import mail_key
from oms_service.sales import service as sales
from oms_service.sales.service import NewChannel
from oms_service.sales.states import ChannelKind, TaxMode
from tests.factories.stock import make_location, make_variant, stock_up


@dataclass(frozen=True)
class Shop:
    """What ``make_shop`` made: 100 pieces each of COFFEE (1,000 yen) and MUG (2,500 yen)."""

    channel_id: int
    location_id: int
    customer_id: int
    coffee_id: int
    mug_id: int


def make_shop(uow: UnitOfWork, *, stock: int = 100) -> Shop:
    channel = sales.open_channel(
        uow,
        NewChannel(
            code="web",
            name={"ja": "オンラインショップ", "en": "Web shop"},
            kind=ChannelKind.WEB,
            currency="JPY",
            tax_mode=TaxMode.INCLUSIVE,
            zone="Asia/Tokyo",
            locale=Language.JAPANESE,
        ),
    )
    location_id = make_location(uow)
    coffee = make_variant(uow, "COFFEE", price=1_000, tax_rate_bp=800)
    mug = make_variant(uow, "MUG", price=2_500, category="kitchen")
    for variant in (coffee, mug):
        if stock:
            stock_up(uow, variant, location_id, stock)
    return Shop(channel.id, location_id, make_customer(uow), coffee, mug)


def make_customer(
    uow: UnitOfWork,
    mail: str = "misaki.sato@example.jp",
    *,
    family_name: str = "佐藤",
    given_name: str = "美咲",
    language: Language = Language.JAPANESE,
) -> int:
    row = Customer(
        family_name=family_name, given_name=given_name, language=language, created_at=uow.now
    )
    uow.session.add(row)
    uow.session.flush()
    uow.session.add(
        Identity(customer_id=row.id, kind=IdentityKind.MAIL, key=mail_key(mail), shown=mail)
    )
    uow.session.flush()
    return row.id
