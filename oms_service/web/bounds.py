"""What no column can hold and no reader can follow is refused at the door, once for every view."""

from typing import Any, Final

from flask import Flask, request
from flask.json.provider import DefaultJSONProvider
from werkzeug.exceptions import BadRequest, NotFound

from oms_service.web import uploads

#: PostgreSQL keeps no NUL; in an address it is spelled so.
_SPELLED_NUL: Final = b"%00"
_GREATEST_ID: Final = 2**63 - 1


class BoundedJson(DefaultJSONProvider):
    """JSON that says of too deep a nesting what it says of any malformed text."""

    def loads(self, s: str | bytes, **kwargs: Any) -> Any:
        """Read ``s``.

        Raises:
            ValueError: no JSON, or nested deeper than this interpreter goes.
        """
        try:
            return super().loads(s, **kwargs)
        except RecursionError:
            raise ValueError("nested too deeply") from None


def register(app: Flask) -> None:
    """Look at every request of ``app`` before its views do."""
    app.json = BoundedJson(app)

    @app.before_request
    def look() -> None:
        for value in (request.view_args or {}).values():
            if isinstance(value, int) and value > _GREATEST_ID:
                raise NotFound
        if "\0" in request.path or _SPELLED_NUL in request.query_string:
            raise BadRequest
        if request.mimetype.startswith(("application/x-www-form", "multipart/")):
            if not uploads.are_taken(app):
                request.get_data()  # kept, for views that check a signature over it
            _look_at_form()


def _look_at_form() -> None:
    for name, values in request.form.lists():
        if "\0" in name or any("\0" in value for value in values):
            raise BadRequest
