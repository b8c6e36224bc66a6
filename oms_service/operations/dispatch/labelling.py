"""Labels of boxes from providers: asked for, bought once, failed, tried again, given back."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, ClassVar, cast

from oms_service.documents import queries as documents
from oms_service.documents import service
from oms_service.documents.events import LabelRequested, LabelVoidRequested
from oms_service.documents.issuer import Issuer
from oms_service.documents.queries import LabelView
from oms_service.documents.service import LABEL_STEP, Sold
from oms_service.documents.states import LabelState
from oms_service.infra.fallout import FalloutRetried
from oms_service.infra.subscribers import Outside
from oms_service.infra.uow import UnitOfWork
from oms_service.kernel.errors import DomainError
from oms_service.operations.dispatch.printing import address_of, sender_of
from oms_service.orders import queries as order_queries
from oms_service.orders import service as orders
from oms_service.ports.labels import PROVIDERS, LabelProvider, LabelRefused, WantedLabel
from oms_service.ports.registry import Adapters
from oms_service.warehouse import queries as warehouse
from oms_service.warehouse import service as boxes
from oms_service.warehouse.events import BoxPacked, BoxUnpacked
from oms_service.warehouse.queries import PackedBox
from oms_service.warehouse.states import BoxState


class NoProvider(DomainError):
    """Nobody sells labels of that carrier to this shop; its own program makes them."""

    code: ClassVar[str] = "no-label-provider"


class NotPacked(DomainError):
    """The box is open, unpacked or gone: it needs no label."""

    code: ClassVar[str] = "box-not-packed"


def request_label(uow: UnitOfWork, number: str, *, adapters: Adapters) -> LabelView:
    """Ask for a label of a box; asked again, the one it has or waits for, a failed one anew.

    Raises:
        NotFound: no such box.
        NoProvider: nobody sells labels of its carrier.
        NotPacked: it needs none.
    """
    box = warehouse.box_by_number(uow.session, number)
    if box.carrier not in adapters.slugs(PROVIDERS):
        raise NoProvider("labels of this carrier come from its own program")
    orders.hold_against_others(uow, box.order_id)
    box = warehouse.box(uow.session, box.id)
    if box.state not in {BoxState.PACKED, BoxState.LABELLED}:
        raise NotPacked("the box is not packed, or has left")
    return service.request_label(
        uow,
        box_id=box.id,
        box_number=box.number,
        order_id=box.order_id,
        carrier=box.carrier,
        service=box.service,
    )


def retry_label(uow: UnitOfWork, label_id: int, *, version: int | None = None) -> LabelView:
    """Try a failed label again.

    Raises:
        NotFound: no such label.
        Stale: it has changed since.
        IllegalTransition: it has not failed.
    """
    orders.hold_against_others(uow, documents.label(uow.session, label_id).order_id)
    return service.retry(uow, label_id, version=version)


def void_label(uow: UnitOfWork, label_id: int, *, version: int | None = None) -> LabelView:
    """Call a label off and ask its money back.

    Raises:
        NotFound: no such label.
        Stale: it has changed since.
    """
    orders.hold_against_others(uow, documents.label(uow.session, label_id).order_id)
    return service.ask_void(uow, label_id, version=version)


@dataclass(frozen=True)
class Labelling:
    """Labels of themselves: asked for when a box is packed, bought, and given back."""

    adapters: Adapters
    issuer: Issuer

    def ask(self, uow: UnitOfWork, event: BoxPacked) -> None:
        """A packed box whose carrier's labels are sold to us gets one."""
        if event.carrier not in self.adapters.slugs(PROVIDERS):
            return
        box = warehouse.box(uow.session, event.box_id)
        if box.state is BoxState.PACKED:
            request_label(uow, box.number, adapters=self.adapters)

    def call_off(self, uow: UnitOfWork, event: BoxUnpacked) -> None:
        """A box that was unpacked needs its label no more."""
        live = documents.live_label(uow.session, event.box_id)
        if live is not None:
            void_label(uow, live.id)

    def try_again(self, uow: UnitOfWork, event: FalloutRetried) -> None:
        """Somebody pressed "try again" on the list of failed steps."""
        if event.step != LABEL_STEP:
            return
        label = documents.label(uow.session, event.subject_id)
        if label.state is LabelState.FAILED:
            retry_label(uow, label.id)
        elif label.state is LabelState.VOIDING:
            uow.emit(LabelVoidRequested(order_id=label.order_id, label_id=label.id))

    def buy(self, outside: Outside, event: LabelRequested) -> None:
        """Buy the label. Run again, it finds the one it bought by its reference."""
        with outside.database.looking() as session:
            wanted = documents.label(session, event.label_id)
            if wanted.state is not LabelState.REQUESTED:
                return
            box = warehouse.box(session, wanted.box_id)
            to = order_queries.destination(session, wanted.order_id)
        try:
            bought = self._provider(wanted.carrier).buy(self._wanted(wanted, box, to))
        except LabelRefused as refused:
            self._fail(outside, wanted, refused.code)
            return
        sold = Sold(
            bought.provider_ref,
            bought.tracking_number,
            bought.file,
            bought.media_type,
            bought.cost,
        )
        with outside.unit_of_work() as uow:
            orders.hold_against_others(uow, wanted.order_id)
            if not order_queries.destination(uow.session, wanted.order_id):
                # Whoever stands on it was erased meanwhile.
                sold = replace(sold, file=None, media_type="")
            kept = service.keep_sold(uow, wanted.id, sold)
            if kept.state is LabelState.BOUGHT:
                _put_on(uow, kept)

    def void(self, outside: Outside, event: LabelVoidRequested) -> None:
        """Give a label back; one that was never bought is simply void."""
        with outside.database.looking() as session:
            wanted = documents.label(session, event.label_id)
        if wanted.state is not LabelState.VOIDING:
            return
        refusal = ""
        try:
            self._provider(wanted.carrier).void(wanted.reference)
        except LabelRefused as refused:
            refusal = refused.code
        with outside.unit_of_work() as uow:
            orders.hold_against_others(uow, wanted.order_id)
            if refusal:
                service.note_kept_money(uow, wanted.id, cause=refusal)
            else:
                service.keep_voided(uow, wanted.id)

    def _fail(self, outside: Outside, wanted: LabelView, cause: str) -> None:
        with outside.unit_of_work() as uow:
            orders.hold_against_others(uow, wanted.order_id)
            service.fail(uow, wanted.id, cause=cause)

    def _provider(self, carrier: str) -> LabelProvider:
        return cast(LabelProvider, self.adapters.get(PROVIDERS, carrier))

    def _wanted(self, wanted: LabelView, box: PackedBox, to: Mapping[str, Any]) -> WantedLabel:
        if not to:
            raise LabelRefused("no_address")
        return WantedLabel(
            reference=wanted.reference,
            carrier=wanted.carrier,
            service=wanted.service,
            sender=sender_of(self.issuer),
            recipient=address_of(to),
            weight_g=box.weight_g,
            length_mm=box.length_mm,
            width_mm=box.width_mm,
            height_mm=box.height_mm,
        )


def _put_on(uow: UnitOfWork, bought: LabelView) -> None:
    """The box gets its number; one that was unpacked meanwhile gives the label back."""
    box = warehouse.box(uow.session, bought.box_id)
    if box.state in {BoxState.PACKED, BoxState.LABELLED}:
        boxes.give_tracking(uow, box.id, bought.carrier, bought.tracking_number)
    elif box.state is BoxState.UNPACKED:
        service.ask_void(uow, bought.id)
