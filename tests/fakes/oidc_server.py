"""A provider of sign-ins: real HTTP on a free port, real keys, and every fault a test asks for.

It speaks OpenID Connect: discovery, keys, a token endpoint that wants the code's verifier. There is
no page to sign in at: ``grant`` says who has just signed in there, and answers the code.
"""

import base64
import hashlib
import json
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

from joserfc import jwt
from joserfc.jwk import ECKey, KeySet, OctKey, RSAKey

from oms_service.adapters.oidc.provider import Provider
from oms_service.kernel import ids

CLIENT, SECRET = "desk-client", "a-secret-of-the-client-that-is-long-enough"
RSA = RSAKey.generate_key(2048, {"kid": "rsa-1", "use": "sig", "alg": "RS256"})
EC = ECKey.generate_key("P-256", {"kid": "ec-1", "use": "sig", "alg": "ES256"})
STRANGER = RSAKey.generate_key(2048, {"kid": "rsa-1", "use": "sig", "alg": "RS256"})


@dataclass
class Grant:
    """Who has signed in at the provider, for which request of ours."""

    query: Mapping[str, str]
    claims: Mapping[str, Any]


@dataclass
class OidcServer:
    """What the provider does; a test changes it."""

    url: str
    now: Callable[[], float]
    slug: str = "google"
    algorithm: str = "RS256"
    #: What is said otherwise than it should be, in the token.
    claims: dict[str, Any] = field(default_factory=dict)
    without: frozenset[str] = frozenset()
    metadata: dict[str, Any] = field(default_factory=dict)
    keys: list[Any] = field(default_factory=lambda: [RSA, EC])
    signs_with: Any = None
    token_status: int = 200
    waits_s: float = 0.0
    grants: dict[str, Grant] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)

    @property
    def setting(self) -> str:
        """As ``STAFF_OIDC`` and ``CUSTOMER_OIDC`` are written."""
        return f"{self.slug}={self.url},{CLIENT},{SECRET.replace(' ', '-')}"

    @property
    def provider(self) -> Provider:
        return Provider(self.slug, self.url, CLIENT, SECRET)

    def grant(self, location: str, **claims: Any) -> str:
        """Somebody signs in where we sent them to; the path and query they bring back."""
        query = {name: one[0] for name, one in parse_qs(urlsplit(location).query).items()}
        code = ids.token()
        self.grants[code] = Grant(query, {"sub": "sub-1", **claims})
        back = urlsplit(query["redirect_uri"]).path
        return f"{back}?code={code}&state={query['state']}"

    def exchange(self, form: Mapping[str, str], authorization: str) -> tuple[int, dict[str, Any]]:
        """What the token endpoint answers; a code is good once, with its verifier."""
        grant = self.grants.pop(form.get("code", ""), None)
        if grant is None or self.token_status != 200:
            return self.token_status if self.token_status != 200 else 400, {
                "error": "invalid_grant"
            }
        verifier = hashlib.sha256(form.get("code_verifier", "").encode()).digest()
        challenge = base64.urlsafe_b64encode(verifier).decode().rstrip("=")
        basic = base64.b64encode(f"{CLIENT}:{SECRET}".encode()).decode()
        is_us = authorization == f"Basic {basic}" or form.get("client_secret") == SECRET
        if (
            not is_us
            or grant.query["code_challenge"] != challenge
            or form.get("redirect_uri") != grant.query["redirect_uri"]
        ):
            return 400, {"error": "invalid_grant"}
        return 200, {
            "access_token": "access",
            "token_type": "Bearer",
            "expires_in": 3600,
            "id_token": self._token(grant),
        }

    def _token(self, grant: Grant) -> str:
        now = int(self.now())
        claims = {
            "iss": self.url,
            "aud": CLIENT,
            "iat": now,
            "exp": now + 300,
            "nonce": grant.query["nonce"],
            **grant.claims,
            **self.claims,
        }
        said = {name: one for name, one in claims.items() if name not in self.without}
        if self.algorithm == "none":
            return ".".join((_part({"alg": "none"}), _part(said), ""))
        if self.algorithm == "HS256":
            secret = OctKey.import_key(SECRET)
            return jwt.encode({"alg": "HS256"}, said, secret, algorithms=["HS256"])
        key = self.signs_with or (EC if self.algorithm == "ES256" else RSA)
        header = {"alg": self.algorithm, "kid": key.kid}
        return jwt.encode(header, said, key, algorithms=[self.algorithm])

    def discovery(self) -> dict[str, Any]:
        return {
            "issuer": self.url,
            "authorization_endpoint": f"{self.url}/authorize",
            "token_endpoint": f"{self.url}/token",
            "jwks_uri": f"{self.url}/keys",
            **self.metadata,
        }


def _part(said: Mapping[str, Any]) -> str:
    return base64.urlsafe_b64encode(json.dumps(said).encode()).decode().rstrip("=")


class _Answering(BaseHTTPRequestHandler):
    server_of: OidcServer

    def do_GET(self) -> None:
        server, path = self.server_of, urlsplit(self.path).path
        server.asked.append(path)
        if path == "/.well-known/openid-configuration":
            self._say(200, server.discovery())
        elif path == "/keys":
            self._say(200, dict(KeySet(server.keys).as_dict(private=False)))
        else:
            self._say(404, {})

    def do_POST(self) -> None:
        server = self.server_of
        server.asked.append(urlsplit(self.path).path)
        body = self.rfile.read(int(self.headers.get("Content-Length", "0"))).decode()
        form = {name: one[0] for name, one in parse_qs(body).items()}
        self._say(*server.exchange(form, self.headers.get("Authorization", "")))

    def _say(self, status: int, said: Mapping[str, Any]) -> None:
        if self.server_of.waits_s:
            time.sleep(self.server_of.waits_s)
        body = json.dumps(said).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_given: Any) -> None:
        """Say nothing."""


@contextmanager
def an_oidc_server(now: Callable[[], float], slug: str = "google") -> Iterator[OidcServer]:
    """A provider that answers until the block ends; ``now`` in seconds, as the house's clock."""
    handler = type("Answering", (_Answering,), {})
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as listening:
        listening.daemon_threads = True
        server = OidcServer(f"http://127.0.0.1:{listening.server_port}", now, slug)
        handler.server_of = server  # type: ignore[attr-defined]  # made just above
        thread = threading.Thread(target=listening.serve_forever, args=(0.01,), daemon=True)
        thread.start()
        try:
            yield server
        finally:
            listening.shutdown()
            thread.join()
