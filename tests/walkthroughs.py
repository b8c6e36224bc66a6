"""``make walks``: walk as a new user of each kind and write docs/walkthroughs.md."""

import sys
import tempfile
from pathlib import Path
from typing import Final

from tests.browser.journeys.people import HAND_S, KEY_S, MIND_S, POINT_S, PRESS_S
from tests.browser.journeys.place import a_place
from tests.browser.journeys.tours import GOALS, Goal, Tour
from tests.browser.journeys.walking import Walk
from tests.pictures import a_browser
from tests.services import Databases, a_postgres, a_valkey

PAGE: Final = Path(__file__).resolve().parents[1] / "docs" / "walkthroughs.md"
HEAD: Final = f"""# Walkthroughs: new users, timed

How long somebody who was never here takes to get what they came for. `make walks` walks each way in
a real Chromium on the running product and writes this page; the same walks are tests, which fail
when a goal is missed. ([One order, step by step](one-order.md) follows one order through the
ledgers instead.)

Two things are added. **Pages** is measured: from the press until the next page stands, with what
the browser and its driver take, on two cores. **Person** is a sum by the keystroke-level model
(Card, Moran and Newell, *The keystroke-level model for user performance time with interactive
systems*, Communications of the ACM 23, 1980): {KEY_S:.2f} s a key of an average typist,
{POINT_S:.2f} s to point at something and {PRESS_S:.2f} s to press it, {HAND_S:.2f} s for the hand
between keyboard and mouse (on a phone there is none), and {MIND_S:.2f} s of thought before
everything that is pressed, chosen, typed or read: more than the model asks for, which knows no
thought before what is only typed in, because nobody knows the pages yet. Going to a field is a
press; choosing from a list is two; a scan is one press of the scanner's trigger, and none on the
screen.

A model is no stopwatch in a kitchen: it leaves out looking for the mail with the number, a phone
that rings, and errors. It does say what the pages ask of a person.
"""


def main() -> None:
    with (
        tempfile.TemporaryDirectory(prefix="order-desk-walks-") as room,
        a_postgres() as postgres,
        a_valkey() as valkey,
    ):
        databases = Databases(postgres.url("postgres"), "walks")
        databases.ensure_template()
        with (
            databases.a_clone() as database_url,
            a_place(database_url, valkey.url, Path(room)) as place,
            a_browser() as browser,
        ):
            parts = []
            for goal in GOALS:
                # The first visit to a process that has just started is nobody's usual visit.
                for _visit in range(2):
                    walk = Walk(browser, place, goal.look, f"walkthrough-{goal.name}")
                    tour = Tour(walk, place)
                    goal.goes(tour)
                    walk.closes()
                parts.append(told(goal, tour))
                sys.stderr.write(f"{goal.name}: {goal.misses(tour) or 'reached'}\n")
    PAGE.write_text("\n".join([HEAD, *parts]), encoding="utf-8")


def told(goal: Goal, tour: Tour) -> str:
    """One walk as a chapter."""
    on = "on a phone, in Japanese" if goal.look.is_phone else "at a desk, in English"
    most = f"at most {goal.seconds} s" if goal.seconds else f"at most {goal.taps} presses"
    reached = (
        f"**{tour.total_s:.1f} s**"
        if goal.seconds
        else f"**{tour.taps} presses**, in {tour.total_s:.0f} s"
    )
    rows = [
        f"| {number}. {one.title} | {one.taps or ''} | {one.scans or ''} | {one.keys or ''} "
        f"| {one.human_s:.1f} | {one.pages_s:.1f} |"
        for number, one in enumerate(tour.stretches, start=1)
    ]
    sums = [sum(getattr(one, name) for one in tour.stretches) for name in ("scans", "keys")]
    together = (
        f"| together | {tour.taps} | {sums[0] or ''} | {sums[1] or ''} "
        f"| {tour.human_s:.1f} | {tour.pages_s:.1f} |"
    )
    return "\n".join(
        [
            f"## {goal.who}: {goal.wants}",
            "",
            f"{on[0].upper()}{on[1:]}, from {goal.start}. Goal: {most}. Reached: {reached}.",
            "",
            "| step | presses | scans | keys | person, s | pages, s |",
            "|---|---|---|---|---|---|",
            *rows,
            together,
            "",
        ]
    )


if __name__ == "__main__":
    main()
