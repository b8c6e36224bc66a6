"""Tags, fields and sorted cases for the demo shop."""

from typing import Final

from sqlalchemy import select

from cases.models import Case
from cases.states import ACTIVE, Priority
from cases.taxonomy import fields, sorting, tags
from cases.taxonomy.fields import FieldWish
from cases.taxonomy.sorting import Sorting
from cases.taxonomy.states import FieldKind
from oms_service.infra.uow import UnitOfWork

_TAGS: Final = (("ギフト",), ("常連のお客様", "ギフト"), ("要折り返し",), ("常連のお客様",))
_MANY: Final = 8


def add(uow: UnitOfWork) -> None:
    """Two fields of the shop's own, and tags on the cases that came last."""
    cause = fields.add(
        uow,
        FieldKind.CHOICE,
        FieldWish(
            name={"ja": "破損の箇所", "en": "What is damaged"},
            choices=[
                {"ja": "外箱のみ", "en": "Outer box only"},
                {"ja": "商品本体", "en": "The goods themselves"},
                {"ja": "付属品", "en": "Accessories"},
            ],
            reasons=["damaged", "defective"],
            is_required=True,
            is_public=False,
            is_active=True,
            position=10,
        ),
        code="damaged_part",
    )
    called = fields.add(
        uow,
        FieldKind.DATE,
        FieldWish(
            name={"ja": "折り返しのお約束", "en": "Call back on"},
            reasons=[],
            is_required=False,
            is_public=True,
            is_active=True,
            position=20,
        ),
        code="call_back_on",
    )
    newest = select(Case.id, Case.reason).where(Case.state.in_(ACTIVE)).order_by(Case.id.desc())
    for place, row in enumerate(uow.session.execute(newest.limit(_MANY)).all()):
        for name in _TAGS[place % len(_TAGS)]:
            tags.put(uow, row.id, name)
        if row.reason in cause.reasons:
            fields.write(uow, row.id, {cause.code: "the_goods_themselves"})
        if "要折り返し" in _TAGS[place % len(_TAGS)]:
            fields.write(uow, row.id, {called.code: uow.now.date().isoformat()})
            sorting.sort(uow, row.id, Sorting(priority=Priority.HIGH))
