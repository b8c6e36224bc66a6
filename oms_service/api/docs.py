"""The API's description for machines and for people, on own pages without foreign scripts."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from flask import Blueprint, Flask, Response, json, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from oms_service.access import guard
from oms_service.api.openapi import Api
from oms_service.api.problems import CODES
from oms_service.kernel.errors import NotFound


@dataclass(frozen=True)
class Operation:
    """One operation as the page shows it."""

    method: str
    path: str
    summary: str
    description: str
    parameters: tuple[Mapping[str, Any], ...]
    statuses: tuple[str, ...]


def register(app: Flask, api: Api) -> None:
    """Serve ``/v1/openapi.json``, ``/v1/docs`` and the pages that problems point to."""
    blueprint = Blueprint("api_docs", __name__, template_folder="templates")
    described: list[bytes] = []

    @blueprint.get("/v1/openapi.json")
    @guard.public(reason="the description of a public interface")
    def description() -> Response:
        """OpenAPI 3.1, written once."""
        if not described:
            described.append(json.dumps(api.describe(), sort_keys=False).encode())
        return Response(described[0], mimetype="application/json")

    @blueprint.get("/v1/docs")
    @guard.public(reason="the description of a public interface")
    def page() -> str:
        """The same for people."""
        spec = api.describe()
        return render_template(
            "api/docs.html", operations=list(_operations(spec)), info=spec["info"], problems=CODES
        )

    @blueprint.get("/problems/<code>")
    @guard.public(reason="what an error means")
    def problem(code: str) -> ResponseReturnValue:
        """Where the type of a problem leads a person."""
        if code not in CODES:
            raise NotFound("no such problem")
        return redirect(url_for("api_docs.page", _anchor=f"problem-{code}"))

    app.register_blueprint(blueprint)


def _operations(spec: Mapping[str, Any]) -> Iterator[Operation]:
    for path, methods in spec["paths"].items():
        shared = methods.get("parameters", [])
        for method, told in methods.items():
            if method == "parameters":
                continue
            yield Operation(
                method.upper(),
                path,
                told.get("summary", ""),
                told.get("description", ""),
                tuple(one for one in [*shared, *told.get("parameters", [])] if "name" in one),
                tuple(sorted(status for status in told["responses"])),
            )
