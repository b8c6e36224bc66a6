"""One-time codes by mail: six digits, ten minutes, five tries, for known addresses only.

Whoever asks hears the same words whether or not the address is known. Call ``may_ask`` and
``may_try`` before the transaction: they count how often, by address and by mail.
"""

import hashlib
import hmac
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import select, update

from oms_service.access.models import LoginCode
from oms_service.conversations import service as conversations
from oms_service.customers import queries as customers
from oms_service.customers import service as people
from oms_service.infra.limits import Limits
from oms_service.infra.uow import UnitOfWork
from oms_service.kernel import ids
from oms_service.kernel.languages import Language
from oms_service.kernel.text import mail_key

DIGITS: Final = 6
LIFETIME: Final = timedelta(minutes=10)
TRIES: Final = 5

_ASK_PER_MAIL: Final = "5/hour"
_ASK_PER_ADDRESS: Final = "20/hour"
_TRY_PER_ADDRESS: Final = "40/hour"

#: Without the code: a subject is shown on locked screens, and stays in the thread.
_SUBJECT: Final = {
    Language.JAPANESE: "確認コードのお知らせ",
    Language.ENGLISH: "Your code",
}
_TEXT: Final = {
    Language.JAPANESE: (
        "確認コードは {code} です。\n\n"
        "コードをお求めになった画面に、{minutes}分以内にご入力ください。"
        "お心当たりがない場合は、このメールを破棄してください。コードは誰にも伝えないでください。"
    ),
    Language.ENGLISH: (
        "Your code is {code}.\n\n"
        "Enter it within {minutes} minutes on the page that asked for it. "
        "If you did not ask, ignore this mail. Tell the code to nobody."
    ),
}


def may_ask(limits: Limits, *, mail: str, address: str) -> None:
    """Count a wish for a code.

    Raises:
        TooMany: this mail or this address has asked too often.
    """
    limits.take("code-ask-address", address, _ASK_PER_ADDRESS)
    limits.take("code-ask-mail", mail_key(mail), _ASK_PER_MAIL)


def may_try(limits: Limits, *, address: str) -> None:
    """Count a try at a code; the tries at one code are counted with the code itself.

    Raises:
        TooMany: this address has tried too often.
    """
    limits.take("code-try-address", address, _TRY_PER_ADDRESS)


def send_code(uow: UnitOfWork, mail: str, language: Language) -> None:
    """Send a new code to a known address; to an unknown one nothing, without saying so.

    The newest code is the only one that counts.
    """
    key, code = mail_key(mail), ids.numeric_code(DIGITS)
    customer = customers.by_mail(uow.session, key)
    uow.session.add(
        LoginCode(
            identity_key=key,
            customer_id=customer.id if customer else None,
            digest=_digest(key, uow.now, code),
            created_at=uow.now,
            expires_at=uow.now + LIFETIME,
        )
    )
    uow.session.flush()
    if customer is None:
        return
    minutes = int(LIFETIME.total_seconds() // 60)
    conversations.say_by_mail(
        uow,
        to=key,
        customer_id=customer.id,
        language=language,
        subject=_SUBJECT[language],
        text=_TEXT[language].format(code=code, minutes=minutes),
        is_secret=True,
    )


def check_code(uow: UnitOfWork, mail: str, code: str) -> int | None:
    """The customer whose code this is, once; None for anything else, which costs one try.

    A wrong try counts only if the transaction commits: never raise because of a None.
    """
    key = mail_key(mail)
    newest = (
        select(LoginCode.id)
        .where(LoginCode.identity_key == key)
        .order_by(LoginCode.id.desc())
        .limit(1)
        .scalar_subquery()
    )
    tried = uow.session.execute(
        update(LoginCode)
        .where(
            LoginCode.id == newest,
            LoginCode.attempts < TRIES,
            LoginCode.used_at.is_(None),
            LoginCode.expires_at > uow.now,
        )
        .values(attempts=LoginCode.attempts + 1)
        .returning(LoginCode.id, LoginCode.digest, LoginCode.customer_id, LoginCode.created_at)
        .execution_options(synchronize_session=False)
    ).one_or_none()
    if tried is None:
        return None
    is_right = hmac.compare_digest(_digest(key, tried.created_at, plain(code)), tried.digest)
    if not is_right or tried.customer_id is None:
        return None
    uow.session.execute(
        update(LoginCode)
        .where(LoginCode.id == tried.id)
        .values(used_at=uow.now)
        .execution_options(synchronize_session=False)
    )
    people.prove_mail(uow, key)
    return int(tried.customer_id)


def plain(code: str) -> str:
    """The digits of a code as typed: full-width, with spaces or hyphens between them."""
    return "".join(str(int(one)) for one in code if one.isdecimal())


def _digest(key: str, made_at: datetime, code: str) -> str:
    """Slow on purpose: a million codes are soon tried by whoever holds a copy of the table."""
    salt = f"{key}|{made_at.isoformat()}".encode()
    return hashlib.scrypt(code.encode(), salt=salt, n=2**14, r=8, p=1, dklen=32).hex()
