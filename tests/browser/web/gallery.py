"""Every part of the frame on two pages, for a browser to look at."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, timedelta
from pathlib import Path
from threading import Thread

from flask import Blueprint, Flask, flash, render_template
from werkzeug.serving import make_server

from oms_service.access.guard import declare_public
from oms_service.kernel.languages import Language
from oms_service.kernel.money import Money
from oms_service.ports.slots import Area, Entry
from oms_service.web import frame
from oms_service.web.viewer import Viewer

TEMPLATES = Path(__file__).parent / "templates"


def add_gallery(app: Flask) -> None:
    """Hang the two pages into a real app's frame."""
    blueprint = Blueprint("gallery", __name__, template_folder=str(TEMPLATES))
    here = frame.of(app)
    now = here.runtime.clock.now()

    def say(ja: str, en: str) -> str:
        return ja if here.languages.current() is Language.JAPANESE else en

    def show(template: str) -> str:
        return render_template(
            template,
            t=say,
            now=now,
            yen=Money(1980, "JPY"),
            refund=Money(12_480, "JPY"),
            window_from=date(2026, 11, 25),
            window_until=date(2026, 11, 26),
            hour=timedelta(hours=1),
        )

    @blueprint.get("/gallery/customer")
    def customer() -> str:
        return show("gallery/customer.html")

    @blueprint.get("/gallery/staff")
    def staff() -> str:
        return show("gallery/staff.html")

    @blueprint.get("/gallery/told")
    def told() -> str:
        flash(say("返品を受け付けました", "Your return is requested"), "success")
        return show("gallery/customer.html")

    @blueprint.post("/gallery/press")
    def press() -> str:
        return say("押しました", "pressed")

    app.register_blueprint(blueprint)
    for endpoint in ("customer", "staff", "told", "press"):
        declare_public(app, f"gallery.{endpoint}", reason="a test looks at it")
    slots = here.runtime.slots
    slots.add(
        Entry(
            area=Area.DESK,
            label="waiting",
            endpoint="gallery.staff",
            badge=lambda: 12,
            icon="inbox",
            rank=1,
        ),
        Entry(area=Area.DESK, label="Show more", endpoint="gallery.customer", icon="people"),
        Entry(area=Area.PORTAL, label="done", endpoint="gallery.customer", icon="parcel"),
    )
    here.recognise_with(lambda: Viewer(name="佐藤 美咲", sign_out_url="/sign-out"))


@contextmanager
def served(app: Flask) -> Iterator[str]:
    """The app behind a real socket; the address of it."""
    server = make_server("127.0.0.1", 0, app, threaded=True)
    thread = Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
