"""The frame around every page: words, formats, language, headers, errors, static files."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Final, cast
from zoneinfo import ZoneInfo

from flask import Blueprint, Flask, Response, g, request, url_for
from flask.typing import ResponseReturnValue
from markupsafe import Markup, escape

from oms_service.access import personal
from oms_service.access.guard import public
from oms_service.access.here import here
from oms_service.appearance.queries import LookView
from oms_service.kernel.languages import Language, Words, say
from oms_service.kernel.money import Money
from oms_service.ports.slots import Area, Beside, Entry
from oms_service.runtime import Runtime
from oms_service.web import bounds, countries, csrf, formats, languages, packing, security, wares
from oms_service.web.badges import Badges
from oms_service.web.calls import Straight
from oms_service.web.csrf import Guard
from oms_service.web.errors import ErrorPages
from oms_service.web.languages import Languages
from oms_service.web.look import Looks
from oms_service.web.navigation import Link, Navigation, Section
from oms_service.web.static_files import Assets
from oms_service.web.texts import gettext
from oms_service.web.unbroken import unbroken
from oms_service.web.viewer import NOBODY, Viewer

EXTENSION: Final = "oms.frame"
THEMES: Final = ("light", "dark")


@dataclass(frozen=True)
class Box:
    """A panel as the page shows it."""

    name: str
    label: str
    html: str
    folds: bool = False


class Frame:
    """What the frame does for one app. ``of(app)`` finds it again."""

    def __init__(self, app: Flask, runtime: Runtime, assets: Assets) -> None:
        self._app = app
        self.runtime = runtime
        self.assets = assets
        self.badges = Badges()
        self._navigation = Navigation(app, runtime.slots, self._waiting_at)
        self.looks = Looks(runtime, assets)
        self._who: Callable[[], Viewer] | None = None
        self.languages = Languages(app, runtime.settings, self.viewer)
        self.csrf = Guard(app, secure=runtime.settings.secure_cookies)
        self.errors = ErrorPages(app)

    def recognise_with(self, who: Callable[[], Viewer]) -> None:
        """Have ``who`` say who looks; called by whoever manages sessions, once."""
        self._who = who

    def viewer(self) -> Viewer:
        """Who looks at this page. A page about a failure asks nobody: asking may fail again."""
        page = here()
        if self._who is None or page.get("error_status", 0) >= 500:  # noqa: PLR2004 - our own failure
            return NOBODY
        if "viewer" not in page:
            page.viewer = NOBODY  # asked while answering, it is nobody: never a circle
            page.viewer = self._who()
        found: Viewer = page.viewer
        return found

    def look(self) -> LookView:
        """How the shop looks; a page about a failure of ours asks nobody."""
        if "look" in g:
            tried_on: LookView = g.look
            return tried_on
        current = self.runtime.look
        return current.known() if g.get("error_status", 0) >= 500 else current.look()  # noqa: PLR2004

    @property
    def zone(self) -> ZoneInfo:
        return self.viewer().zone or self.runtime.settings.zone

    def _waiting_at(self, entry: Entry) -> int | None:
        """What waits behind an entry for the reader; a page about an error counts nothing."""
        if "error_status" in g:
            return None
        return self.badges.of(entry, self.viewer().ref)

    def navigation(self, area: str) -> list[Section]:
        """The links of an area the reader may follow, those of one group together."""
        return self._navigation.sections(area, self.viewer())

    def navigation_bar(self, area: str) -> Markup:
        """The same as the page shows it."""
        return self._navigation.html(area, self.viewer(), self.languages.current())

    def count_anew(self, response: Response) -> Response:
        """Whoever changed something sees by the next page what it did to the navigation."""
        if request.method not in csrf.SAFE:
            self.badges.forget()
        return response

    def panels(self, beside: str, context: Mapping[str, object]) -> list[Box]:
        """The boxes packages show beside a case, an order or a customer."""
        shown = []
        for panel in self.runtime.slots.panels(Beside(beside), self.viewer().may):
            html = panel.render(context)
            if html is not None:
                shown.append(Box(panel.name, gettext(panel.label), html, panel.folds))
        return shown

    def tools(self) -> list[str]:
        """The HTML of what packages show beside the reader's name."""
        found = (one.render() for one in self.runtime.slots.tools(self.viewer().may))
        return [html for html in found if html is not None]

    def preferences(self, area: str) -> list[Link]:
        pages = self.runtime.slots.preferences(Area(area), self.viewer().may)
        return [
            Link(gettext(one.label), url := url_for(one.endpoint), "", request.path == url, None)
            for one in pages
        ]


class ShopName:
    """The shop's name in the language of the page at hand; templates write it like a text."""

    def __init__(self, frame: Frame) -> None:
        self._frame = frame

    def __str__(self) -> str:
        frame = self._frame
        chosen = frame.look().name(frame.languages.current())
        return chosen or frame.runtime.look.default_name()

    def __html__(self) -> str:
        return str(escape(str(self)))


class Formats:
    """``formats`` with the language, the zone and the present of the page at hand."""

    def __init__(self, frame: Frame) -> None:
        self._frame = frame

    @property
    def _language(self) -> Language:
        return self._frame.languages.current()

    @property
    def _now(self) -> datetime:
        return self._frame.runtime.clock.now()

    @property
    def _zone(self) -> ZoneInfo:
        return self._frame.zone

    def money(self, amount: Money) -> str:
        return formats.money(amount, self._language)

    def money_with_tax(self, amount: Money) -> str:
        return formats.money_with_tax(amount, self._language)

    def number(self, value: int) -> str:
        return formats.number(value, self._language)

    def quantity(self, count: int) -> str:
        return formats.quantity(count, self._language)

    def percent(self, part: float) -> str:
        return formats.percent(part, self._language)

    def day(self, day: date, *, relative: bool = True) -> str:
        local = day.astimezone(self._zone).date() if isinstance(day, datetime) else day
        return formats.day(
            local,
            now=self._now,
            zone=self._zone,
            language=self._language,
            relative=relative,
        )

    def moment(self, at: datetime) -> str:
        return formats.moment(at, now=self._now, zone=self._zone, language=self._language)

    def stamp(self, at: datetime) -> str:
        return formats.stamp(at, zone=self._zone, language=self._language)

    def ago(self, at: datetime) -> str:
        return formats.ago(at, now=self._now, zone=self._zone, language=self._language)

    def clock_time(self, at: time | datetime) -> str:
        local = at.astimezone(self._zone) if isinstance(at, datetime) else at
        return formats.clock_time(local, self._language)

    def window(self, start: date | datetime, end: date | datetime) -> str:
        return formats.window(start, end, now=self._now, zone=self._zone, language=self._language)

    def duration(self, minutes: int) -> str:
        return formats.duration(minutes, self._language)

    def person(self, family: str, given: str) -> str:
        return formats.name(family, given, self._language)

    def country_abroad(self, country: str) -> str:
        return formats.country_abroad(country, self._language)

    def phone(self, number: str) -> str:
        return formats.phone(number, self._language)

    def items(self, first: str, others: int) -> str:
        return formats.items(first, others, self._language)

    def words(self, words: Words) -> str:
        """Text stored per language, in the page's."""
        return say(words, self._language)


class FormatsAway(Formats):
    """The same where there is no page: language, present and zone are said by whoever writes."""

    def __init__(self, language: Language, now: datetime, zone: ZoneInfo) -> None:
        self._said = (language, now, zone)

    @property
    def _language(self) -> Language:
        return self._said[0]

    @property
    def _now(self) -> datetime:
        return self._said[1]

    @property
    def _zone(self) -> ZoneInfo:
        return self._said[2]


_FILTERS: Final = (
    "money",
    "money_with_tax",
    "number",
    "quantity",
    "percent",
    "day",
    "moment",
    "stamp",
    "ago",
    "clock_time",
    "duration",
    "phone",
    "words",
)


def register(app: Flask, runtime: Runtime, *, assets: Assets | None = None) -> Frame:
    """Build the frame into ``app``; call it before any package adds pages."""
    packing.register(app)
    bounds.register(app)
    frame = Frame(app, runtime, assets or Assets())
    app.extensions[EXTENSION] = frame
    said = Formats(frame)
    jinja = app.jinja_env
    jinja.context_class = Straight
    jinja.trim_blocks = jinja.lstrip_blocks = True
    jinja.filters |= {name: getattr(said, name) for name in _FILTERS}
    jinja.filters |= {
        "personal": personal.shown,
        "postal_code": formats.postal_code,
        "tracking_number": formats.tracking_number,
        "unbroken": unbroken,
        "choices_of": wares.choices_of,
        "way_to_pay": wares.way_to_pay,
    }
    jinja.globals.update(
        asset=frame.assets.url,
        language=frame.languages.current,
        own_names=languages.OWN_NAMES,
        viewer=frame.viewer,
        navigation=frame.navigation,
        navigation_bar=frame.navigation_bar,
        panels=frame.panels,
        tools=frame.tools,
        preference_pages=frame.preferences,
        theme=theme,
        shop_name=ShopName(frame),
        shop_look=frame.look,
        looks=frame.looks,
        is_demo=runtime.settings.demo,
        now=runtime.clock.now,
        formats=said,
        option_words_of=wares.option_words_of,
        countries=lambda: countries.choices(frame.languages.current(), runtime.settings.country),
        chosen_in=wares.chosen_in,
    )
    security.register(app, runtime.settings)
    app.after_request(frame.count_anew)
    app.register_blueprint(_blueprint(frame))
    app.register_blueprint(frame.looks.blueprint())
    return frame


def of(app: Flask) -> Frame:
    """The frame ``register`` built into ``app``."""
    return cast(Frame, app.extensions[EXTENSION])


def try_on(look: LookView) -> None:
    """Have this one page look so; for whoever decides about it."""
    g.look = look


def theme() -> str | None:
    """The theme this browser chose; None follows the system."""
    chosen = request.cookies.get("theme")
    return chosen if chosen in THEMES else None


def _blueprint(frame: Frame) -> Blueprint:
    blueprint = Blueprint("frame", __name__, template_folder="templates")

    @blueprint.get("/assets/<path:name>")
    @public(reason="style, scripts and pictures are the same for everybody")
    def asset(name: str) -> Response:
        return frame.assets.serve(name)

    @blueprint.post("/language")
    @public(reason="anybody may choose a language; it goes into their own cookie")
    def language() -> ResponseReturnValue:
        return frame.languages.switch()

    return blueprint
