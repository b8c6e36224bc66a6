"""The API's description, OpenAPI 3.1, and the blueprints it is made from."""

from collections.abc import Callable
from http import HTTPStatus
from threading import Lock
from typing import Any, Final, Protocol, TypeVar, cast

import flask_smorest  # type: ignore[import-untyped]  # has no types
from flask import Flask, request
from marshmallow import Schema
from werkzeug.exceptions import UnsupportedMediaType

from oms_service.api import examples, problems
from oms_service.api.schemas import ProblemSchema
from oms_service.web import frame

VERSION: Final = "1.0"
_EXTENSION: Final = "oms.api"
_ABOUT: Final = """Orders, parcels and what carriers say of them.

Send your key as `Authorization: Bearer oms_...`. Every error is `application/problem+json` with a
stable `code`. Every answer names its request in `X-Request-Id`; send one of your own to find your
request in our logs. Times carry an offset. What is `null` is not known: nothing is guessed.
"""


F = TypeVar("F", bound=Callable[..., Any])


class Decorator(Protocol):
    """Gives back what it is put on, with its type."""

    def __call__(self, view: F, /) -> F: ...


class Api(flask_smorest.Api):  # type: ignore[misc]  # the library has no types
    """flask-smorest, with our errors instead of its own, described when somebody asks.

    Describing all routes takes four fifths of the time in which a process starts, and most
    processes are never asked.
    """

    ERROR_SCHEMA: type[Schema] = ProblemSchema
    DEFAULT_ERROR_RESPONSE_NAME: None = None

    def __init__(self, app: Flask, **more: Any) -> None:
        self._describing = Lock()
        self._undescribed: list[Blueprint] = []
        self._has_refusals = False
        super().__init__(app, **more)

    def register_blueprint(self, blueprint: "Blueprint") -> None:
        """Serve its routes; ``describe`` will tell of them."""
        self._app.extensions["flask-smorest"]["blp_name_to_api"][blueprint.name] = self
        self._app.register_blueprint(blueprint)
        self._undescribed.append(blueprint)

    def describe(self) -> dict[str, Any]:
        """All of it as OpenAPI 3.1."""
        with self._describing:
            if not self._has_refusals:
                super()._register_responses()
                self._has_refusals = True
            while self._undescribed:
                blueprint = self._undescribed.pop(0)
                named = {"name": blueprint.name, "parameters": None}
                blueprint.register_views_in_doc(self, self._app, self.spec, **named)
                self.spec.tag({"name": blueprint.name, "description": blueprint.description})
            spec = cast(dict[str, Any], self.spec.to_dict())
            _as_ecma_reads(spec)
            return examples.fill(spec)

    def _register_responses(self) -> None:
        """Not yet: an answer for every status there is, which only the description needs."""

    def _register_error_handlers(self) -> None:
        """None: the frame answers every error, programs' ones by ``api.problems``."""


class Blueprint(flask_smorest.Blueprint):  # type: ignore[misc]  # the library has no types
    """Routes of the API: flask-smorest's, with the types it lacks."""

    def get(self, path: str) -> Decorator:
        return cast(Decorator, super().get(path))

    def post(self, path: str) -> Decorator:
        return cast(Decorator, super().post(path))

    def put(self, path: str) -> Decorator:
        return cast(Decorator, super().put(path))

    def delete(self, path: str) -> Decorator:
        return cast(Decorator, super().delete(path))

    def arguments(self, schema: Schema, **more: Any) -> Callable[[Callable[..., Any]], Any]:
        """Read and check what was sent; the view gets it as its first argument."""
        return cast(Callable[[Callable[..., Any]], Any], super().arguments(schema, **more))

    def response(
        self, status_code: int, schema: type[Schema] | None = None, **more: Any
    ) -> Decorator:
        return cast(Decorator, super().response(status_code, schema, **more))

    def alt_response(self, status_code: int, *args: Any, **more: Any) -> Decorator:
        return cast(Decorator, super().alt_response(status_code, *args, **more))

    def doc(self, **more: Any) -> Decorator:
        return cast(Decorator, super().doc(**more))

    def refuses(self, *statuses: int) -> Decorator:
        """Describe the refusals of an operation; all look alike.

        A malformed request (400) is refused before any operation, so by all of them.
        """

        def add(view: F) -> F:
            # Written at once: each decorator of the library copies all that stands there so far.
            said = dict(getattr(view, "_apidoc", {}))
            answers = dict(said.get("response", {}))
            answers["responses"] = dict(answers.get("responses", {}))
            for status in sorted({400, *statuses}):
                before = answers["responses"].get(status, [])
                answers["responses"][status] = [*before, _refusal(status)]
            view.__dict__["_apidoc"] = {**said, "response": answers}
            return view

        return add


def _refusal(status: int) -> dict[str, Any]:
    """One refusal; the schema is named by its class, which copying leaves alone."""
    return {
        "schema": ProblemSchema,
        "description": HTTPStatus(status).phrase,
        "content_type": problems.MIMETYPE,
    }


def build(app: Flask) -> Api:
    """The description of ``app``; blueprints registered with it appear in it."""
    app.config["OPENAPI_VERSION"] = "3.1.0"
    app.config["API_TITLE"] = "Order Desk"
    app.config["API_VERSION"] = VERSION
    api = Api(
        app,
        spec_kwargs={
            "info": {"description": _ABOUT},
            "components": {
                "securitySchemes": {"key": {"type": "http", "scheme": "bearer"}},
            },
            "security": [{"key": []}],
        },
    )
    app.extensions[_EXTENSION] = api
    return api


def add(app: Flask, blueprint: Blueprint) -> None:
    """Hang routes for machines into the API of ``app`` and its description."""
    cast(Api, app.extensions[_EXTENSION]).register_blueprint(blueprint)
    frame.of(app).csrf.exempt_blueprint(
        blueprint, because="machines call with a key or a signature, no cookie counts"
    )


def _as_ecma_reads(said: Any) -> None:
    """Write the ends of patterns as JSON Schema's own dialect does: its ``$`` is Python's end."""
    if isinstance(said, dict):
        pattern = said.get("pattern")
        if isinstance(pattern, str) and pattern.endswith(r"\Z"):
            said["pattern"] = pattern.removesuffix(r"\Z") + "$"
        for value in said.values():
            _as_ecma_reads(value)
    elif isinstance(said, list):
        for value in said:
            _as_ecma_reads(value)


def json_only() -> None:
    """Refuse bodies that are not JSON before anybody reads them.

    Raises:
        UnsupportedMediaType: another content type.
        BadRequest: not JSON.
    """
    if request.method not in {"POST", "PUT", "PATCH"}:
        return
    if not request.is_json:
        raise UnsupportedMediaType
    request.get_json()
