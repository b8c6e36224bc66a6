"""A demo's workspace made ready: its colleagues are in it, each queue has a channel with cards."""

from typing import Final

from bots.slack import lanes, people, queries, workspaces
from bots.slack.install import choosing
from bots.slack.stage.book import Book
from bots.slack.stage.people import Member
from cases import queries as cases
from cases.routing import queries as routing
from cases.states import ACTIVE
from oms_service.access import demo_accounts
from oms_service.access import queries as access
from oms_service.kernel.actors import SYSTEM
from oms_service.kernel.languages import Language
from oms_service.runtime import Runtime

#: Somebody of the shop whom nobody has linked: they read, and may not act.
STRANGER: Final = ("sasaki", "佐々木 一郎")
#: A customer who writes to the bot, a guest of the workspace.
CUSTOMER: Final = ("hanako", "鈴木 花子")
#: Cards of cases that were open before Slack was there.
CARDS: Final = 12


def furnish(house: Runtime, book: Book) -> None:
    """Do what a shop does when it sets Slack up; done twice, it is as done once."""
    workspace = workspaces.connect(house)
    if workspace is None:
        raise ValueError("a stage without a token")
    _seat_people(house, book, workspace.id)
    with house.database.reading() as connection:
        queues = routing.queues(connection)
        known = {
            one.code for one in queues if queries.channel_of_queue(connection, one.id) is not None
        }
    for one in queues:
        if one.code not in known:
            name = f"cases-{one.code}".replace("_", "-").lower()
            choosing.make(house, workspace.id, one.code, name, SYSTEM)
    _fill_channels(book)
    with house.unit_of_work(SYSTEM) as uow:
        for case in cases.newest(uow.session, limit=100).items[:100]:
            if case.state in ACTIVE and queries.thread_of(uow.session, case.id) is None:
                lanes.stand(uow, case.id, case.queue_id)


def _seat_people(house: Runtime, book: Book, workspace_id: int) -> None:
    for account in demo_accounts.ACCOUNTS:
        member = _member(book, account.mail.partition("@")[0], account.name, mail=account.mail)
        member.locale = "ja-JP" if account.language is Language.JAPANESE else "en-US"
        with house.unit_of_work(SYSTEM) as uow:
            colleague = access.staff_by_mail(uow.session, account.mail)
            person = people.seen(uow, workspace_id, member.id)
            if colleague is not None and person.staff_id is None:
                people.link(uow, person.id, colleague.id)
    _member(book, *STRANGER)
    _member(book, *CUSTOMER).is_guest = True


def _member(book: Book, name: str, real_name: str, *, mail: str = "") -> Member:
    known = next((one for one in book.people.all() if one.name == name), None)
    return known or book.people.add(name, real_name, mail=mail)


def _fill_channels(book: Book) -> None:
    """Everybody of the shop is in every channel of the bot."""
    inside = [one for one in book.people.all() if one.name != CUSTOMER[0]]
    for channel in book.channels.all():
        if not channel.is_im and book.bot.id in channel.members:
            channel.members += [one.id for one in inside if one.id not in channel.members]
