"""The description of the API: what every operation and schema of it must say."""

import importlib
import inspect
import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import jsonschema_rs
import pytest
from flask import Flask
from marshmallow import Schema

ROOT = Path(__file__).resolve().parents[2]
FOLDERS = ("oms_service/api", "cases/api")
#: They only ask, and change nothing however often they are sent; or the caller's own proof of
#: payment makes them one.
ASKING: Final = re.compile(r".*/(preview|quote|look|claim)$")


@pytest.fixture
def spec(app: Flask) -> dict[str, Any]:
    found: dict[str, Any] = app.test_client().get("/v1/openapi.json").get_json()
    return found


def operations(spec: dict[str, Any]) -> Iterator[tuple[str, str, dict[str, Any]]]:
    for path, methods in spec["paths"].items():
        for method, told in methods.items():
            if method != "parameters":
                yield method, path, told


def schemas() -> list[type[Schema]]:
    """Every schema class that the API's own modules define."""
    found = []
    for path in sorted(path for folder in FOLDERS for path in (ROOT / folder).glob("*.py")):
        name = ".".join(path.relative_to(ROOT).with_suffix("").parts)
        module = importlib.import_module(name)
        for _, kind in inspect.getmembers(module, inspect.isclass):
            if issubclass(kind, Schema) and kind.__module__ == name:
                found.append(kind)
    return found


def test_every_schema_has_a_name_of_its_own(app: Flask) -> None:
    names = Counter(kind.__name__.removesuffix("Schema") for kind in schemas())
    assert len(names) > 100
    assert [name for name, times in names.items() if times > 1] == []


def test_every_post_that_does_something_documents_its_idempotency_key(spec: dict[str, Any]) -> None:
    silent = [
        path
        for method, path, told in operations(spec)
        if method == "post" and path.startswith("/v1/") and not ASKING.fullmatch(path)
        if not any(
            one["name"] == "Idempotency-Key" and one["required"] for one in told["parameters"]
        )
    ]
    assert silent == []


def test_every_list_goes_by_cursor_and_every_single_thing_has_a_version(
    spec: dict[str, Any],
) -> None:
    for method, path, told in operations(spec):
        if method != "get" or not path.startswith("/v1/"):
            continue
        names = {one.get("name") for one in told.get("parameters", ())}
        headers = told["responses"]["200"].get("headers", {})
        assert ("cursor" in names) == ("Link" in headers), path
        assert ("If-None-Match" in names) == ("ETag" in headers), path


def test_every_schema_and_parameter_has_an_example_that_fits(spec: dict[str, Any]) -> None:
    schemas = spec["components"]["schemas"]
    wrong = []
    for name, schema in schemas.items():
        whole = {**schema, "components": spec["components"]}
        errors = jsonschema_rs.Draft202012Validator(whole).iter_errors(schema["example"])
        wrong += [f"{name}: {list(error.instance_path)} {error.message}" for error in errors]
    for method, path, told in operations(spec):
        for one in (*spec["paths"][path].get("parameters", ()), *told.get("parameters", ())):
            if not jsonschema_rs.is_valid(one["schema"], one["example"]):
                wrong.append(f"{method} {path} {one['name']}: {one['example']!r}")
    assert wrong == []


def test_every_operation_says_what_it_does(spec: dict[str, Any]) -> None:
    assert [path for _, path, told in operations(spec) if not told.get("summary")] == []
