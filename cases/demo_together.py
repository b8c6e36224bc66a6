"""What colleagues do together in the demo shop: a double to merge, tasks, and a call."""

from datetime import timedelta
from typing import Final

from cases import opening, queries, service
from cases.states import ACTIVE
from cases.together import linking, tasks
from cases.together.states import LinkKind, Team
from cases.together.tasks import Wish
from oms_service.conversations import service as talking
from oms_service.conversations.channels import WEBCHAT
from oms_service.infra.uow import UnitOfWork
from oms_service.kernel import ids
from oms_service.kernel.languages import Language

#: What a customer writes who has written before.
_AGAIN: Final = {
    Language.JAPANESE: "先ほどもお送りしましたが、その後いかがでしょうか。",
    Language.ENGLISH: "I wrote to you a while ago. Is there any news?",
}
_LOOK: Final = (
    "棚に同じ商品が残っていないか確認してください",
    "見つかったら個数を書いてください。",
)
_CALL: Final = ("配送会社に現在地を問い合わせてください", "昨日から更新がありません。")
_NOTE: Final = "@warehouse 棚の確認をお願いしています。分かり次第、タスクに書いてください。"
_NEEDED: Final = 2


def add(uow: UnitOfWork) -> None:
    """On the newest cases from the chat: one came twice, two wait for somebody else's help."""
    newest = [
        one
        for one in queries.newest(uow.session, limit=100).items
        if one.state in ACTIVE and one.conversation_id and one.order_id
    ]
    if len(newest) < _NEEDED:
        return
    first, second = newest[0], newest[1]
    chat = talking.open_or_resume(
        uow, channel=WEBCHAT, key=ids.digest(ids.token()), language=first.language
    )
    if first.customer_id is not None:
        talking.identify(uow, chat.id, first.customer_id)
    talking.receive(uow, chat.id, key="demo-again", text=_AGAIN[first.language])
    opening.open_case(
        uow,
        reason="question",
        language=first.language,
        channel=WEBCHAT,
        order_id=first.order_id,
        customer_id=first.customer_id,
        conversation_id=chat.id,
        failed_rule="asked",
    )
    for case, team, (title, detail) in (
        (first, Team.WAREHOUSE, _LOOK),
        (second, Team.CARRIER, _CALL),
    ):
        due_at = uow.now + timedelta(days=1)
        wish = Wish(title=title, detail=detail, team=team, due_at=due_at, key=f"demo:{team}")
        tasks.ask(uow, case.id, wish)
    service.note(uow, first.id, _NOTE)
    linking.link(uow, second.id, first.id, LinkKind.RELATED)
