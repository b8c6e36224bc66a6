"""The process that stays on the line to Slack, where Slack cannot call this shop (Socket Mode)."""

import sys

from bots.slack import sockets
from oms_service.processes import Stop, held_by, start

#: How often to look whether we are told to stop.
LOOK_EVERY_S = 1.0


def main() -> None:
    """Stay on the line until told to stop."""
    app = start("socket")
    house = held_by(app)
    if not (house.settings.has_slack and house.settings.slack_app_token):
        sys.stderr.write("Set SLACK_APP_TOKEN beside the other settings of Slack first.\n")
        raise SystemExit(2)
    stop, client = Stop(), sockets.line(app, house)
    client.connect()
    while not stop:
        stop.wait(LOOK_EVERY_S)
    client.close()


if __name__ == "__main__":
    main()
