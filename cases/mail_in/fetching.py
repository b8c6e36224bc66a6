"""Looking into the shop's mailbox: each mail is kept and remembered, then marked as read there.

A process that dies in between leaves a mail unmarked, which is of no consequence: where one stands
is what our own row says. Numbers that the server has given anew lead to what nobody has read.
"""

from dataclasses import dataclass
from typing import Final

import structlog

from oms_service.adapters.mail.imap import MailBoxAway, MailRefused, Opened, Place, opened
from oms_service.conversations import mail_in
from oms_service.conversations.events import MailBoxDue
from oms_service.conversations.mail_in import Box
from oms_service.infra import locks
from oms_service.infra.subscribers import Outside

log = structlog.get_logger(__name__)

#: So many mails are fetched in one go; the next look goes on with the others.
BATCH: Final = 50
#: Why a mailbox is in trouble from which all but one mail came.
MAIL_REFUSED: Final = "mail_refused"


@dataclass(frozen=True)
class Fetching:
    """The effect that looks into the mailbox; one at a time, whoever else is due leaves it be."""

    place: Place
    most_bytes: int

    def look(self, outside: Outside, event: MailBoxDue) -> None:
        """Keep what is new. A server that is away is noted, and asked again in its time."""
        with locks.free_turn(outside.database, f"mail box {self.place.key}") as is_mine:
            if not is_mine:
                return
            with outside.unit_of_work() as uow:
                box = mail_in.box(uow, self.place.key)
            if box.id != event.letter_box_id:
                return  # the settings name another mailbox by now
            try:
                with opened(self.place) as found:
                    self._fetch(outside, found, box)
            except MailBoxAway as error:
                log.warning("mail_box.away", letter_box_id=box.id, cause=error.why)
                with outside.unit_of_work() as uow:
                    mail_in.note_trouble(uow, box.id, error.why)

    def _fetch(self, outside: Outside, found: Opened, box: Box) -> None:
        is_same = found.uid_validity == box.uid_validity
        waiting = found.after(box.last_uid) if is_same else found.unseen()
        refused = False
        for uid in waiting[:BATCH]:
            try:
                raw = found.mail(uid, most_bytes=self.most_bytes)
            except MailRefused:
                refused = True
                continue
            with outside.unit_of_work() as uow:
                if raw is not None:
                    mail_in.keep(uow, raw, way="imap")
                if is_same and not refused:
                    mail_in.advance(uow, box.id, uid_validity=box.uid_validity, uid=uid)
            found.mark(uid)
        if refused:
            # Asked for again at the next look, with those behind it, whose bytes are known then.
            log.warning("mail_box.mail_refused", letter_box_id=box.id)
            with outside.unit_of_work() as uow:
                mail_in.note_trouble(uow, box.id, MAIL_REFUSED)
            return
        if is_same and waiting:
            return
        if is_same or len(waiting) <= BATCH:
            up_to = box.last_uid if is_same else max([found.uid_next - 1, *waiting, 0])
            with outside.unit_of_work() as uow:
                mail_in.advance(uow, box.id, uid_validity=found.uid_validity, uid=up_to)
