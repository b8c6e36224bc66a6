"""Customers out of rows: who is known already, who is new."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

from oms_service.customers import bulk as customers
from oms_service.customers.states import IdentityKind, Tier
from oms_service.importing.report import Problem
from oms_service.importing.tables.loader import Group, Work, sift, twice
from oms_service.importing.tables.reading import Row, at
from oms_service.kernel.text import mail_key, phone_key

Key = tuple[IdentityKind, str]
PLACE: Final = ("postal_code", "region", "city", "line1")


def keys_of(values: Mapping[str, Any], *, scope: str) -> list[Key]:
    """By what a row's customer may be known, the surest first."""
    keys: list[Key] = []
    if values["customer_ref"]:
        keys.append(
            (
                IdentityKind.EXTERNAL,
                customers.external_key(values["customer_ref"], scope=scope),
            )
        )
    if values["mail"]:
        keys.append((IdentityKind.MAIL, mail_key(values["mail"])))
    if values["phone"] and not keys:
        keys.append((IdentityKind.PHONE, phone_key(values["phone"])))
    return keys


class People:
    """Finds or adds the customer of each row; remembers nobody between chunks."""

    def __init__(self, work: Work) -> None:
        self._work = work

    def find(self, rows: Sequence[Row]) -> tuple[dict[int, int], set[int]]:
        """Customer ids by row number, adding who is not there; and the rows that added one."""
        scope = self._work.channel.code
        wanted = {row.number: keys_of(row.values, scope=scope) for row in rows}
        session = self._work.uow.session
        known = customers.known(session, (key for keys in wanted.values() for key in keys))
        fresh = [row for row in rows if not any(key in known for key in wanted[row.number])]
        ids = iter(customers.reserve(session, len(fresh)))
        new: dict[int, Row] = {}
        identities: list[customers.IdentityRow] = []
        found: dict[int, int] = {}
        for row in rows:
            keys = wanted[row.number]
            customer_id = next((known[key] for key in keys if key in known), None)
            if customer_id is None:
                customer_id = next(ids)
                new[customer_id] = row
                identities += self._phone(row, customer_id, keys)
            found[row.number] = customer_id
            for key in keys:
                if key not in known:
                    known[key] = customer_id
                    identities.append(self._identity(row, customer_id, key))
        self._add(new, identities)
        return found, {row.number for row in new.values()}

    def _add(self, new: Mapping[int, Row], identities: list[customers.IdentityRow]) -> None:
        uow, locale = self._work.uow, self._work.channel.locale
        rows = [
            customers.CustomerRow(
                id=customer_id,
                family_name=row.values["family_name"] or "",
                given_name=row.values["given_name"] or "",
                family_name_kana=row.values["family_name_kana"] or "",
                given_name_kana=row.values["given_name_kana"] or "",
                search=searched(row.values),
                language=row.values["language"] or locale,
                tier=row.values.get("tier") or Tier.STANDARD,
                created_at=uow.now,
            )
            for customer_id, row in new.items()
        ]
        addresses = [
            _address(row.values, customer_id)
            for customer_id, row in new.items()
            if all(row.values[name] for name in PLACE)
        ]
        customers.add(uow.session, rows, identities, addresses)

    def _identity(self, row: Row, customer_id: int, key: Key) -> customers.IdentityRow:
        match key[0]:
            case IdentityKind.EXTERNAL:
                reference = row.values["customer_ref"]
                return customers.external(customer_id, reference, scope=self._work.channel.code)
            case IdentityKind.MAIL:
                return customers.mail(customer_id, row.values["mail"])
            case _:
                return customers.phone(customer_id, row.values["phone"])

    def _phone(
        self, row: Row, customer_id: int, keys: Sequence[Key]
    ) -> Iterable[customers.IdentityRow]:
        """A phone beside a better key is worth knowing, but alone it does not identify."""
        if row.values["phone"] and all(kind is not IdentityKind.PHONE for kind, _ in keys):
            return [customers.phone(customer_id, row.values["phone"])]
        return []


def full_name(values: Mapping[str, Any]) -> str:
    """Family name first where it is written in Japanese, else last."""
    family, given = values["family_name"] or "", values["given_name"] or ""
    names = (given, family) if f"{family}{given}".isascii() else (family, given)
    return " ".join(name for name in names if name)


def searched(values: Mapping[str, Any]) -> str:
    names = ("family_name", "given_name", "family_name_kana", "given_name_kana", "mail", "phone")
    return customers.search_text(*(values[name] or "" for name in names))


def _address(values: Mapping[str, Any], customer_id: int) -> customers.AddressRow:
    return customers.AddressRow(
        customer_id=customer_id,
        recipient=values["recipient"] or full_name(values),
        country=values["country"] or "JP",
        postal_code=values["postal_code"],
        region=values["region"],
        city=values["city"],
        line1=values["line1"],
        line2=values["line2"] or "",
        phone=values["phone"] or "",
    )


class CustomersLoader:
    """``oms import customers``."""

    def __init__(self, work: Work) -> None:
        self._work = work
        self._people = People(work)
        self._seen: set[str] = set()

    def take(self, groups: Sequence[Group]) -> list[Problem]:
        problems = twice(groups, ["customer_ref"], self._seen)
        rows = [group[0] for group in sift(groups, problems)]
        problems += self._mails(rows)
        rows = [group[0] for group in sift([(row,) for row in rows], problems)]
        found, fresh = self._people.find(rows)
        changed = self._correct([row for row in rows if row.number not in fresh], found)
        self._work.report.count(
            "customers",
            new=len(fresh),
            changed=changed,
            unchanged=len(rows) - len(fresh) - changed,
        )
        return problems

    def finish(self) -> None:
        """Nothing waits for the end."""

    def _mails(self, rows: Sequence[Row]) -> list[Problem]:
        """One mail address belongs to one customer, in the file and in the shop."""
        scope = self._work.channel.code
        wanted = {row.number: keys_of(row.values, scope=scope) for row in rows}
        known = customers.known(
            self._work.uow.session, (key for keys in wanted.values() for key in keys)
        )
        problems = []
        taken: dict[Key, int] = {}
        for row in rows:
            keys = wanted[row.number]
            owners = {known[key] for key in keys if key in known}
            mails = [key for key in keys if key[0] is IdentityKind.MAIL]
            if len(owners) > 1:
                problems.append(at(row.number, "mail", "belongs to another customer"))
            elif any(taken.setdefault(key, row.number) != row.number for key in mails):
                problems.append(at(row.number, "mail", "stood before"))
        return problems

    def _correct(self, rows: Sequence[Row], found: Mapping[int, int]) -> int:
        uow = self._work.uow
        before = customers.namings(uow.session, (found[row.number] for row in rows))
        changes = {}
        for row in rows:
            old, new = before[found[row.number]], row.values
            naming = customers.Naming(
                family_name=new["family_name"] or old.family_name,
                given_name=new["given_name"] or old.given_name,
                family_name_kana=new["family_name_kana"] or old.family_name_kana,
                given_name_kana=new["given_name_kana"] or old.given_name_kana,
                language=new["language"] or old.language,
                tier=new["tier"] or old.tier,
            )
            if naming != old:
                changes[found[row.number]] = (naming, searched(new))
        customers.rename(uow.session, changes)
        return len(changes)
