"""Examples for the whole description: each schema and parameter has one, made of known words.

A schema that gives its own example keeps it; any other gets one composed of its fields' own
examples, and of the words below for fields that mean the same wherever they stand.
"""

from collections.abc import Iterator, Mapping
from typing import Any, Final

_AT: Final = "2026-11-22T01:42:00+00:00"
#: What a field of that name holds; text and numbers that fit every schema they stand in.
WORDS: Final[Mapping[str, Any]] = {
    "actor": "staff:7",
    "after": {"on_hand": 47, "allocated": 5},
    "aggregate": "order:12",
    "answer": "refused",
    "areas_apart": 1,
    "barcode": "4901234567894",
    "box": "M",
    "carrier": "yamato",
    "carrier_words": "配達完了",
    "category": "coffee",
    "cause": "shipment:S-7K2M9",
    "changes": {"on_hand": -2},
    "channel": "web",
    "code": "BEANS-200",
    "counters": {"ordered": 2, "allocated": 2, "shipped": 0},
    "created_by": "staff:7",
    "currency": "JPY",
    "cursor": "",
    "customer": "misaki.sato@example.jp",
    "delivery_note": "2026-118",
    "digest": "0f" * 32,
    "detail": "the order was cancelled",
    "en": "Coffee beans",
    "evidence": ["photo"],
    "event_id": "01936f6e-5f00-7c3a-9a52-0b1d2c3e4f50",
    "facts": {"days": 30},
    "family_name_kana": "サトウ",
    "field": "lines[0].sku",
    "given_name_kana": "ミサキ",
    "holder": "cart:8842",
    "ja": "コーヒー豆",
    "label": "Warehouse system",
    "limit": 100,
    "link": "https://track.example/123456789012",
    "mail": "misaki.sato@example.jp",
    "message": "is not in the catalogue",
    "name": {"ja": "コーヒー豆", "en": "Coffee beans"},
    "note": "Left at the reception.",
    "number": "A-10423",
    "options": {"size": "200 g"},
    "order": "A-10423",
    "order_number": "A-10423",
    "owner": "web",
    "phone": "090-1234-5678",
    "place": "新宿センター",
    "placed_from": "2026-11-01T00:00:00+09:00",
    "placed_until": "2026-11-30T00:00:00+09:00",
    "position": 1,
    "postal_code": "160-0022",
    "q": "beans",
    "quantity": 2,
    "reason": "changed_mind",
    "reference": "2026-118",
    "region": "東京都",
    "request_id": "01936f6e-5f00-7c3a-9a52-0b1d2c3e4f51",
    "return_number": "R-7K2M9QXR",
    "service": "takkyubin",
    "sku": "BEANS-200",
    "slug": "yamato",
    "supplier": "Coffee Trading Co.",
    "text": "beans",
    "title": "The order is not as it was.",
    "tracking_number": "123456789012",
    "type": "/problems/not-found",
    "url": "https://partner.example/hooks/orders",
    "weight_g": 420,
    "If-None-Match": '"4"',
    "Idempotency-Key": "8d1f0c52-7f2e-4c6b-9a38-5b0a7e0c1d11",
    "X-Timestamp": "1795310520",
    "X-Signature": "0f" * 32,
    "Stripe-Signature": "t=1795310520,v1=" + "0f" * 32,
}
#: Where a number or a code means something else than an order or an item.
_OF_PATHS: Final[Mapping[str, str]] = {
    "returns": "R-7K2M9QXR",
    "claims": "C-7K2M9QXR",
    "reservations": "V-7K2M9QXR",
    "purchase-orders": "PO-7K2M9QXR",
    "transfers": "T-7K2M9QXR",
    "counts": "N-7K2M9QXR",
    "documents": "I-000123",
    "fulfilments": "F-7K2M9QXR",
    "boxes": "B-7K2M9QXR",
    "pickups": "A-10423",
    "webhook-endpoints": "W-7K2M9QXR",
    "cases": "C-1042",
}
_LOCATIONS: Final = ("location", "from_location", "to_location")
_FORMATS: Final = {"date-time": _AT, "date": "2026-12-01", "uuid": WORDS["event_id"]}


def fill(spec: dict[str, Any]) -> dict[str, Any]:
    """``spec`` with an example on each of its schemas and parameters; those given stay."""
    schemas = spec["components"]["schemas"]
    for schema in schemas.values():
        schema.setdefault("example", _of(schema, "", schemas, ()))
    for path, operations in spec["paths"].items():
        for parameter in _parameters(operations):
            example = _of_parameter(parameter, path, schemas)
            parameter.setdefault("example", example)
    return spec


def _parameters(operations: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    yield from (one for one in operations.get("parameters", ()) if "name" in one)
    for operation in operations.values():
        if isinstance(operation, dict):
            yield from (one for one in operation.get("parameters", ()) if "name" in one)


def _of_parameter(parameter: Mapping[str, Any], path: str, schemas: Mapping[str, Any]) -> Any:
    if parameter["in"] == "path" and parameter["name"] == "number":
        return _OF_PATHS.get(path.split("/")[2], WORDS["number"])
    return _of(parameter.get("schema", {}), parameter["name"], schemas, ())


def _of(
    schema: Mapping[str, Any], name: str, schemas: Mapping[str, Any], above: tuple[str, ...]
) -> Any:
    """An example of ``schema``, the value of a field called ``name``."""
    if "example" in schema:
        return schema["example"]
    if "$ref" in schema:
        key = schema["$ref"].rpartition("/")[2]
        return {} if key in above else _of(schemas[key], name, schemas, (*above, key))
    for several in ("allOf", "anyOf", "oneOf"):
        if several in schema:
            return _of(schema[several][0], name, schemas, above)
    if "enum" in schema:
        return schema["enum"][0]
    return _of_kind(schema, name, schemas, above)


def _of_kind(
    schema: Mapping[str, Any], name: str, schemas: Mapping[str, Any], above: tuple[str, ...]
) -> Any:
    said = schema.get("type", "object")
    kind = said[0] if isinstance(said, list) else said
    match kind:
        case "object" if "properties" in schema:
            fields = schema["properties"].items()
            return {key: _of(field, key, schemas, above) for key, field in fields}
        case "array":
            many = max(1, schema.get("minItems", 1))
            return [_of(schema.get("items", {}), name, schemas, above) for _ in range(many)]
        case "boolean":
            return schema.get("default") or False
        case "integer" | "number":
            return _number(schema, name)
        case "string":
            return _text(schema, name)
        case _:
            found = WORDS.get(name)
            return found if isinstance(found, dict) else {}


def _number(schema: Mapping[str, Any], name: str) -> Any:
    least = schema.get("minimum", 0)
    found = WORDS.get(name)
    if isinstance(found, int) and found >= least:
        return found
    if name == "status":
        return 404
    return max(least, 1)


def _text(schema: Mapping[str, Any], name: str) -> str:
    if (form := schema.get("format")) in _FORMATS:
        return str(_FORMATS[form])
    if name in _LOCATIONS:
        return "osaka" if name == "to_location" else "tokyo"
    found = WORDS.get(name)
    if isinstance(found, str):
        return found
    return "" if not schema.get("minLength") else name
