"""The process that plays Slack in a demo, where no real one is set: ``/desk/slack`` shows it."""

import time
from datetime import timedelta
from typing import Final

from bots.slack.stage import keys
from bots.slack.stage.book import Book
from bots.slack.stage.furnishing import furnish
from bots.slack.stage.playing import Playhouse, taken_up
from bots.slack.stage.sending import Post, over_http
from bots.slack.stage.server import a_stage
from oms_service.embedded.ports import LOCALHOST
from oms_service.processes import Stop, held_by, keep_going, start
from oms_service.runtime import Runtime

#: The book of the demo's Slack, in STATE_DIR.
FILE: Final = "slack.json"
#: A busy machine with everything on it answers later than a real Slack would wait.
PATIENCE_S: Final = 20.0
NAP_S: Final = 0.5
#: New queues get their channel, and new colleagues their seat, so soon.
FURNISH_EVERY_S: Final = 20.0


def main() -> None:
    """Play until told to stop."""
    app = start("slack_stage")
    runtime = held_by(app)
    stop = Stop()
    with app.app_context():
        play(runtime, stop)


def play(runtime: Runtime, stop: Stop) -> None:
    """Answer as Slack does, tell the app of everything, and keep the book."""
    settings = runtime.settings
    book = Book(runtime.clock, team_name=settings.shop_name)
    book.windows.good = timedelta(seconds=PATIENCE_S)
    place = settings.state_dir / FILE
    taken_up(book, place)
    send = over_http(f"http://{LOCALHOST}:{settings.port}", patience_s=PATIENCE_S)
    with a_stage(runtime.clock, port=settings.slack_stage_port) as stage:
        stage.seat(keys.bot_token(settings.secret_key), book)
        house = Playhouse(
            stage,
            book,
            Post(keys.signing_secret(settings.secret_key), send, runtime.clock),
            keys.page_token(settings.secret_key),
            hosts=(settings.public_url.partition("//")[2],),
        )
        looked_at = 0.0

        def work() -> None:
            nonlocal looked_at
            if not looked_at or time.monotonic() - looked_at > FURNISH_EVERY_S:
                furnish(runtime, book)
                if not looked_at:
                    house.note_change()
                looked_at = time.monotonic()
            if house.changed.wait(NAP_S):
                house.changed.clear()
                house.tell_echoes()
                house.write_down(place)
                stop.wait(NAP_S / 2)

        keep_going(stop, work)
        house.write_down(place)


if __name__ == "__main__":
    main()
