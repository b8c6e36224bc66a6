"""The rules as the shop has made them: who changed which, when, and what is in force."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, Final

from sqlalchemy import Connection, bindparam, func, select, tuple_
from sqlalchemy.orm import Session

from notifications.models import RuleVersion
from notifications.parts import Button, read
from notifications.render import MAY_BE_EMPTY, Wording, source
from notifications.rules import BY_TEMPLATE, RULES, Rule, Urgency
from oms_service.infra import locks
from oms_service.infra.hot import named
from oms_service.infra.uow import UnitOfWork
from oms_service.kernel.errors import Invalid, NotFound, Stale
from oms_service.kernel.languages import Language

Reader = Session | Connection

MOST_SUBJECT: Final = 200
MOST_BODY: Final = 4000
_HOURS: Final = range(24)
#: So many hours at most somebody has to read a notice before it is told by another way as well.
_UNREAD: Final = range(7 * 24 + 1)
#: Where a button may lead: to a page of the web, or to an address that is a fact.
_LINK: Final = re.compile(r"https?://[^\s/]|\{[a-z_]+\}(?:$|[/?#])", re.IGNORECASE)
#: What every text may say beside what its own template does.
_WITH_CODES: Final = frozenset({"code", "window", "refund", "amount", "day", "reason"})


@dataclass(frozen=True, kw_only=True)
class RuleView:
    """A rule with what the shop made of it; version 0 is as the house began."""

    rule: Rule
    version: int = 0
    texts: Mapping[Language, Wording] = field(default_factory=dict)
    back_to: int | None = None
    made_by: str = ""
    made_at: datetime | None = None

    def wording(self, language: Language) -> Wording:
        """Subject and body as they are said."""
        return self.texts.get(language) or source(self.rule.template, language)


@dataclass(frozen=True, kw_only=True)
class Wanted:
    """What a rule is to be. Texts that are those of the house need not be given."""

    is_on: bool
    urgency: Urgency
    once_a_day: bool
    quiet_from_h: int
    quiet_until_h: int
    texts: Mapping[Language, Wording]
    unread_h: int = 0


class NotWorded(Invalid):
    """A text says what no notice of its kind knows, or leaves out what it is for.

    ``fields`` has, by field such as ``body-ja``, ``unknown:NAME`` or ``missing:NAME``, ``empty``,
    ``long``, ``sign`` or ``link``.
    """


def in_force(reader: Reader, template: str) -> RuleView:
    """A rule as it holds now.

    Raises:
        NotFound: there is no such rule.
    """
    rule = _rule(template)
    row = _NEWEST.first(reader, template=template)
    return _view(rule, row) if row is not None else RuleView(rule=rule)


def all_in_force(reader: Reader) -> tuple[RuleView, ...]:
    """Every rule as it holds now, in the order of an order's life."""
    versions = select(RuleVersion.template, func.max(RuleVersion.version))
    newest = versions.group_by(RuleVersion.template)
    query = select(*_COLUMNS).where(tuple_(RuleVersion.template, RuleVersion.version).in_(newest))
    found = {row.template: row for row in reader.execute(query)}
    return tuple(
        _view(rule, found[rule.template]) if rule.template in found else RuleView(rule=rule)
        for rule in RULES
    )


def history(reader: Reader, template: str, *, limit: int = 30) -> tuple[RuleView, ...]:
    """What a rule was, the newest first; the house's own, version 0, is not among them."""
    rule = _rule(template)
    return tuple(_view(rule, row) for row in reader.execute(_versions(template).limit(limit)))


def one(reader: Reader, template: str, version: int) -> RuleView:
    """A rule as it was at a version.

    Raises:
        NotFound: it never was.
    """
    rule = _rule(template)
    if version == 0:
        return RuleView(rule=rule)
    query = select(*_COLUMNS).where(
        RuleVersion.template == template, RuleVersion.version == version
    )
    row = reader.execute(query).first()
    if row is None:
        raise NotFound(f"no version {version} of {template}")
    return _view(rule, row)


def change(uow: UnitOfWork, template: str, wanted: Wanted, *, version: int) -> RuleView:
    """Let a rule be so from now on; sent twice it is one change.

    Args:
        uow: its actor is who changes it.
        template: of which rule.
        wanted: what it is to be.
        version: of the rule as it was read.

    Raises:
        NotFound: there is no such rule.
        NotWorded: a text cannot be said.
        Invalid: hours that no day has; or it may not be switched off.
        Stale: somebody changed it meanwhile.
    """
    right = _checked(template, wanted)
    return _store(uow, template, right, version=version, back_to=None)


def go_back(uow: UnitOfWork, template: str, *, to: int, version: int) -> RuleView:
    """Take a former version up again, as a new one; 0 is as the house began.

    Raises:
        NotFound: the rule never was so.
        Stale: somebody changed it meanwhile.
    """
    former = one(uow.session, template, to)
    return _store(uow, template, _as_wanted(former), version=version, back_to=to)


def checked_texts(template: str, texts: Mapping[Language, Wording]) -> dict[Language, Wording]:
    """The texts that are not those of the house, tidied.

    Raises:
        NotFound: there is no such rule.
        NotWorded: one says what no notice of its kind knows, or leaves out what it is for.
    """
    _rule(template)
    found: dict[Language, Wording] = {}
    wrong: dict[str, str] = {}
    for language, typed in texts.items():
        tidy = Wording(
            " ".join(typed.subject.split()),
            "\n".join(line.rstrip() for line in typed.body.strip().splitlines()),
        )
        wrong |= {f"{name}-{language}": why for name, why in _problems(template, tidy).items()}
        if tidy != source(template, language):
            found[language] = tidy
    if wrong:
        raise NotWorded("a text cannot be said", wrong)
    return found


def goes_further(template: str) -> bool:
    """Whether a notice may be told by another way as well while nobody has read it."""
    return BY_TEMPLATE[template].unread_h > 0


def places(template: str) -> tuple[frozenset[str], frozenset[str]]:
    """What the texts of a rule may say, and what they must."""
    own = [source(template, language) for language in Language]
    may = frozenset().union(*(text.places for text in own))
    linked = {
        place for text in own for url in _links(text) for place in may if f"{{{place}}}" in url
    }
    must = (linked | (_WITH_CODES & may)) - MAY_BE_EMPTY
    return may, frozenset(must)


def _links(text: Wording) -> list[str]:
    """Where the buttons of a text lead, their places not yet filled in."""
    parts = map(read, text.body.split("\n"))
    return [part.url for part in parts if isinstance(part, Button)]


def _problems(template: str, text: Wording) -> dict[str, str]:
    wrong = {}
    for name, said, most in (
        ("subject", text.subject, MOST_SUBJECT),
        ("body", text.body, MOST_BODY),
    ):
        if problem := _problem_of(said, most):
            wrong[name] = problem
    if not all(_LINK.match(url) for url in _links(text)):
        wrong.setdefault("body", "link")
    may, must = places(template)
    in_subject = Wording(text.subject, "").places
    for name, used in (("subject", in_subject), ("body", Wording("", text.body).places)):
        unknown = sorted(used - may)
        if unknown:
            wrong.setdefault(name, f"unknown:{unknown[0]}")
    missing = sorted(must - text.places)
    if missing:
        wrong.setdefault("body", f"missing:{missing[0]}")
    return wrong


def _problem_of(said: str, most: int) -> str:
    """What is wrong with how a text is typed, as a code; empty where nothing is."""
    if not said:
        return "empty"
    if len(said) > most:
        return "long"
    return "sign" if any(not one.isprintable() and one != "\n" for one in said) else ""


def _checked(template: str, wanted: Wanted) -> Wanted:
    _rule(template)
    wrong = {
        name: "hour"
        for name in ("quiet_from_h", "quiet_until_h")
        if getattr(wanted, name) not in _HOURS
    }
    if wanted.unread_h not in (_UNREAD if goes_further(template) else range(1)):
        wrong["unread_h"] = "hours"
    if wrong:
        raise Invalid("no such hour", wrong)
    return replace(wanted, texts=checked_texts(template, wanted.texts))


def _store(
    uow: UnitOfWork, template: str, right: Wanted, *, version: int, back_to: int | None
) -> RuleView:
    locks.a_name(uow.session, f"notice-rule:{template}")
    now = in_force(uow.session, template)
    if _as_wanted(now) == right and (now.version == version or now.made_by == uow.actor.ref):
        return now
    if now.version != version:
        raise Stale("somebody changed the rule meanwhile")
    uow.session.add(
        RuleVersion(
            template=template,
            version=now.version + 1,
            is_on=right.is_on,
            urgency=right.urgency,
            once_a_day=right.once_a_day,
            quiet_from_h=right.quiet_from_h,
            quiet_until_h=right.quiet_until_h,
            unread_h=right.unread_h,
            texts={
                str(language): {"subject": text.subject, "body": text.body}
                for language, text in right.texts.items()
            },
            back_to=back_to,
            made_by=uow.actor.ref,
            made_at=uow.now,
        )
    )
    uow.session.flush()
    return in_force(uow.session, template)


def _as_wanted(view: RuleView) -> Wanted:
    rule = view.rule
    return Wanted(
        is_on=rule.is_on,
        urgency=rule.urgency,
        once_a_day=rule.once_a_day,
        quiet_from_h=rule.quiet_from_h,
        quiet_until_h=rule.quiet_until_h,
        unread_h=rule.unread_h,
        texts=dict(view.texts),
    )


def _rule(template: str) -> Rule:
    rule = BY_TEMPLATE.get(template)
    if rule is None:
        raise NotFound(f"no rule {template}")
    return rule


_COLUMNS: Final = (
    RuleVersion.template,
    RuleVersion.version,
    RuleVersion.is_on,
    RuleVersion.urgency,
    RuleVersion.once_a_day,
    RuleVersion.quiet_from_h,
    RuleVersion.quiet_until_h,
    RuleVersion.unread_h,
    RuleVersion.texts,
    RuleVersion.back_to,
    RuleVersion.made_by,
    RuleVersion.made_at,
)


def _versions(template: str) -> Any:
    return (
        select(*_COLUMNS)
        .where(RuleVersion.template == template)
        .order_by(RuleVersion.version.desc())
    )


_NEWEST: Final = named(
    select(*_COLUMNS)
    .where(RuleVersion.template == bindparam("template"))
    .order_by(RuleVersion.version.desc())
    .limit(1)
)


def _view(rule: Rule, row: Any) -> RuleView:
    return RuleView(
        rule=replace(
            rule,
            is_on=row.is_on,
            urgency=row.urgency,
            once_a_day=row.once_a_day,
            quiet_from_h=row.quiet_from_h,
            quiet_until_h=row.quiet_until_h,
            unread_h=row.unread_h,
        ),
        version=row.version,
        texts={
            Language(language): Wording(text["subject"], text["body"])
            for language, text in row.texts.items()
        },
        back_to=row.back_to,
        made_by=row.made_by,
        made_at=row.made_at,
    )
