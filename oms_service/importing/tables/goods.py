"""Products, stock and shelves out of rows."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from typing import Any

from oms_service.catalog import bulk as catalog
from oms_service.importing.report import Problem
from oms_service.importing.tables.loader import Group, Work, sift, twice
from oms_service.importing.tables.reading import Row, at
from oms_service.inventory import bulk as inventory
from oms_service.warehouse import work as warehouse
from oms_service.warehouse.work import NewBin


class ProductsLoader:
    """``oms import products``: adds what is new, corrects what differs."""

    def __init__(self, work: Work) -> None:
        self._work = work
        self._seen: set[str] = set()

    def take(self, groups: Sequence[Group]) -> list[Problem]:
        problems = twice(groups, ["sku"], self._seen)
        problems += [
            at(group[0].number, "name_ja", "one of name_ja and name_en is needed")
            for group in groups
            if not (group[0].values["name_ja"] or group[0].values["name_en"])
        ]
        rows = [group[0] for group in sift(groups, problems)]
        session = self._work.uow.session
        products = catalog.products(session, {row.values["product_code"] for row in rows})
        variants = catalog.variants(session, (row.values["sku"] for row in rows))
        problems += [
            at(row.number, "sku", f"{row.values['sku']!r} belongs to another product")
            for row in rows
            if row.values["sku"] in variants
            and products.get(row.values["product_code"]) is not None
            and products[row.values["product_code"]].id != variants[row.values["sku"]].product_id
        ]
        problems += [
            at(row.number, "sku", f"{row.values['sku']!r} belongs to another product")
            for row in rows
            if row.values["sku"] in variants and row.values["product_code"] not in products
        ]
        rows = [group[0] for group in sift([(row,) for row in rows], problems)]
        self._write(rows, products, variants)
        return problems

    def finish(self) -> None:
        """Nothing waits for the end."""

    def _write(
        self,
        rows: Sequence[Row],
        products: dict[str, catalog.ProductRow],
        variants: dict[str, catalog.VariantRow],
    ) -> None:
        session = self._work.uow.session
        wanted = self._products(rows, products)
        new_products = [row for code, row in wanted.items() if code not in products]
        changed_products = [
            row for code, row in wanted.items() if code in products and row != products[code]
        ]
        fresh = [row for row in rows if row.values["sku"] not in variants]
        ids = iter(catalog.reserve_variants(session, len(fresh)))
        new_variants, changed_variants = [], []
        by_sku: dict[str, int] = {}
        for row in rows:
            old = variants.get(row.values["sku"])
            variant = self._variant(
                row.values, wanted[row.values["product_code"]].id, old.id if old else next(ids), old
            )
            by_sku[variant.sku] = variant.id
            if old is None:
                new_variants.append(variant)
            elif variant != old:
                changed_variants.append(variant)
        new_prices, changed_prices = self._prices(rows, by_sku)
        catalog.add(session, new_products, new_variants, new_prices)
        catalog.correct(session, changed_products, changed_variants, changed_prices)
        changed = {row.id for row in changed_variants} | {row.variant_id for row in changed_prices}
        report = self._work.report
        report.count(
            "products",
            new=len(new_products),
            changed=len(changed_products),
            unchanged=len(wanted) - len(new_products) - len(changed_products),
        )
        report.count(
            "variants",
            new=len(fresh),
            changed=len(changed),
            unchanged=len(rows) - len(fresh) - len(changed),
        )

    def _products(
        self, rows: Sequence[Row], known: Mapping[str, catalog.ProductRow]
    ) -> dict[str, catalog.ProductRow]:
        """Each product as its first row says it."""
        first: dict[str, Row] = {}
        for row in rows:
            first.setdefault(row.values["product_code"], row)
        fresh = [code for code in first if code not in known]
        ids = dict(
            zip(
                fresh,
                catalog.reserve_products(self._work.uow.session, len(fresh)),
                strict=True,
            )
        )
        return {
            code: _product(row.values, known.get(code), ids.get(code, 0))
            for code, row in first.items()
        }

    def _variant(
        self,
        values: Mapping[str, Any],
        product_id: int,
        variant_id: int,
        old: catalog.VariantRow | None,
    ) -> catalog.VariantRow:
        cost = values["cost"]
        row = catalog.VariantRow(
            id=variant_id,
            product_id=product_id,
            sku=values["sku"],
            options=values["options"],
            option_words={},
            tax_rate_bp=values["tax_rate"],
            cost_minor=cost,
            cost_currency=self._work.channel.currency if cost is not None else None,
            weight_g=values["weight_g"],
            length_mm=values["length_mm"],
            width_mm=values["width_mm"],
            height_mm=values["height_mm"],
            barcode=values["barcode"],
        )
        if old is None:
            return row
        kept = {
            name: getattr(old, name)
            for name in (
                "cost_minor",
                "cost_currency",
                "weight_g",
                "length_mm",
                "width_mm",
                "height_mm",
                "barcode",
            )
            if getattr(row, name) is None
        }
        return replace(row, option_words=old.option_words, is_active=old.is_active, **kept)

    def _prices(
        self, rows: Sequence[Row], by_sku: Mapping[str, int]
    ) -> tuple[list[catalog.PriceRow], list[catalog.PriceRow]]:
        currency = self._work.channel.currency
        known = catalog.prices(self._work.uow.session, by_sku.values(), currency, None)
        new, changed = [], []
        for row in rows:
            price = catalog.PriceRow(
                variant_id=by_sku[row.values["sku"]],
                currency=currency,
                channel_id=None,
                amount_minor=row.values["price"],
            )
            if price.variant_id not in known:
                new.append(price)
            elif known[price.variant_id] != price.amount_minor:
                changed.append(price)
        return new, changed


def _product(
    values: Mapping[str, Any], old: catalog.ProductRow | None, new_id: int
) -> catalog.ProductRow:
    name = {
        language: values[f"name_{language}"]
        for language in ("ja", "en")
        if values[f"name_{language}"]
    }
    description = {
        language: values[f"description_{language}"]
        for language in ("ja", "en")
        if values[f"description_{language}"]
    }
    if old is None:
        return catalog.ProductRow(
            id=new_id,
            code=values["product_code"],
            name=name,
            description=description,
            category=values["category"] or "",
            is_final_sale=bool(values["final_sale"]),
        )
    final = values["final_sale"]
    return replace(
        old,
        name={**old.name, **name},
        description={**old.description, **description},
        category=values["category"] or old.category,
        is_final_sale=old.is_final_sale if final is None else final,
    )


class StockLoader:
    """``oms import stock``: what was counted becomes the level, by a movement."""

    def __init__(self, work: Work) -> None:
        self._work = work
        self._seen: set[str] = set()
        self._places = inventory.locations(work.uow.session)

    def take(self, groups: Sequence[Group]) -> list[Problem]:
        problems = twice(groups, ["sku", "location"], self._seen)
        known = catalog.sellable(
            self._work.uow.session, (group[0].values["sku"] for group in groups)
        )
        problems += _unknown(groups, known, self._places)
        rows = [group[0] for group in sift(groups, problems)]
        uow = self._work.uow
        counts = {
            inventory.Count(
                variant_id=known[row.values["sku"]].variant_id,
                location_id=self._places[row.values["location"]],
                on_hand=row.values["on_hand"],
                safety=row.values["safety"],
            ): row
            for row in rows
        }
        opened, changed, refused = inventory.set_counted(
            uow.session,
            list(counts),
            actor=uow.actor.ref,
            at=uow.now,
            cause=f"count:{uow.correlation_id}",
        )
        self._work.report.count(
            "levels",
            new=opened,
            changed=changed,
            unchanged=len(rows) - opened - changed - len(refused),
        )
        return problems + [
            at(counts[one].number, "on_hand", "is less than what is promised to orders")
            for one in refused
        ]

    def finish(self) -> None:
        """Nothing waits for the end."""


class BinsLoader:
    """``oms import bins``: where variants lie."""

    def __init__(self, work: Work) -> None:
        self._work = work
        self._seen: set[str] = set()
        self._places = inventory.locations(work.uow.session)

    def take(self, groups: Sequence[Group]) -> list[Problem]:
        problems = twice(groups, ["sku", "location"], self._seen)
        uow = self._work.uow
        known = catalog.sellable(uow.session, (group[0].values["sku"] for group in groups))
        problems += _unknown(groups, known, self._places)
        for group in groups:
            values = group[0].values
            problems += [
                at(group[0].number, name, "has signs that no label shows")
                for name in ("zone", "shelf")
                if values[name] and not values[name].isprintable()
            ]
            if values["zone"] and not values["shelf"]:
                problems.append(at(group[0].number, "shelf", "is missing: a zone has shelves"))
        rows = [group[0].values for group in sift(groups, problems)]
        warehouse.shelve(
            uow,
            [
                NewBin(
                    location_id=self._places[values["location"]],
                    variant_id=known[values["sku"]].variant_id,
                    zone=values["zone"] or "",
                    code=values["shelf"] or "",
                )
                for values in rows
            ],
        )
        self._work.report.count("shelves", changed=len(rows))
        return problems

    def finish(self) -> None:
        """Nothing waits for the end."""


def _unknown(
    groups: Sequence[Group], known: Collection[str], places: Collection[str]
) -> list[Problem]:
    """Rows of variants or locations that the shop does not have."""
    problems = []
    for group in groups:
        row = group[0]
        if row.values["sku"] not in known:
            problems.append(at(row.number, "sku", f"{row.values['sku']!r} is not known"))
        if row.values["location"] not in places:
            says = f"{row.values['location']!r} is none of {', '.join(places)}"
            problems.append(at(row.number, "location", says))
    return problems
