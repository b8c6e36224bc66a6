"""The headers that tell browsers what our pages never do."""

from collections.abc import Sequence
from typing import Final
from urllib.parse import urlsplit

from flask import Flask, Response, request

from oms_service.settings import Settings

_EMBEDDABLE: Final = "oms_embeddable"
_PERMISSIONS: Final = ", ".join(
    f"{feature}=()"
    for feature in ("camera", "microphone", "geolocation", "payment", "usb", "browsing-topics")
)


def embeddable(response: Response) -> Response:
    """Let the sites of EMBED_ORIGINS show this page in a frame; for the chat and nothing else."""
    setattr(response, _EMBEDDABLE, True)
    return response


def register(app: Flask, settings: Settings) -> None:
    """Put the headers on every response of ``app``."""
    shut = policy(settings, ancestors=("'none'",))
    open_to = policy(settings, ancestors=("'self'", *settings.embed_origins))

    @app.after_request
    def protect(response: Response) -> Response:
        is_embeddable = getattr(response, _EMBEDDABLE, False)
        headers = response.headers
        headers.setdefault("Content-Security-Policy", open_to if is_embeddable else shut)
        if not is_embeddable:
            headers.setdefault("X-Frame-Options", "DENY")
        headers.setdefault("Referrer-Policy", "same-origin")
        headers.setdefault("X-Content-Type-Options", "nosniff")
        headers.setdefault("Permissions-Policy", _PERMISSIONS)
        headers.setdefault("Cross-Origin-Opener-Policy", "same-origin")
        if settings.secure_cookies and request.is_secure:
            headers.setdefault("Strict-Transport-Security", "max-age=31536000")
        if response.mimetype == "text/html":
            # Pages hold people's orders: no copy stays behind on a shared machine.
            headers.setdefault("Cache-Control", "no-store")
            response.vary.update(("Cookie", "Accept-Language"))
        return response


def policy(settings: Settings, *, ancestors: Sequence[str]) -> str:
    """The content security policy: everything from here, streams from their own process."""
    streams = urlsplit(settings.streams_base)
    return "; ".join(
        (
            "default-src 'self'",
            f"connect-src 'self' {streams.scheme}://{streams.netloc}",
            "object-src 'none'",
            "base-uri 'none'",
            "form-action 'self'",
            f"frame-ancestors {' '.join(ancestors)}",
        )
    )
