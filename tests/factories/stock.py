"""Something to sell, and where it lies."""

from oms_service.catalog.models import Price, Product, Variant
from oms_service.infra.uow import UnitOfWork
from oms_service.inventory import service as inventory
from oms_service.inventory.service import NewLocation, Why
from oms_service.inventory.states import LocationKind, MovementKind
from oms_service.kernel.ids import readable_code


def make_location(uow: UnitOfWork, code: str = "tokyo", *, region: str = "東京都") -> int:
    return inventory.open_location(
        uow,
        NewLocation(
            code=code,
            kind=LocationKind.WAREHOUSE,
            name={"ja": f"{code}倉庫", "en": f"{code} warehouse"},
            region=region,
        ),
    )


def make_variant(
    uow: UnitOfWork,
    sku: str = "COFFEE",
    *,
    price: int = 1_000,
    tax_rate_bp: int = 1_000,
    currency: str = "JPY",
    category: str = "coffee",
    is_final_sale: bool = False,
) -> int:
    product = Product(
        code=f"P-{sku}",
        name={"ja": "ドリップコーヒー", "en": "Drip coffee"},
        description={},
        category=category,
        is_final_sale=is_final_sale,
    )
    uow.session.add(product)
    uow.session.flush()
    variant = Variant(
        product_id=product.id,
        sku=sku,
        options={"size": "100 g"},
        option_words={},
        tax_rate_bp=tax_rate_bp,
    )
    uow.session.add(variant)
    uow.session.flush()
    uow.session.add(Price(variant_id=variant.id, currency=currency, amount_minor=price))
    uow.session.flush()
    return variant.id


def stock_up(uow: UnitOfWork, variant_id: int, location_id: int, units: int) -> None:
    inventory.receive(
        uow,
        {(variant_id, location_id): units},
        Why(key=f"opening:{readable_code(12)}", cause="test"),
        kind=MovementKind.OPENING,
    )
