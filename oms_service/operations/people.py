"""What concerns a person all over the house: two records made one and two again, shown, erased."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

from sqlalchemy.orm import Session

from oms_service.customers import privacy, queries, service
from oms_service.customers.events import CustomerErased, CustomerMerged, CustomerUnmerged
from oms_service.customers.service import MergeView
from oms_service.customers.states import IdentityKind
from oms_service.infra.privacy import Keepers, Moved, Person, added, impatiently
from oms_service.infra.uow import UnitOfWork
from oms_service.kernel.errors import DomainError, NotFound
from oms_service.orders import queries as orders


class StillWaiting(DomainError):
    """Something is still to be done for which the data are needed; ``matters`` says what."""

    code: ClassVar[str] = "customer-still-waiting"

    def __init__(self, matters: Sequence[str]) -> None:
        super().__init__("; ".join(matters))
        self.matters = tuple(matters)


@dataclass(frozen=True)
class Erasure:
    """Who was erased: the record in force; ``is_new`` unless it had been done before."""

    customer_id: int
    is_new: bool


@dataclass(frozen=True)
class People:
    """The use cases, which know what every package keeps."""

    keepers: Keepers

    def merge(self, uow: UnitOfWork, *, kept_id: int, merged_id: int) -> MergeView:
        """Let one record stand for two: all that belonged to the other moves to it.

        Done again it moves what has come since. What was merged before counts as the record it
        went into, so merges make chains.

        Raises:
            Invalid: a record cannot be merged with itself.
            NotFound: no such customer, or erased.
        """
        impatiently(uow.session)
        made = service.merge(uow, kept_id=kept_id, merged_id=merged_id)
        if made.is_new:
            uow.emit(
                CustomerMerged(customer_id=made.kept_id, merged_id=made.merged_id, merge_id=made.id)
            )
        self._gather(uow, made.merged_id)
        return made

    def undo_merge(self, uow: UnitOfWork, merge_id: int) -> MergeView:
        """Make two records of one again: exactly what moved goes back, what came since stays.

        Raises:
            NotFound: no such merge, or the person has been erased.
            MergedOnSince: the kept record has been merged into another; undo that first.
        """
        impatiently(uow.session)
        undone = service.undo(uow, merge_id)
        if not undone.is_new:
            return undone
        for name, keeper in self.keepers:
            moved: Moved = undone.moved.get(name, {})
            keeper.move_back(uow, moved, source=undone.merged_id, to=undone.kept_id)
        uow.emit(
            CustomerUnmerged(
                customer_id=undone.kept_id, merged_id=undone.merged_id, merge_id=undone.id
            )
        )
        return undone

    def export(self, session: Session, customer_id: int) -> dict[str, Any]:
        """All that is kept of a person, by package: for one file.

        Raises:
            NotFound: no such customer, or erased.
        """
        person = self._person(session, customer_id)
        return {name: dict(keeper.export(session, person)) for name, keeper in self.keepers}

    def erase(self, uow: UnitOfWork, customer_id: int, *, force: bool = False) -> Erasure:
        """Empty everything personal, for good; ledgers, counters, totals and ids stay.

        Args:
            uow: the transaction.
            customer_id: any of the person's records; all of them are erased.
            force: even where something is still to be done for them. Their cases are settled;
                orders, returns and refunds stay as they are, to be ended by hand.

        Raises:
            StillWaiting: something is still to be done, and ``force`` is not given.
            NotFound: there never was such a customer.
        """
        impatiently(uow.session)
        root = queries.root(uow.session, customer_id)
        if queries.is_erased(uow.session, root):
            return Erasure(root, is_new=False)
        held = service.held(uow, customer_id)
        person = self._person(uow.session, held.id)
        matters = self._waiting(uow.session, person)
        if matters and not force:
            raise StillWaiting(matters)
        self._empty(uow, person)
        uow.emit(CustomerErased(customer_id=held.id))
        return Erasure(held.id, is_new=True)

    # Reactions: whoever was at work while the transaction ran has written since

    def finish_erasing(self, uow: UnitOfWork, event: CustomerErased) -> None:
        """Empty what has come since from somebody who had read the record before."""
        ids = queries.family(uow.session, event.customer_id)
        self._empty(uow, _of(uow.session, ids))

    def finish_merging(self, uow: UnitOfWork, event: CustomerMerged) -> None:
        """Move what has come since, up the chain to the record in force."""
        self._gather(uow, event.merged_id)

    def _gather(self, uow: UnitOfWork, merged_id: int) -> None:
        """Move all that a merged record has to the one that stands for it now."""
        merge = service.merge_in_force(uow, merged_id)
        while merge is not None:
            moved = {
                name: keeper.move(uow, source=merge.merged_id, to=merge.kept_id)
                for name, keeper in self.keepers
            }
            service.note_moved(uow, merge.id, added(merge.moved, moved))
            merge = service.merge_in_force(uow, merge.kept_id)

    def _empty(self, uow: UnitOfWork, person: Person) -> None:
        # The names first: what the others write down anew must not find them.
        privacy.erase(uow, person)
        for _name, keeper in self.keepers:
            keeper.erase(uow, person)

    def _waiting(self, session: Session, person: Person) -> list[str]:
        return [
            matter for _name, keeper in self.keepers for matter in keeper.waiting(session, person)
        ]

    def _person(self, session: Session, customer_id: int) -> Person:
        root = queries.root(session, customer_id)
        if queries.is_erased(session, root) is not False:
            raise NotFound("no such customer")
        return _of(session, queries.family(session, root))


def _of(session: Session, ids: tuple[int, ...]) -> Person:
    """A person, with all that leads to rows of theirs."""
    bought = sorted(order for one in ids for order in orders.ids_of_customer(session, one))
    known = queries.identities(session, ids)
    mails = tuple(sorted({one.key for one in known if one.kind is IdentityKind.MAIL}))
    return Person(ids, tuple(bought), mails)
