"""Paying refunds: into our own balances, or through whoever serves the method."""

from typing import cast

from oms_service.infra.subscribers import Outside
from oms_service.payments import queries, service
from oms_service.payments.events import RefundRequested
from oms_service.payments.states import STORED_VALUE, RefundState
from oms_service.ports.payment import PaymentProvider

#: The adapter for methods that no installed provider serves.
BY_HAND = "manual"


def pay_refund(outside: Outside, event: RefundRequested) -> None:
    """Pay what is owed. Run again, it pays nothing more: every try carries the refund's own key.

    Whom nobody can pay automatically stays ``requested`` until staff say it is paid.
    """
    with outside.unit_of_work() as uow:
        refund = queries.refund(uow.session, event.refund_id)
        if refund.state is not RefundState.REQUESTED:
            return
        methods = queries.methods_by_id(uow.session, [refund.method_id] if refund.method_id else [])
        method = methods.get(refund.method_id or 0)
        if method is not None and method.kind in STORED_VALUE:
            service.pay_into_balance(uow, refund.id)
            return
        payment_ref = queries.payment_reference(uow.session, refund.order_id, refund.method_id)
    slug = str(method.kind) if method else BY_HAND
    installed = slug in outside.adapters.slugs("payment")
    provider = cast(
        PaymentProvider, outside.adapters.get("payment", slug if installed else BY_HAND)
    )
    answer = provider.refund(
        service.key_of(refund.id), payment_ref=payment_ref, amount=refund.amount
    )
    if answer.is_paid:
        with outside.unit_of_work() as uow:
            service.confirm_paid(uow, refund.id, reference=answer.reference)
