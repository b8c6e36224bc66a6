"""Long lists in pages: ``limit`` and ``cursor`` in, ``Link: rel="next"`` out."""

from typing import Any, Final
from urllib.parse import urlencode

from flask import Response, request
from marshmallow import fields, validate

from oms_service.api.schemas import Strict, text_field
from oms_service.kernel.pages import Page

MOST: Final = 200

LINK_HEADER: Final = {
    "Link": {
        "description": 'The next page: <...>; rel="next". Missing on the last one.',
        "schema": {"type": "string"},
    }
}


class PageQuery(Strict):
    """Which page of a list."""

    limit = fields.Integer(
        load_default=100,
        validate=validate.Range(1, MOST),
        metadata={"description": "Entries on a page."},
    )
    cursor = text_field(
        300, load_default="", metadata={"description": "From Link; empty for the first page."}
    )


def with_link(response: Response, page: Page[Any], *, limit: int) -> Response:
    """Say where the next page of the same question is."""
    if page.next_cursor is not None:
        same = request.args.to_dict()
        query = urlencode({**same, "limit": limit, "cursor": page.next_cursor})
        response.headers["Link"] = f'<{request.path}?{query}>; rel="next"'
    return response
