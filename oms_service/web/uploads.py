"""Files at the edge: how they come in with a request, and how they are shown again.

A route that takes files says so with ``takes_files``; every other one refuses large bodies before
anybody reads them. What came is looked at and stored before the transaction that sends it.
"""

import io
import math
import re
from collections.abc import Callable
from contextlib import suppress
from http import HTTPStatus
from typing import IO, Final, TypeVar
from urllib.parse import quote

from flask import Flask, Response, jsonify, request, url_for
from werkzeug.exceptions import ServiceUnavailable

from oms_service.access import visitors
from oms_service.conversations import attachments, attachments_content, attachments_queries
from oms_service.conversations.attachments import Enclosed, TooManyFiles
from oms_service.conversations.attachments_content import (
    FileTooLarge,
    FileTypeRefused,
    FileUnreadable,
)
from oms_service.conversations.attachments_queries import AttachmentView, Place
from oms_service.conversations.states import MediaType
from oms_service.kernel import ids
from oms_service.kernel.actors import Actor, ActorKind
from oms_service.kernel.errors import DomainError, Invalid, NotFound, TooMany
from oms_service.ports.files import NoSuchFile
from oms_service.runtime import Runtime
from oms_service.settings import MEGABYTE
from oms_service.web.texts import N_, gettext

#: Names of fields: files that come with the form, and those that were sent before it.
FILES: Final = "files"
SENT_BEFORE: Final = "file"
#: Files one address may send, far more than a person does.
PER_ADDRESS: Final = "120/10 minutes"
#: Of what visitors nobody knows may send in a day, one address may send one part of so many.
_ADDRESSES_AT_ONCE: Final = 10
#: What a form says besides its files.
_REST: Final = 1024 * 1024
_RETRY_S: Final = 5
_MARK: Final = "_oms_takes_files"
#: What is shown runs no script, loads nothing, and belongs to no origin.
_CAGE: Final = "default-src 'none'; style-src 'unsafe-inline'; sandbox"

F = TypeVar("F", bound=Callable[..., object])

_KEY: Final = re.compile(r"[A-Za-z0-9_-]{8,64}")
_FAILED: Final = N_("This file could not be sent. Please try again.")
_REFUSALS: Final = {
    FileTooLarge.code: N_("One file is larger than %(most)s MB."),
    FileTypeRefused.code: N_("Photos (JPEG, PNG, WebP), PDF and plain text can be sent."),
    FileUnreadable.code: N_("One file could not be read. Please take the photo again."),
    TooManyFiles.code: N_("That is more than can be sent here. Please choose fewer files."),
    TooMany.code: N_("That was a little fast. Please wait a moment and send it again."),
}


def takes_files(view: F) -> F:
    """Let a route take as much as the files of one message may be; written above its guard."""
    setattr(view, _MARK, True)
    return view


def register(app: Flask, runtime: Runtime) -> None:
    """Register before whoever reads forms: the limit must be known by then."""
    rules = runtime.settings.attachment_rules
    most = rules.per_message * rules.file_bytes + _REST
    app.jinja_env.globals.update(
        file_rules=rules,
        file_mb=runtime.settings.attachment_mb,
        file_types=attachments_content.ACCEPTED,
    )

    @app.before_request
    def widen() -> None:
        if are_taken(app):
            request.max_content_length = most


def are_taken(app: Flask) -> bool:
    """Whether the route of this request takes files."""
    return getattr(app.view_functions.get(request.endpoint or ""), _MARK, False) is True


def take_in(
    house: Runtime,
    actor: Actor,
    stream: IO[bytes],
    *,
    name: str,
    scope: str,
    key: str,
    sender: str = "",
) -> AttachmentView:
    """Look at a file, store it, and answer it as one that waits to be sent.

    Args:
        house: whose store it goes to.
        actor: who sends it.
        stream: its content.
        name: as its sender calls it.
        scope: who may send it on, such as ``customer:12``.
        key: the sender's own name for this upload: the same again is the same file.
        sender: who it counts for; the request's address unless it came another way.

    Raises:
        FileTooLarge, FileTypeRefused, FileUnreadable: it is nothing that is kept.
        KeyReused, TooManyFiles, TooMany: as their names say.
        ServiceUnavailable: the store is away.
    """
    sender = sender or visitors.address()
    house.limits.take("upload", sender, PER_ADDRESS)
    rules = house.settings.attachment_rules
    prepared = attachments_content.prepare(stream, name, most_bytes=rules.file_bytes)
    if actor.kind is ActorKind.CUSTOMER and not actor.id:
        _take_room(house, sender, len(prepared.content) + len(prepared.preview or b""))
    with house.unit_of_work(actor) as uow:
        begun = attachments.begin(uow, scope=scope, key=key, prepared=prepared)
    if begun.is_stored:
        return begun.view
    try:
        house.files.put(begun.store_key, io.BytesIO(prepared.content))
        if begun.preview_key is not None and prepared.preview is not None:
            house.files.put(begun.preview_key, io.BytesIO(prepared.preview))
    except OSError:
        raise ServiceUnavailable(retry_after=_RETRY_S) from None
    try:
        with house.unit_of_work(actor) as uow:
            return attachments.finish(uow, begun.view.id)
    except NotFound:
        for gone in (begun.store_key, begun.preview_key):
            with suppress(OSError):
                house.files.delete(gone or begun.store_key)
        raise


def _take_room(house: Runtime, sender: str, size_bytes: int) -> None:
    """Count what a visitor sends whom nobody knows: they share what the shop has room for.

    Raises:
        TooManyFiles: it is used up, for this address or for all of them, until tomorrow.
    """
    most, started_mb = house.settings.strangers_mb, math.ceil(size_bytes / MEGABYTE)
    shares = {sender: max(1, most // _ADDRESSES_AT_ONCE), "": most}
    try:
        for who, share in shares.items():
            house.limits.take("upload-mb", who, f"{share}/day", cost=started_mb)
    except TooMany:
        raise TooManyFiles("visitors have sent as much as they may today") from None


def taken_with_form(house: Runtime, actor: Actor, *, scope: str, key: str) -> Enclosed:
    """What the files of this request's form are: sent before by script, or in the form itself.

    ``key`` names the form, so that pressing twice sends nothing twice.

    Raises:
        TooManyFiles: there are more than one message may have; nothing was stored.
        DomainError: as ``take_in``.
    """
    rules = house.settings.attachment_rules
    before = [one[:43] for one in request.form.getlist(SENT_BEFORE) if one]
    came = [one for one in request.files.getlist(FILES) if one.filename]
    if len(before) + len(came) > rules.per_message:
        raise TooManyFiles(f"at most {rules.per_message} files at once")
    made = [
        take_in(
            house,
            actor,
            one.stream,
            name=one.filename or "",
            scope=scope,
            key=f"{key or ids.token()}:{place}",
        ).public_id
        for place, one in enumerate(came)
    ]
    return Enclosed(scope=scope, ids=[*before, *made], rules=rules)


def answer_ahead(
    house: Runtime,
    actor: Actor,
    *,
    scope: str,
    told: Callable[[AttachmentView], dict[str, object]],
) -> Response:
    """Take in the one file a script sends ahead of its form, and tell the script of it."""
    came = [one for one in request.files.getlist(FILES) if one.filename]
    key = request.form.get("key", "")
    try:
        if len(came) != 1 or not _KEY.fullmatch(key):
            raise Invalid("one file with its key", {"files": "one file is needed"})
        view = take_in(
            house, actor, came[0].stream, name=came[0].filename or "", scope=scope, key=key
        )
    except DomainError as error:
        words = refusal(house, error) or str(gettext(_FAILED))
        answer = jsonify(error=error.code, words=words)
        answer.status_code = error.http_status
        return answer
    made = jsonify(told(view))
    made.status_code = HTTPStatus.CREATED
    return made


def refusal(house: Runtime, error: DomainError) -> str | None:
    """Why files were refused, in words for whoever sent them; None of other errors."""
    words = _REFUSALS.get(error.code)
    return None if words is None else str(gettext(words, most=house.settings.attachment_mb))


def as_sent(view: AttachmentView, *, url: str, preview_url: str) -> dict[str, object]:
    """A file that waits to be sent, as scripts of ours read it."""
    return {
        "id": view.public_id,
        "name": view.name,
        "type": str(view.media_type),
        "size_bytes": view.size_bytes,
        "url": url,
        "preview_url": preview_url if view.is_picture else None,
    }


def of_customer(view: AttachmentView) -> dict[str, object]:
    """A file with where its customer finds it."""
    return as_sent(
        view,
        url=url_for("files.content", public_id=view.public_id),
        preview_url=url_for("files.preview", public_id=view.public_id),
    )


def waiting(
    house: Runtime,
    scope: str,
    *,
    told: Callable[[AttachmentView], dict[str, object]] = of_customer,
) -> list[dict[str, object]]:
    """What was sent ahead of this request's form, which was refused: it is not lost."""
    before = [one[:43] for one in request.form.getlist(SENT_BEFORE)]
    with house.database.reading() as connection:
        there = attachments_queries.waiting(connection, scope, before)
    return [told(one) for one in there]


def show(house: Runtime, place: Place, *, is_preview: bool = False) -> Response:
    """The content of a file, for somebody who may see it: nothing in it can act.

    Raises:
        NotFound: it has no preview, or its content is gone.
        ServiceUnavailable: the store is away.
    """
    key = place.preview_key if is_preview else place.store_key
    if key is None:
        raise NotFound("no such file")
    try:
        found = house.files.get(key)
    except NoSuchFile:
        raise NotFound("no such file") from None
    except OSError:
        raise ServiceUnavailable(retry_after=_RETRY_S) from None
    media_type = MediaType.JPEG if is_preview else place.view.media_type
    said = "text/plain; charset=utf-8" if media_type is MediaType.TEXT else str(media_type)
    # Pictures are our own encoding of what came; anything else is saved, never opened here.
    way = "inline" if place.view.is_picture else "attachment"
    answer = Response(found.chunks, content_type=said)
    answer.content_length = found.size
    answer.headers["Content-Disposition"] = (
        f"{way}; filename*=UTF-8''{quote(place.view.name, safe='')}"
    )
    answer.headers["Content-Security-Policy"] = _CAGE
    answer.headers["X-Content-Type-Options"] = "nosniff"
    answer.headers["Cross-Origin-Resource-Policy"] = "same-origin"
    answer.headers["Cache-Control"] = "private, max-age=300"
    return answer
