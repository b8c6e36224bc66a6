"""Asks a provider who somebody is: authorization code with PKCE, and an ID token that is checked.

Everything here goes over the network: call it while no transaction is open.
"""

import hmac
import json
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, ClassVar, Final

from oms_service.adapters.oidc.provider import Provider, is_safe
from oms_service.kernel.errors import DomainError

_TIMEOUT_S: Final = (3.05, 5.0)
#: A slow answer is let go after this long, however it drips.
_DEADLINE_S: Final = 8.0
_MOST_BYTES: Final = 512 * 1024
#: What a provider says of itself and its keys changes rarely.
_KEPT: Final = timedelta(hours=1)
#: A token of an unknown key has the keys read anew, but not more often than this.
_KEYS_AGAIN: Final = timedelta(minutes=1)
#: So far clocks may be apart.
_LEEWAY_S: Final = 60
_BY_KEY: Final = ("RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512")
_SHARED: Final = "HS256"
#: What providers say when they asked for more than a password. Source: RFC 8176.
_SECOND_STEPS: Final = frozenset({"mfa", "otp", "hwk", "swk", "fpt", "face", "sc"})
_LONGEST_SUBJECT: Final = 255
_LONGEST_MAIL: Final = 320


class OutsideFailed(DomainError):
    """The provider did not answer, or answered what cannot be believed; ``why`` is for the log."""

    code: ClassVar[str] = "sign-in-provider-failed"
    http_status: ClassVar[int] = 502

    def __init__(self, why: str) -> None:
        super().__init__(f"the provider of this sign-in failed: {why}")
        self.why = why


@dataclass(frozen=True)
class Named:
    """Whom a provider named.

    ``mail`` only where the provider vouches for it; ``has_second_step`` where it said that it
    asked for more than a password.
    """

    issuer: str
    subject: str
    mail: str | None
    name: str
    has_second_step: bool


@dataclass(frozen=True)
class _Known:
    """What a provider said of itself."""

    metadata: Mapping[str, Any]
    keys: Any
    read_at: datetime


class Oidc:
    """One provider; it remembers what the provider says of itself for an hour."""

    def __init__(
        self,
        provider: Provider,
        now: Callable[[], datetime],
        *,
        timeout_s: tuple[float, float] = _TIMEOUT_S,
    ) -> None:
        self.provider = provider
        self._now = now
        self._timeout_s = timeout_s
        self._known: _Known | None = None
        self._reading = threading.Lock()

    def way_out(self, *, back: str, state: str, nonce: str, verifier: str) -> str:
        """Where to send the browser.

        Args:
            back: where the provider sends it back, as registered there.
            state: what the provider gives back unread.
            nonce: what the token has to say.
            verifier: what its hash is sent of now, and itself with the code.

        Raises:
            OutsideFailed: the provider does not say where that is.
        """
        where = self._endpoint("authorization_endpoint")
        with self._session(back) as session:
            url, _state = session.create_authorization_url(
                where, state=state, nonce=nonce, code_verifier=verifier
            )
        return str(url)

    def whom(self, *, back: str, code: str, nonce: str, verifier: str) -> Named:
        """Change a code into whom it names.

        Raises:
            OutsideFailed: the provider refused the code, or its token is not to be believed.
        """
        where = self._endpoint("token_endpoint")
        answer = self._token(where, back, code, verifier)
        written = answer.get("id_token")
        if not isinstance(written, str):
            raise OutsideFailed("no token")
        return _named(self._checked(written, nonce, answer.get("access_token")))

    def _token(self, where: str, back: str, code: str, verifier: str) -> Mapping[str, Any]:
        from authlib.common.errors import AuthlibBaseError  # noqa: PLC0415 - only who signs in so
        from requests import RequestException  # noqa: PLC0415 - see above

        try:
            with self._session(back) as session:
                answer: Mapping[str, Any] = session.fetch_token(
                    where,
                    grant_type="authorization_code",
                    code=code,
                    code_verifier=verifier,
                    timeout=self._timeout_s,
                    allow_redirects=False,
                )
        except AuthlibBaseError as error:
            raise OutsideFailed(f"token: {error.error}"[:80]) from error
        except (RequestException, ValueError, TypeError) as error:
            raise OutsideFailed(f"token: {type(error).__name__}") from error
        return answer

    def _checked(self, written: str, nonce: str, access_token: object) -> Mapping[str, Any]:
        """The claims of a token that is whole, new, theirs and for us."""
        from authlib.oidc.core import CodeIDToken  # noqa: PLC0415 - only who signs in so
        from joserfc.errors import JoseError  # noqa: PLC0415 - see above

        provider = self.provider
        try:
            token = self._decoded(written)
            claims = CodeIDToken(
                token.claims,
                token.header,
                options={
                    "iss": {"essential": True, "value": provider.issuer},
                    "aud": {"essential": True, "value": provider.client_id},
                    "sub": {"essential": True},
                    "exp": {"essential": True},
                    "iat": {"essential": True},
                },
                params={
                    "nonce": nonce,
                    "client_id": provider.client_id,
                    "access_token": access_token,
                },
            )
            claims.validate(now=int(self._now().timestamp()), leeway=_LEEWAY_S)
            found: Mapping[str, Any] = claims
        except (JoseError, ValueError, TypeError, KeyError) as error:
            raise OutsideFailed(f"id token: {error}"[:120]) from error
        said = found.get("nonce")
        if not isinstance(said, str) or not hmac.compare_digest(said.encode(), nonce.encode()):
            raise OutsideFailed("id token: nonce")
        return found

    def _decoded(self, written: str) -> Any:
        """A token whose signature holds, by the kind of key that this provider signs with."""
        from joserfc import jwt  # noqa: PLC0415 - only who signs in so
        from joserfc.errors import InvalidKeyIdError  # noqa: PLC0415 - see above
        from joserfc.jwk import KeySet, OctKey  # noqa: PLC0415 - see above

        provider = self.provider
        if provider.signs_by_secret and _algorithm(written) == _SHARED:
            return jwt.decode(
                written, OctKey.import_key(provider.client_secret), algorithms=[_SHARED]
            )
        known = self._read()
        try:
            return jwt.decode(written, KeySet.import_key_set(known.keys), algorithms=_BY_KEY)
        except (InvalidKeyIdError, ValueError):
            if known.read_at + _KEYS_AGAIN > self._now():
                raise
            keys = self._read(newer_than=known.read_at).keys
            return jwt.decode(written, KeySet.import_key_set(keys), algorithms=_BY_KEY)

    def _endpoint(self, name: str) -> str:
        found = self._read().metadata.get(name)
        if not isinstance(found, str) or not is_safe(found):
            raise OutsideFailed(f"no {name}")
        return found

    def _session(self, back: str) -> Any:
        from authlib.integrations.requests_client import OAuth2Session  # noqa: PLC0415 - see above

        provider = self.provider
        ways = self._read().metadata.get("token_endpoint_auth_methods_supported") or ()
        by_body = provider.wants_secret_in_body or (
            "client_secret_post" in ways and "client_secret_basic" not in ways
        )
        return OAuth2Session(
            client_id=provider.client_id,
            client_secret=provider.client_secret,
            token_endpoint_auth_method="client_secret_post" if by_body else "client_secret_basic",
            scope="openid email profile",
            redirect_uri=back,
            code_challenge_method="S256",
        )

    def _read(self, newer_than: datetime | None = None) -> _Known:
        """What the provider says of itself: as remembered, or asked for by one at a time."""
        with self._reading:
            known = self._known
            is_enough = (
                known is not None
                and known.read_at + _KEPT > self._now()
                and (newer_than is None or known.read_at > newer_than)
            )
            if known is None or not is_enough:
                known = self._known = self._asked()
            return known

    def _asked(self) -> _Known:
        issuer = self.provider.issuer
        metadata = self._fetched(f"{issuer.rstrip('/')}/.well-known/openid-configuration")
        if metadata.get("issuer") != issuer:
            raise OutsideFailed("it calls itself otherwise than it is called here")
        keys_at = metadata.get("jwks_uri")
        if not isinstance(keys_at, str) or not is_safe(keys_at):
            raise OutsideFailed("no jwks_uri")
        return _Known(metadata, self._fetched(keys_at), self._now())

    def _fetched(self, url: str) -> Mapping[str, Any]:
        """A JSON object from a provider: not too large, not too slow, and from nowhere else."""
        import requests  # noqa: PLC0415 - only who signs in so

        until = time.monotonic() + _DEADLINE_S
        body = b""
        try:
            with requests.get(
                url, timeout=self._timeout_s, allow_redirects=False, stream=True
            ) as answer:
                if answer.status_code != 200:  # noqa: PLR2004 - as the protocol says
                    raise OutsideFailed(f"it answered {answer.status_code}")
                for piece in answer.iter_content(64 * 1024):
                    body += piece
                    if len(body) > _MOST_BYTES or time.monotonic() > until:
                        raise OutsideFailed("its answer was too large or too slow")
            found = json.loads(body)
        except (requests.RequestException, ValueError) as error:
            raise OutsideFailed(type(error).__name__) from error
        if not isinstance(found, dict):
            raise OutsideFailed("its answer was no object")
        return found


def _named(claims: Mapping[str, Any]) -> Named:
    subject, mail = claims.get("sub"), claims.get("email")
    if not isinstance(subject, str) or not 1 <= len(subject) <= _LONGEST_SUBJECT:
        raise OutsideFailed("id token: sub")
    # Microsoft vouches for a mail address by a claim of its own.
    is_proven = claims.get("email_verified") is True or claims.get("xms_edov") in (True, 1, "1")
    fits = isinstance(mail, str) and "@" in mail and len(mail) <= _LONGEST_MAIL
    amr = claims.get("amr")
    return Named(
        issuer=str(claims["iss"]),
        subject=subject,
        mail=str(mail) if fits and is_proven else None,
        name=str(claims.get("name") or "")[:160].strip(),
        has_second_step=isinstance(amr, list) and not _SECOND_STEPS.isdisjoint(map(str, amr)),
    )


def _algorithm(written: str) -> str:
    """What a token says it is signed by: only to choose between two ways, both of them checked."""
    from joserfc import jws  # noqa: PLC0415 - only who signs in so

    found = jws.extract_compact(written.encode()).headers().get("alg")
    return str(found)
