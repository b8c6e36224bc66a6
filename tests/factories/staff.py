"""Colleagues, sign-ins and keys."""

from collections.abc import Mapping
from weakref import WeakKeyDictionary

from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from oms_service.access import keys, sessions, staff
from oms_service.access.queries import KeyView, StaffView
from oms_service.access.states import Role
from oms_service.infra.uow import UnitOfWork
from oms_service.kernel.languages import Language
from oms_service.web import csrf

PASSWORD = "correct horse battery"
_proofs: WeakKeyDictionary[FlaskClient, tuple[tuple[str | None, ...], str]] = WeakKeyDictionary()


def make_staff(
    uow: UnitOfWork,
    *roles: Role,
    mail: str | None = None,
    name: str = "田中 葵",
    language: Language = Language.JAPANESE,
) -> StaffView:
    """A colleague, an agent unless said otherwise, with ``PASSWORD``."""
    wanted = roles or (Role.AGENT,)
    return staff.add(
        uow,
        mail=mail or f"{wanted[0]}@shop.example",
        name=name,
        password=PASSWORD,
        roles=wanted,
        language=language,
    )


def make_key(uow: UnitOfWork, *scopes: str, label: str = "a test") -> tuple[KeyView, str]:
    """A key and its secret."""
    return keys.create(uow, label=label, scopes=scopes)


def bearer(secret: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {secret}"}


def proof(client: FlaskClient, page: str = "/staff/sign-in") -> str:
    """The proof of origin that this browser's pages carry; read anew when its cookies changed."""
    known, shown = _proofs.get(client, ((), ""))
    if shown and known == _cookies(client):
        return shown
    found = client.get(page, follow_redirects=True).text
    marker = f'name="{csrf.FIELD}" value="'
    shown = found.partition(marker)[2].partition('"')[0]
    _proofs[client] = (_cookies(client), shown)
    return shown


def _cookies(client: FlaskClient) -> tuple[str | None, ...]:
    kept = (client.get_cookie(name) for name in (csrf.COOKIE, *sessions.COOKIES.values()))
    return tuple(None if cookie is None else cookie.value for cookie in kept)


def post(client: FlaskClient, path: str, data: Mapping[str, object] | None = None) -> TestResponse:
    """Send a form as one of our own pages would."""
    return client.post(path, data={csrf.FIELD: proof(client), **(data or {})})


def sign_in(
    client: FlaskClient, mail: str = "agent@shop.example", password: str = PASSWORD
) -> TestResponse:
    """Come in by the staff entrance."""
    return post(client, "/staff/sign-in", {"mail": mail, "password": password})
