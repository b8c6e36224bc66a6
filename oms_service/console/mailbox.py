"""The demo's mailbox: what the shop wrote, since no mail leaves a demo, and answers to it.

An answer takes the way of all mail that comes in: only the server between is left out.
"""

from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime
from http import HTTPStatus
from pathlib import Path
from typing import Final

from flask import Blueprint, Response, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from oms_service.access import visitors
from oms_service.access.guard import public
from oms_service.adapters.mail.letters import CAGE
from oms_service.adapters.mail.mailbox import Letter, a_letter, letters
from oms_service.adapters.sms import box as short_messages
from oms_service.conversations import mail_in
from oms_service.kernel import ids
from oms_service.kernel.actors import Actor, ActorKind
from oms_service.kernel.errors import NotFound
from oms_service.runtime import runtime
from oms_service.web.texts import gettext

blueprint = Blueprint("mailbox", __name__, template_folder="templates")

LONGEST: Final = 5000
_OFTEN: Final = "60/hour"
_LONGEST_ID: Final = 64
_IN_A_DEMO: Final = "shown in a demo only, where every mail is an invented customer's"


@blueprint.get("/demo/mailbox")
@public(reason=_IN_A_DEMO)
def box() -> ResponseReturnValue:
    return _shown()


@blueprint.get("/demo/mailbox/<letter_id>/letter")
@public(reason=_IN_A_DEMO)
def as_letter(letter_id: str) -> Response:
    """A letter as mail programs show it, for a frame of the page."""
    found = a_letter(_folder(), letter_id)
    if found is None or not found.html:
        raise NotFound("no such letter")
    answer = Response(found.html, mimetype="text/html")
    answer.headers["Content-Security-Policy"] = CAGE
    answer.headers["X-Frame-Options"] = "SAMEORIGIN"
    return answer


@blueprint.post("/demo/mailbox/<letter_id>/answers")
@public(reason=_IN_A_DEMO)
def answer(letter_id: str) -> ResponseReturnValue:
    """Answer a letter as its reader would; sent twice, it is one mail."""
    found = a_letter(_folder(), letter_id)
    if found is None or not found.reply_to:
        raise NotFound("no such letter")
    text = request.form.get(f"text-{letter_id}", "").strip()
    if not text or len(text) > LONGEST:
        wrong = gettext("Please write something, in at most 5,000 characters.")
        return _shown(refused=letter_id, error=str(wrong)), HTTPStatus.UNPROCESSABLE_ENTITY
    house = runtime()
    house.limits.take("demo-mail", visitors.address(), _OFTEN)
    form_id = request.form.get("form_id", "")[:_LONGEST_ID]
    raw = _written(found, text, form_id if form_id.isalnum() else ids.readable_code(20))
    with house.unit_of_work(Actor(ActorKind.CUSTOMER)) as uow:
        mail_in.keep(uow, raw, way="demo")
    flash(gettext("Your answer is on its way. In a moment it stands in its case."), "success")
    return redirect(url_for("mailbox.box"), HTTPStatus.SEE_OTHER)


def _shown(*, refused: str = "", error: str = "") -> str:
    return render_template(
        "console/mailbox.html",
        letters=letters(_folder()),
        texts=short_messages.newest(runtime().settings.state_dir / "sms"),
        form_id=ids.readable_code(20),
        refused=refused,
        error=error,
        typed=request.form.get(f"text-{refused}", ""),
    )


def _folder() -> Path:
    return runtime().settings.state_dir / "mail"


def _written(letter: Letter, text: str, form_id: str) -> bytes:
    """The answer as a mail program sends it, with what it answers quoted below."""
    mail = EmailMessage(policy=SMTP)
    mail["From"] = Address(addr_spec=letter.to)
    mail["To"] = Address(addr_spec=letter.reply_to)
    mail["Subject"] = f"Re: {letter.subject}"
    mail["Date"] = format_datetime(runtime().clock.now())
    mail["Message-ID"] = f"<{form_id}@demo.example>"
    mail["In-Reply-To"] = mail["References"] = letter.message_id
    quoted = "\n".join(f"> {line}" for line in letter.text.splitlines())
    asked = f"On {letter.at:%a, %d %b %Y at %H:%M}, {runtime().settings.mail_from} wrote:"
    mail.set_content(f"{text}\n\n{asked}\n{quoted}\n", cte="base64")
    return mail.as_bytes()
