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
    shut = (*_headers(settings, ancestors=("'none'",)), ("X-Frame-Options", "DENY"))
    open_to = _headers(settings, ancestors=("'self'", *settings.embed_origins))

    @app.after_request
    def protect(response: Response) -> Response:
        headers = response.headers
        set_already = {name.lower() for name, _ in headers}
        for name, value in open_to if getattr(response, _EMBEDDABLE, False) else shut:
            if name.lower() not in set_already:
                headers.add(name, value)
        if settings.secure_cookies and request.is_secure:
            headers.setdefault("Strict-Transport-Security", "max-age=31536000")
        is_page = response.mimetype == "text/html"
        if is_page or (response.is_json and "ETag" not in headers):
            # They hold people's orders: no copy stays behind on a shared machine.
            headers.setdefault("Cache-Control", "no-store")
        if is_page:
            response.vary.update(("Cookie", "Accept-Language"))
        return response


def _headers(settings: Settings, *, ancestors: Sequence[str]) -> tuple[tuple[str, str], ...]:
    return (
        ("Content-Security-Policy", policy(settings, ancestors=ancestors)),
        ("Referrer-Policy", "same-origin"),
        ("X-Content-Type-Options", "nosniff"),
        ("Permissions-Policy", _PERMISSIONS),
        ("Cross-Origin-Opener-Policy", "same-origin"),
    )


def leading_to(response: Response, settings: Settings, url: str) -> Response:
    """Let forms of this page lead to another site; for a page whose form ends there."""
    there = urlsplit(url)
    forms = ("'self'", f"{there.scheme}://{there.netloc}")
    said = policy(settings, ancestors=("'none'",), forms=forms)
    response.headers["Content-Security-Policy"] = said
    return response


def policy(
    settings: Settings, *, ancestors: Sequence[str], forms: Sequence[str] = ("'self'",)
) -> str:
    """The content security policy: everything from here, streams from their own process."""
    streams = urlsplit(settings.streams_base)
    return "; ".join(
        (
            "default-src 'self'",
            f"connect-src 'self' {streams.scheme}://{streams.netloc}",
            "object-src 'none'",
            "base-uri 'none'",
            f"form-action {' '.join(forms)}",
            f"frame-ancestors {' '.join(ancestors)}",
        )
    )
