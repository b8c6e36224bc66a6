"""Papers with plain values on them, and an issuer whose registration number is real."""

from collections.abc import Sequence
from datetime import date

from oms_service.documents.issuer import Issuer
from oms_service.documents.papers import Bill, BillLine, Item, Party, RateSum
from oms_service.kernel.languages import Language
from oms_service.kernel.money import tax_within
from oms_service.ports.labels import Address, HandoffRow

DAY = date(2026, 11, 22)
#: The number of the National Tax Agency itself.
REGISTRATION = "T7000012050002"
ISSUER = Issuer(
    name="みなと商店株式会社",
    registration=REGISTRATION,
    postal_code="231-0023",
    region="神奈川県",
    city="横浜市中区",
    line1="山下町279-1",
    line2="みなとビル3F",
    phone="045-000-0000",
)
SENDER = Address(
    name=ISSUER.name,
    postal_code=ISSUER.postal_code,
    region=ISSUER.region,
    city=ISSUER.city,
    line1=ISSUER.line1,
    line2=ISSUER.line2,
    phone=ISSUER.phone,
)
CUSTOMER = Address(
    name="佐藤 美咲",
    postal_code="1600022",
    region="東京都",
    city="新宿区",
    line1="新宿1-2-3",
    line2="新宿ハイツ101",
    phone="+81 90-1234-5678",
)
RECIPIENT = Party(
    name=CUSTOMER.name,
    postal_code=CUSTOMER.postal_code,
    lines=(CUSTOMER.street, CUSTOMER.line2),
    phone="090-1234-5678",
)


def make_items(count: int) -> list[Item]:
    return [
        Item(sku=f"SKU-{index:03d}", name=f"ドリップコーヒー {index}", quantity=1 + index % 3)
        for index in range(count)
    ]


def make_bill(
    kind: str = "invoice",
    *,
    language: Language = Language.JAPANESE,
    lines: Sequence[tuple[str, int, int]] = (("ドリップコーヒー", 1080, 800), ("マグ", 2750, 1000)),
    registration: str = REGISTRATION,
    **more: object,
) -> Bill:
    """Prices contain tax; ``lines``: name, amount, rate."""
    sums: dict[int, int] = {}
    for _name, amount, rate in lines:
        sums[rate] = sums.get(rate, 0) + amount
    values: dict[str, object] = {
        "kind": kind,
        "language": language,
        "number": "I-000123",
        "issued_on": DAY,
        "order_number": "A-10423",
        "sold_on": date(2026, 11, 20),
        "issuer": ISSUER.party,
        "registration": registration,
        "recipient": "佐藤 美咲",
        "currency": "JPY",
        "prices_contain_tax": True,
        "lines": tuple(
            BillLine(
                name=name,
                quantity=1,
                unit_price_minor=amount,
                amount_minor=amount,
                tax_rate_bp=rate,
            )
            for name, amount, rate in lines
        ),
        "rates": tuple(
            RateSum(tax_rate_bp=rate, amount_minor=amount, tax_minor=tax_within(amount, rate))
            for rate, amount in sorted(sums.items())
        ),
        "total_minor": sum(sums.values()),
    }
    return Bill(**{**values, **more})  # type: ignore[arg-type]  # each value is of its field


def make_row(
    reference: str = "B-2K7QX9", *, recipient: Address = CUSTOMER, contents: str = "コーヒー"
) -> HandoffRow:
    return HandoffRow(
        reference=reference,
        ships_on=DAY,
        sender=SENDER,
        recipient=recipient,
        contents=contents,
        weight_g=1200,
        sides_mm=790,
    )
