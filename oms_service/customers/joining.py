"""Who an order is for: a person the shop knows by what is said of them, or a new one."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from sqlalchemy import Connection, bindparam, select
from sqlalchemy.orm import Session

from oms_service.customers import queries, service
from oms_service.customers.bulk import external_key, search_text
from oms_service.customers.models import Address, Customer, Identity
from oms_service.customers.states import IdentityKind
from oms_service.infra import locks
from oms_service.infra.hot import Hot, value
from oms_service.infra.uow import UnitOfWork
from oms_service.kernel.errors import Invalid
from oms_service.kernel.languages import Language
from oms_service.kernel.text import mail_key, phone_key

_WHOSE: Final = Hot(
    select(Identity.customer_id).where(
        Identity.kind == bindparam("kind"), Identity.key == bindparam("key")
    ),
    value,
)
_LONGEST: Final = {
    "ref": 80,
    "mail": 320,
    "phone": 40,
    "family_name": 80,
    "given_name": 80,
    "family_name_kana": 80,
    "given_name_kana": 80,
}


@dataclass(frozen=True, kw_only=True)
class Person:
    """What is said of a customer. ``ref`` is how the channel ``scope`` calls them.

    By reference and mail address one is known; a phone belongs to a household.
    """

    scope: str
    ref: str = ""
    mail: str = ""
    phone: str = ""
    family_name: str = ""
    given_name: str = ""
    family_name_kana: str = ""
    given_name_kana: str = ""
    language: Language = Language.JAPANESE
    address: Mapping[str, str] | None = None


@dataclass(frozen=True)
class Joined:
    """The customer, and whether this call added them."""

    customer_id: int
    is_new: bool


def known_or_new(uow: UnitOfWork, person: Person) -> Joined:
    """The customer of that reference or mail address, added where there is none; once.

    What is known of somebody already stays as it is, but a reference that is new is added.

    Raises:
        Invalid: neither reference nor mail address, or a text that is too long.
        IdentityTaken: the reference and the mail address are of two people.
        NotFound: the customer has been erased.
    """
    _check(person)
    keys = list(_keys(person))
    known = {(kind, key): _of(uow, kind, key) for kind, key, _shown in keys}
    if None in known.values():
        for kind, key, _shown in sorted(keys):
            locks.a_name(uow.session, f"identity {kind} {key}")
        known = {(kind, key): _of(uow, kind, key) for kind, key, _shown in keys}
    customer_id = next((found for found in known.values() if found is not None), None)
    if customer_id is None:
        return Joined(_add(uow, person, keys), is_new=True)
    in_force = service.in_force(uow, customer_id)
    for kind, key, shown in keys:
        of = known[kind, key]
        if of is None:
            _write(uow, in_force, kind, key, shown)
        elif of != customer_id and service.in_force(uow, of) != in_force:
            raise service.IdentityTaken(f"another customer has this {kind}")
    return Joined(in_force, is_new=False)


def known(reader: Connection | Session, ref: str, *, scope: str) -> int:
    """The customer a channel calls so; 0, which is nobody, where it knows none.

    Raises:
        Invalid: no channel was named, so that the reference says nothing.
    """
    if not scope:
        raise Invalid("whose reference is it?", {"customer": "needs the channel as well"})
    query = select(Identity.customer_id).where(
        Identity.kind == IdentityKind.EXTERNAL, Identity.key == external_key(ref, scope=scope)
    )
    found = reader.execute(query).scalar_one_or_none()
    return queries.root(reader, found) if found is not None else 0


def is_of_one(reader: Connection | Session, customer_id: int, *, scope: str) -> bool:
    """Whether a channel made somebody known itself, by its reference, and no other calls them any.

    A reference that was added to somebody who was known before makes them nobody's own.
    """
    found = queries.identities(reader, queries.family(reader, customer_id))
    own = external_key("", scope=scope)
    references = [one.key for one in found if one.kind is IdentityKind.EXTERNAL]
    was_first = bool(found) and found[0].kind is IdentityKind.EXTERNAL
    return was_first and all(key.startswith(own) for key in references)


def _check(person: Person) -> None:
    wrong = {}
    for name, longest in _LONGEST.items():
        said = getattr(person, name)
        if len(said) > longest:
            wrong[name] = f"is longer than {longest} characters"
        elif "\0" in said:
            wrong[name] = "has characters that cannot be stored"
    if person.mail and "@" not in person.mail.strip(" @"):
        wrong["mail"] = "is not a mail address"
    if not person.ref.strip() and not person.mail.strip():
        wrong["mail"] = "is missing, and so is a reference"
    if wrong:
        raise Invalid("this customer cannot be found or added", wrong)


def _keys(person: Person) -> Iterator[tuple[IdentityKind, str, str]]:
    if person.ref.strip():
        key = external_key(person.ref.strip(), scope=person.scope)
        yield IdentityKind.EXTERNAL, key, person.ref.strip()
    if person.mail.strip():
        yield IdentityKind.MAIL, mail_key(person.mail), person.mail.strip()


def _of(uow: UnitOfWork, kind: IdentityKind, key: str) -> int | None:
    return _WHOSE.first(uow.session, kind=kind, key=key)


def _add(uow: UnitOfWork, person: Person, keys: list[tuple[IdentityKind, str, str]]) -> int:
    names = (
        person.family_name.strip(),
        person.given_name.strip(),
        person.family_name_kana.strip(),
        person.given_name_kana.strip(),
    )
    row = Customer(
        family_name=names[0],
        given_name=names[1],
        family_name_kana=names[2],
        given_name_kana=names[3],
        search=search_text(*names, person.mail, person.phone),
        language=person.language,
        created_at=uow.now,
    )
    uow.session.add(row)
    uow.session.flush()
    for kind, key, shown in keys:
        _write(uow, row.id, kind, key, shown)
    if phone_key(person.phone):
        _write(uow, row.id, IdentityKind.PHONE, phone_key(person.phone), person.phone.strip())
    if person.address is not None:
        uow.session.add(Address(customer_id=row.id, is_default=True, **person.address))
    uow.session.flush()
    return row.id


def _write(uow: UnitOfWork, customer_id: int, kind: IdentityKind, key: str, shown: str) -> None:
    uow.session.add(Identity(customer_id=customer_id, kind=kind, key=key, shown=shown))
