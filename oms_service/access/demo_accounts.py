"""Colleagues of the demo shop: one of each role, with one password that everybody may know.

They are made in a demo only, which listens on this machine alone. The password is no secret and
is printed at start; a real shop adds its people with ``oms staff add``.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Final

from oms_service.access import queries, staff
from oms_service.access.states import Role
from oms_service.infra.uow import UnitOfWork
from oms_service.kernel.languages import Language
from oms_service.settings import Settings

PASSWORD: Final = "order-desk-demo"  # noqa: S105 - printed at start, see above


@dataclass(frozen=True)
class Account:
    """A colleague to try the shop as."""

    mail: str
    name: str
    role: Role
    language: Language = Language.JAPANESE


ACCOUNTS: Final = (
    Account("agent@desk.example", "田中 葵", Role.AGENT),
    Account("agent.en@desk.example", "Grace Taylor", Role.AGENT, Language.ENGLISH),
    Account("lead@desk.example", "高橋 健太", Role.LEAD),
    Account("warehouse@desk.example", "伊藤 翔", Role.WAREHOUSE),
    Account("shop@desk.example", "渡辺 結衣", Role.SHOP),
    Account("operations@desk.example", "山本 直樹", Role.OPERATIONS),
    Account("auditor@desk.example", "中村 恵", Role.AUDITOR),
)


def ensure(uow: UnitOfWork, settings: Settings) -> int:
    """Add the accounts that are missing; answer how many. Those that exist stay as they are.

    Raises:
        ValueError: this is no demo.
    """
    if not settings.demo:
        raise ValueError("demo accounts are for a demo: DEMO is not set")
    added = 0
    for account in ACCOUNTS:
        if queries.staff_by_mail(uow.session, account.mail) is None:
            staff.add(
                uow,
                mail=account.mail,
                name=account.name,
                password=PASSWORD,
                roles=[account.role],
                language=account.language,
            )
            added += 1
    return added


def lines() -> list[str]:
    """What the start-up says: whom to sign in as."""
    width = max(len(account.mail) for account in ACCOUNTS)
    told = [f"{account.mail:<{width}}  {account.role}" for account in ACCOUNTS]
    return [*told, f"password {PASSWORD} (a demo's, on this machine only)"]


def write_down(folder: Path) -> None:
    """Leave the lines where ``oms up`` finds them."""
    (folder / "accounts.txt").write_text("\n".join(lines()) + "\n", encoding="utf-8")
