"""Proof that a change was sent from one of our own pages.

A random seed lives in a cookie that scripts cannot read; the page carries an HMAC of it, bound
to the signed-in session, under a mask that is another one on each page: pages travel packed, and
what is always the same in them could be guessed from their lengths. Every unsafe request must bring
the HMAC back, in a form field or a header. Deny is the default: what is sent by machines with a key
of their own says so once, by ``exempt`` or ``exempt_blueprint``, with the reason.
"""

import hashlib
import hmac
import secrets
from collections.abc import Callable
from typing import Final, TypeVar

from flask import Blueprint, Flask, Response, g, request
from markupsafe import Markup
from werkzeug.exceptions import Forbidden

from oms_service.kernel import ids

COOKIE: Final = "oms_csrf"
FIELD: Final = "csrf_token"
HEADER: Final = "X-CSRF-Token"
SAFE: Final = frozenset({"GET", "HEAD", "OPTIONS"})
_PROOF_LENGTH: Final = hashlib.sha256().digest_size
_KEPT_S: Final = 365 * 24 * 60 * 60
_MARK: Final = "_csrf_exempt_because"

F = TypeVar("F", bound=Callable[..., object])


class NotFromOurPage(Forbidden):
    """An unsafe browser request without the proof, or with a stale one."""

    description = "The page was open for too long or came from somewhere else."


class Guard:
    """The check itself, one per app."""

    def __init__(self, app: Flask, *, secure: bool) -> None:
        """Guard every route of ``app``, whose secret key signs the proofs."""
        self._app = app
        self._secure = secure
        self._session_id: Callable[[], str] = str
        self._free_blueprints: dict[str, str] = {}
        app.before_request(self._check)
        app.after_request(self._keep_seed)
        app.jinja_env.globals.update(csrf_token=self.token, csrf_field=self.field)

    def exempt_blueprint(self, blueprint: Blueprint, *, because: str) -> None:
        """Let a whole blueprint of machine-to-machine routes through."""
        self._free_blueprints[blueprint.name] = because

    def bind(self, session_id: Callable[[], str]) -> None:
        """Name the signed-in session; whoever manages sessions calls this once."""
        self._session_id = session_id

    def token(self) -> str:
        """The proof for pages of this request's browser, the same in all forms of a page."""
        of = self._seed(), self._session_id()
        known: tuple[tuple[str, str], str] | None = g.get("csrf_token")
        if known is None or known[0] != of:
            mask = secrets.token_bytes(_PROOF_LENGTH)
            known = g.csrf_token = of, (mask + _mixed(mask, self._proof(of[0]))).hex()
        return known[1]

    def field(self) -> Markup:
        """The hidden form field."""
        return Markup(f'<input type="hidden" name="{FIELD}" value="{self.token()}">')  # noqa: S704 - hexadecimal

    def exemptions(self) -> dict[str, str]:
        """Every endpoint that is let through, with its reason."""
        found = {}
        for rule in self._app.url_map.iter_rules():
            reason = self._reason(rule.endpoint)
            if reason is not None and (rule.methods or set()) - SAFE:
                found[rule.endpoint] = reason
        return found

    def _check(self) -> None:
        if request.method in SAFE or request.endpoint is None:
            return
        if self._reason(request.endpoint) is not None:
            return
        seed = request.cookies.get(COOKIE, "")
        sent = request.headers.get(HEADER) or request.form.get(FIELD, "")
        if request.headers.get("Sec-Fetch-Site") == "cross-site" or not seed:
            raise NotFromOurPage
        if not hmac.compare_digest(self._proof(seed), _unmasked(sent)):
            raise NotFromOurPage

    def _reason(self, endpoint: str) -> str | None:
        because: str | None = getattr(self._app.view_functions.get(endpoint), _MARK, None)
        if because is None and "." in endpoint:
            because = self._free_blueprints.get(endpoint.rpartition(".")[0])
        return because

    def _proof(self, seed: str) -> bytes:
        key = self._app.secret_key or ""
        secret = key.encode() if isinstance(key, str) else key
        said = f"csrf|{seed}|{self._session_id()}".encode()
        return hmac.new(secret, said, hashlib.sha256).digest()

    def _seed(self) -> str:
        seed: str | None = g.get("csrf_seed") or request.cookies.get(COOKIE)
        if not seed:
            seed = ids.token()
            g.csrf_seed = seed
        return seed

    def _keep_seed(self, response: Response) -> Response:
        seed = g.get("csrf_seed")
        if seed:
            response.set_cookie(
                COOKIE,
                seed,
                max_age=_KEPT_S,
                httponly=True,
                samesite="Lax",
                secure=self._secure,
            )
            response.vary.add("Cookie")
        return response


def _unmasked(sent: str) -> bytes:
    """The proof in what a page sent; of anything else, bytes that prove nothing."""
    try:
        both = bytes.fromhex(sent)
    except ValueError:
        return b""
    if len(both) != 2 * _PROOF_LENGTH:
        return b""
    return _mixed(both[:_PROOF_LENGTH], both[_PROOF_LENGTH:])


def _mixed(one: bytes, other: bytes) -> bytes:
    return bytes(a ^ b for a, b in zip(one, other, strict=True))


def exempt(*, because: str) -> Callable[[F], F]:
    """Let one view through; written below the route decorator, with the reason."""

    def mark(view: F) -> F:
        setattr(view, _MARK, because)
        return view

    return mark
