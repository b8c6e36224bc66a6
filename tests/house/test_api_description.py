"""The description of the API: what every operation and schema of it must say."""

import importlib
import inspect
from collections import Counter
from pathlib import Path

from flask import Flask
from marshmallow import Schema

ROOT = Path(__file__).resolve().parents[2]
FOLDERS = ("oms_service/api", "cases/api")


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
