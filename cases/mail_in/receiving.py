"""Reading mail that was kept: its files go into the store, then it is filed. May run again."""

import io
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import structlog

from cases.mail_in import filing
from cases.mail_in.filing import Filed, Rules
from oms_service.adapters.mail.reading import Mail, Unreadable, read
from oms_service.conversations import mail_in
from oms_service.conversations.attachments import Enclosed, TooManyFiles
from oms_service.conversations.events import MailCame
from oms_service.infra import inbound
from oms_service.infra.subscribers import Outside
from oms_service.kernel.actors import Actor, ActorKind
from oms_service.kernel.errors import DomainError
from oms_service.kernel.languages import Language
from oms_service.runtime import Runtime
from oms_service.web import uploads

log = structlog.get_logger(__name__)

SOMEBODY: Final = Actor(ActorKind.CUSTOMER)
_KEY_LENGTH: Final = 40
_LONGEST_NAME: Final = 80


@dataclass(frozen=True)
class Receiving:
    """The effect that reads mail, and the house it reads it for."""

    runtime: Runtime

    def take_up(self, outside: Outside, event: MailCame) -> None:  # noqa: ARG002 - an effect's signature
        """Read one mail; what cannot be read is put on the list of what failed."""
        with self.runtime.unit_of_work(SOMEBODY) as uow:
            found = inbound.read_bodies(uow.session, [event.inbound_id])
        if event.inbound_id not in found:
            return
        _, raw = found[event.inbound_id]
        try:
            done = self.receive(raw, event.inbound_id)
        except Unreadable as error:
            with self.runtime.unit_of_work(SOMEBODY) as uow:
                mail_in.cannot_read(uow, event.inbound_id, str(error))
            return
        log.info("mail.read", inbound_id=event.inbound_id, outcome=str(done.outcome))

    def receive(self, raw: bytes, inbound_id: int) -> Filed:
        """Deal with one mail, however it came.

        Raises:
            Unreadable: these bytes are no mail.
            ServiceUnavailable: the store of files is away.
        """
        mail, rules = read(raw), self._rules()
        with self.runtime.unit_of_work(SOMEBODY) as uow:
            if mail_in.is_known(uow.session, mail.key):
                return Filed(filing.Outcome.REPEATED)
        enclosed, left_out = self._files(mail, rules)
        try:
            with self.runtime.unit_of_work(SOMEBODY) as uow:
                return filing.file(
                    uow, mail, rules, inbound_id=inbound_id, enclosed=enclosed, left_out=left_out
                )
        except TooManyFiles as error:
            # The words are worth more than the files, which stay in the mail.
            every = [_left_out(one.name, error) for one in mail.files]
            with self.runtime.unit_of_work(SOMEBODY) as uow:
                return filing.file(uow, mail, rules, inbound_id=inbound_id, left_out=every)

    def _files(self, mail: Mail, rules: Rules) -> tuple[Enclosed | None, list[Mapping[str, str]]]:
        """What came along, looked at and stored as a file that the chat sends; nobody's is not."""
        if mail.report is not None or filing.not_a_person(mail, rules.addresses):
            return None, []
        most = self.runtime.settings.attachment_rules
        scope = f"mail:{mail.key[:_KEY_LENGTH]}"
        taken: list[str] = []
        left_out: list[Mapping[str, str]] = []
        for place, one in enumerate(mail.files):
            if len(taken) == most.per_message:
                too_many = TooManyFiles(f"at most {most.per_message} files at once")
                left_out.append(_left_out(one.name, too_many))
                continue
            try:
                view = uploads.take_in(
                    self.runtime,
                    SOMEBODY,
                    io.BytesIO(one.content),
                    name=one.name,
                    scope=scope,
                    key=str(place),
                    sender=f"mail:{mail.sender}",
                )
            except DomainError as error:
                left_out.append(_left_out(one.name, error))
            else:
                taken.append(view.public_id)
        return Enclosed(scope=scope, ids=taken, rules=most) if taken else None, left_out

    def _rules(self) -> Rules:
        house = self.runtime
        settings = house.settings
        return Rules(
            addresses=house.mail_addresses,
            language=settings.language,
            an_hour=settings.mail_in_per_hour,
            of_customers=settings.mail_in_customers,
            of_strangers=settings.mail_in_strangers,
            server=settings.mail_in_server,
            public_url=settings.public_url,
            shop_name={one: house.look.name(one) for one in Language},
        )


def _left_out(name: str, error: DomainError) -> dict[str, str]:
    return {"name": name[:_LONGEST_NAME], "why": error.code}
