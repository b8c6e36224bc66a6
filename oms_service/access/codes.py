"""One-time codes and links by mail: ten minutes, five tries, once, for known addresses only.

Whoever asks hears the same words whether or not the address is known. Call ``may_ask`` and
``may_try`` before the transaction: they count how often, by address and by mail.
"""

import hashlib
import hmac
from datetime import datetime, timedelta
from typing import Final
from urllib.parse import urlencode

from itsdangerous import BadSignature, URLSafeSerializer
from sqlalchemy import ColumnElement, exists, select, update
from sqlalchemy.orm import aliased

from oms_service.access.models import LoginCode
from oms_service.access.queries import Reader
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

#: Below the code, where the mail was asked for at the entrance: it works in any browser.
_LINK: Final = {
    Language.JAPANESE: (
        "\n\n次のリンクを開き、「サインイン」を押していただいても結構です。"
        "リンクは1回のみ、{minutes}分間有効です。\n{url}"
    ),
    Language.ENGLISH: (
        '\n\nOr open this link and press "Sign in". It works once, for {minutes} minutes.\n{url}'
    ),
}
#: Longer text is no link of ours and is not looked at.
_LONGEST: Final = 200


class MailLinks:
    """Writes and reads the links in mails. Opened, one shows a button: only that signs in."""

    def __init__(self, secret_key: str, public_url: str) -> None:
        self._signer = URLSafeSerializer(secret_key, salt="sign-in-link")
        self._base = public_url.rstrip("/")

    def url(self, code_id: int, next_path: str) -> str:
        """The address that stands for a code that was sent."""
        said = {"key": self._signer.dumps(code_id), **({"next": next_path} if next_path else {})}
        return f"{self._base}/sign-in/link?{urlencode(said)}"

    def read(self, key: str) -> int | None:
        """The id of the code it stands for; None for what we never wrote."""
        if len(key) > _LONGEST:
            return None
        try:
            return int(self._signer.loads(key))
        except (BadSignature, TypeError, ValueError):
            return None


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


def came_in(limits: Limits, *, mail: str, address: str) -> None:
    """Uncount the wish and the try of a code that was right: it let its customer in.

    Args:
        limits: where they were counted.
        mail: the one that the code was sent to.
        address: where it was typed, or its link opened.
    """
    limits.give_back("code-ask-mail", mail_key(mail), _ASK_PER_MAIL)
    limits.give_back("code-try-address", address, _TRY_PER_ADDRESS)


def send_code(
    uow: UnitOfWork,
    mail: str,
    language: Language,
    *,
    links: MailLinks | None = None,
    next_path: str = "",
) -> None:
    """Send a new code to a known address; to an unknown one nothing, without saying so.

    The newest code is the only one that counts.

    Args:
        uow: the transaction.
        mail: as typed.
        language: of the mail.
        links: who writes the link that stands beside the code; none where only the code helps.
        next_path: where on this site the link leads on to.
    """
    key, code = mail_key(mail), ids.numeric_code(DIGITS)
    customer = customers.by_mail(uow.session, key)
    row = LoginCode(
        identity_key=key,
        customer_id=customer.id if customer else None,
        digest=_digest(key, uow.now, code),
        created_at=uow.now,
        expires_at=uow.now + LIFETIME,
    )
    uow.session.add(row)
    uow.session.flush()
    if customer is None:
        return
    minutes = int(LIFETIME.total_seconds() // 60)
    text = _TEXT[language].format(code=code, minutes=minutes)
    if links is not None:
        url = links.url(row.id, next_path)
        text += _LINK[language].format(minutes=minutes, url=url)
    conversations.say_by_mail(
        uow,
        to=key,
        customer_id=customer.id,
        language=language,
        subject=_SUBJECT[language],
        text=text,
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
    # The record first, as whoever merges or erases it does: neither happens before this is done.
    asked_by = uow.session.scalar(select(LoginCode.customer_id).where(LoginCode.id == newest))
    held = people.held_in_force(uow, asked_by)
    tried = uow.session.execute(
        update(LoginCode)
        .where(
            LoginCode.id == newest,
            LoginCode.attempts < TRIES,
            LoginCode.used_at.is_(None),
            LoginCode.expires_at > uow.now,
        )
        .values(attempts=LoginCode.attempts + 1)
        .returning(LoginCode.id, LoginCode.digest, LoginCode.created_at)
        .execution_options(synchronize_session=False)
    ).one_or_none()
    if tried is None:
        return None
    is_right = hmac.compare_digest(_digest(key, tried.created_at, plain(code)), tried.digest)
    if not is_right or held is None:
        return None
    uow.session.execute(
        update(LoginCode)
        .where(LoginCode.id == tried.id)
        .values(used_at=uow.now)
        .execution_options(synchronize_session=False)
    )
    people.prove_mail(uow, key)
    return held


def mail_of_link(reader: Reader, links: MailLinks, key: str, now: datetime) -> str | None:
    """To which address a link that still counts was sent; None for any other."""
    code_id = links.read(key)
    if code_id is None:
        return None
    return reader.execute(
        select(LoginCode.identity_key).where(*_counts(code_id, now))
    ).scalar_one_or_none()


def check_link(uow: UnitOfWork, links: MailLinks, key: str) -> int | None:
    """The customer to whom a link was sent, once; None for one that does not count.

    A link counts as long as its code does: not after it, nor after a newer one or too many tries.
    """
    code_id = links.read(key)
    if code_id is None:
        return None
    asked_by = uow.session.scalar(select(LoginCode.customer_id).where(LoginCode.id == code_id))
    held = people.held_in_force(uow, asked_by)
    used = uow.session.execute(
        update(LoginCode)
        .where(*_counts(code_id, uow.now))
        .values(used_at=uow.now)
        .returning(LoginCode.identity_key)
        .execution_options(synchronize_session=False)
    ).one_or_none()
    if used is None or held is None:
        return None
    people.prove_mail(uow, used.identity_key)
    return held


def plain(code: str) -> str:
    """The digits of a code as typed: full-width, with spaces or hyphens between them."""
    return "".join(str(int(one)) for one in code if one.isdecimal())


def _counts(code_id: int, now: datetime) -> tuple[ColumnElement[bool], ...]:
    """That a code was sent to a customer, is their newest, and was neither used nor tried out."""
    newer = aliased(LoginCode)
    is_newest = ~exists().where(
        newer.identity_key == LoginCode.identity_key, newer.id > LoginCode.id
    )
    return (
        LoginCode.id == code_id,
        LoginCode.customer_id.is_not(None),
        LoginCode.used_at.is_(None),
        LoginCode.attempts < TRIES,
        LoginCode.expires_at > now,
        is_newest,
    )


def _digest(key: str, made_at: datetime, code: str) -> str:
    """Slow on purpose: a million codes are soon tried by whoever holds a copy of the table."""
    salt = f"{key}|{made_at.isoformat()}".encode()
    return hashlib.scrypt(code.encode(), salt=salt, n=2**14, r=8, p=1, dklen=32).hex()
