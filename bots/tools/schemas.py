"""The JSON schemas of arguments: written once, published as they are, and checked here.

Only what the tools need of JSON schema is read: types, enumerations, bounds, patterns, required
and further properties. Whatever is given, nothing of it is repeated in what is said against it.
"""

import re
import unicodedata
from collections.abc import Mapping
from typing import Any, Final

from bots.tools.shapes import BadArguments, Schema

#: More than this is no argument of anybody who means well, in characters of JSON.
MOST_TEXT: Final = 2_000
#: Units of one line, and lines of one wish.
MOST_UNITS: Final = 9_999
MOST_ITEMS: Final = 50
_INT8: Final = 2**63 - 1

ORDER: Final[Schema] = {
    "type": "string",
    "minLength": 1,
    "maxLength": 40,
    "description": "The order's number as the customer knows it, such as A-10423.",
}
WORDS: Final[Schema] = {
    "type": "string",
    "minLength": 1,
    "maxLength": 500,
    "description": "In the customer's own words, Japanese or English.",
}
ID: Final[Schema] = {"type": "integer", "minimum": 1, "maximum": _INT8}
QUANTITY: Final[Schema] = {"type": "integer", "minimum": 1, "maximum": MOST_UNITS}
METHOD: Final[Schema] = {
    "type": "integer",
    "minimum": 0,
    "maximum": _INT8,
    "description": "A method_id that eligibility told for this action.",
}
PROPOSAL: Final[Schema] = {
    "type": "string",
    "minLength": 1,
    "maxLength": 43,
    "description": "The proposal_id that propose_* gave.",
}
DAY: Final[Schema] = {
    "type": "string",
    "pattern": r"^\d{4}-\d{2}-\d{2}$",
    "maxLength": 10,
    "description": "A day as YYYY-MM-DD.",
}
_PART: Final[Schema] = {"type": "string", "maxLength": 160}
ADDRESS: Final[Schema] = {
    "type": "object",
    "properties": {
        "country": {"type": "string", "pattern": "^[A-Z]{2}$", "maxLength": 2},
        "postal_code": {"type": "string", "maxLength": 16},
        "region": _PART,
        "city": _PART,
        "line1": _PART,
        "line2": _PART,
    },
    "required": ["country", "postal_code", "city", "line1"],
    "additionalProperties": False,
    "description": "Where to; who gets it stays. In Japan region is the prefecture.",
}


def one_of(*codes: str, description: str = "") -> Schema:
    return {"type": "string", "enum": list(codes), "maxLength": 60, "description": description}


def listed(properties: Mapping[str, Schema], description: str) -> Schema:
    """A list of objects that have all of ``properties``."""
    return {
        "type": "array",
        "items": takes(properties, *properties),
        "minItems": 1,
        "maxItems": MOST_ITEMS,
        "description": description,
    }


def takes(properties: Mapping[str, Schema], *required: str) -> Schema:
    """An object of ``properties`` and nothing else."""
    return {
        "type": "object",
        "properties": dict(properties),
        "required": list(required),
        "additionalProperties": False,
    }


def checked(schema: Schema, given: Any) -> dict[str, Any]:
    """The arguments, when they are what the schema says; null stands for what is left out.

    Raises:
        BadArguments: they are not.
    """
    found: dict[str, str] = {}
    if isinstance(given, Mapping):
        optional = set(schema["properties"])
        given = {n: value for n, value in given.items() if value is not None or n not in optional}
    _check(schema, given, "", found)
    if found:
        raise BadArguments(found)
    return dict(given)


def _check(schema: Schema, value: Any, at: str, found: dict[str, str]) -> None:
    against = _CHECKS[schema["type"]](schema, value, at, found)
    if against is None and "enum" in schema and value not in schema["enum"]:
        against = f"must be one of: {', '.join(schema['enum'])}"
    if against is not None:
        found[at or "arguments"] = against


def _check_object(schema: Schema, value: Any, at: str, found: dict[str, str]) -> str | None:
    if not isinstance(value, Mapping):
        return "must be an object"
    known = schema["properties"]
    if not all(isinstance(name, str) and name in known for name in value):
        return f"takes only: {', '.join(known)}"
    inside = f"{at}." if at else ""
    for name in schema["required"]:
        if name not in value:
            found[f"{inside}{name}"] = "is missing"
    for name, one in value.items():
        _check(known[name], one, f"{inside}{name}", found)
    return None


def _check_array(schema: Schema, value: Any, at: str, found: dict[str, str]) -> str | None:
    if not isinstance(value, list):
        return "must be a list"
    if not schema["minItems"] <= len(value) <= schema["maxItems"]:
        return f"must have {schema['minItems']} to {schema['maxItems']} entries"
    for place, one in enumerate(value):
        _check(schema["items"], one, f"{at}[{place}]", found)
    return None


def _check_string(schema: Schema, value: Any, _at: str, _found: dict[str, str]) -> str | None:
    if not isinstance(value, str):
        return "must be text"
    shortest, longest = schema.get("minLength", 0), schema.get("maxLength", MOST_TEXT)
    if not shortest <= len(value.strip()) or len(value) > longest:
        return f"must have {shortest} to {longest} characters"
    if any(
        unicodedata.category(sign) in {"Cc", "Cs", "Cn"} and sign not in "\n\t" for sign in value
    ):
        return "must be plain text"
    if "pattern" in schema and not re.fullmatch(schema["pattern"], value, re.ASCII):
        return f"must match {schema['pattern']}"
    return None


def _check_integer(schema: Schema, value: Any, _at: str, _found: dict[str, str]) -> str | None:
    if not isinstance(value, int) or isinstance(value, bool):
        return "must be a whole number"
    if not schema["minimum"] <= value <= schema["maximum"]:
        return f"must be {schema['minimum']} to {schema['maximum']}"
    return None


def _check_boolean(_schema: Schema, value: Any, _at: str, _found: dict[str, str]) -> str | None:
    return None if isinstance(value, bool) else "must be true or false"


_CHECKS: Final = {
    "object": _check_object,
    "array": _check_array,
    "string": _check_string,
    "integer": _check_integer,
    "boolean": _check_boolean,
}
