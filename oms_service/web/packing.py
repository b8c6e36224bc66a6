"""Pages as they travel: packed where the browser takes that. Files are packed when they are built.

A page holds its reader's proof of origin; that is masked anew for each page (``csrf``), so that its
length tells nobody what it is.
"""

import gzip
from typing import Final

from flask import Flask, Response, request

#: Below this a packet holds the page anyway.
LEAST_BYTES: Final = 1024
#: Fast enough to do for each page; more effort takes twice as long for a fiftieth of the bytes.
EFFORT: Final = 4


def register(app: Flask) -> None:
    """Pack the pages of ``app``; call it first, so that it happens after everything else."""

    @app.after_request
    def pack(response: Response) -> Response:
        if response.mimetype != "text/html" or response.is_streamed:
            return response
        response.vary.add("Accept-Encoding")
        if "Content-Encoding" in response.headers or request.accept_encodings.quality("gzip") <= 0:
            return response
        body = response.get_data()
        if len(body) >= LEAST_BYTES:
            response.set_data(gzip.compress(body, compresslevel=EFFORT, mtime=0))
            response.headers["Content-Encoding"] = "gzip"
        return response
