"""A person with a browser: what they press and type is counted, and every page looked at."""

import re
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http import HTTPStatus
from pathlib import Path
from typing import Any, Final, Literal, Self

from playwright.sync_api import (
    Browser,
    BrowserContext,
    ConsoleMessage,
    FilePayload,
    Locator,
    Page,
    Response,
    expect,
)

from oms_service.access import sessions
from oms_service.access.states import SessionKind
from oms_service.kernel.actors import SYSTEM
from tests.browser.conftest import PATIENCE_MS, accessibility_faults
from tests.browser.journeys.looks import PICTURES, USUAL, Look, is_thorough, usual_of
from tests.browser.journeys.people import Doings
from tests.browser.journeys.place import Place
from tests.browser.journeys.words import said

#: A page may answer a form with what is wrong in it; a file that it asked for must be there.
_OF_PAGES: Final = frozenset({"document", "fetch", "xhr", "eventsource"})
_STATUS_SAID_ELSEWHERE: Final = "Failed to load resource: the server responded with a status of"
_TOO_WIDE: Final = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
Role = Literal["button", "link", "heading", "tab", "checkbox", "radio", "option", "menuitem"]


@dataclass
class Stopwatch:
    """Runs while the journey goes on, stands while a test looks into the database."""

    _total_s: float = 0.0
    _since: float = field(default_factory=time.monotonic)

    @contextmanager
    def standing(self) -> Iterator[None]:
        self._total_s += time.monotonic() - self._since
        try:
            yield
        finally:
            self._since = time.monotonic()

    @property
    def elapsed_s(self) -> float:
        return self._total_s + time.monotonic() - self._since


class Walk:
    """One person before one screen.

    ``did`` counts what the person did, ``watch`` how long the pages took to answer.
    """

    def __init__(
        self,
        browser: Browser,
        place: Place,
        look: Look,
        journey: str,
        *,
        who: str = "",
        with_script: bool = True,
        pictures: Path = PICTURES,
    ) -> None:
        self.place = place
        self.look = look
        self.did = Doings()
        self.faults: list[str] = []
        self._browser = browser
        self._journey = journey
        self._who = who
        self._folder = pictures / journey
        self._others: list[Walk] = []
        self._with_script = with_script
        self.context = self._fresh(with_script=with_script)
        self.page = self._watched(self.context.new_page())
        self.watch = Stopwatch()

    # Who is there

    def another(self, who: str, *, with_script: bool = True) -> "Walk":
        """Somebody else with a browser of their own, such as the colleague of a customer."""
        other = Walk(
            self._browser,
            self.place,
            self.look,
            self._journey,
            who=who,
            with_script=with_script,
            pictures=self._folder.parent,
        )
        self._others.append(other)
        return other

    def as_customer(self, customer_id: int) -> Self:
        """Signed in as a customer, without the way there."""
        return self._signed_in(SessionKind.CUSTOMER, customer_id)

    def as_colleague(self, staff_id: int) -> Self:
        """Signed in as somebody of the staff, without the way there."""
        return self._signed_in(SessionKind.STAFF, staff_id)

    # What is on the page

    def words(self, text: str, **values: object) -> str:
        """A text of the pages, in the language of this walk."""
        return said(self.look.language, text, **values)

    def named(self, role: Role, text: str, *, exact: bool = True, **values: object) -> Locator:
        """What is pressed, by its role and its name."""
        return self.page.get_by_role(role, name=self.words(text, **values), exact=exact)

    def button(self, text: str, *, exact: bool = True, **values: object) -> Locator:
        return self.named("button", text, exact=exact, **values)

    def link(self, text: str, *, exact: bool = True, **values: object) -> Locator:
        return self.named("link", text, exact=exact, **values)

    def entry(self, text: str, **values: object) -> Locator:
        """A field, by how its label begins: what may be left empty says so behind it."""
        label = re.escape(self.words(text, **values))
        return self.page.get_by_label(re.compile(f"^{label}"))

    def is_at(self, text: str, **values: object) -> None:
        """The page's heading says this."""
        expect(self.page.locator("h1")).to_have_text(self.words(text, **values))

    def reads(self, text: str, **values: object) -> None:
        """The page says this somewhere."""
        expect(self.page.locator("main")).to_contain_text(self.words(text, **values))

    def is_told(self, text: str, **values: object) -> None:
        """The page says this as news: what was done, or what is wrong."""
        news = self.page.get_by_role("status").or_(self.page.get_by_role("alert"))
        expect(news.filter(has_text=self.words(text, **values)).first).to_be_visible()

    # What the person does

    def opens(self, path: str) -> Response:
        """Come to an address, of this shop unless it names another."""
        url = path if path.startswith("http") else f"{self.place.house.url}{path}"
        answer = self.page.goto(url)
        assert answer is not None
        return answer

    def presses(self, what: Locator) -> None:
        self.did.press(is_touch=self.look.is_phone)
        what.click()

    def ticks(self, what: Locator) -> None:
        """A box or one of several choices."""
        self.did.press(is_touch=self.look.is_phone)
        what.check()

    def ticks_off(self, what: Locator) -> None:
        """A box that was ticked, or was not, is not any more."""
        self.did.press(is_touch=self.look.is_phone)
        what.uncheck()

    def chooses(
        self, where: Locator, value: str | None = None, *, label: str | None = None
    ) -> None:
        """One entry of a list: it is opened, and the entry pressed."""
        self.did.press(is_touch=self.look.is_phone)
        self.did.press(is_touch=self.look.is_phone, thinks=False)
        where.select_option(value=value, label=label)

    def fills(self, where: Locator, text: str) -> None:
        """Go to a field and type, whatever stood there before."""
        self.did.press(is_touch=self.look.is_phone, thinks=False)
        self.did.type(len(text), is_touch=self.look.is_phone)
        where.fill(text)

    def types(self, text: str) -> None:
        """Type where the focus is."""
        self.did.type(len(text), is_touch=self.look.is_phone)
        self.page.keyboard.type(text)

    def hits(self, key: str) -> None:
        """One key, or several at once such as ``Control+k``."""
        self.did.type(1 + key.count("+"), is_touch=self.look.is_phone)
        self.page.keyboard.press(key)

    def scans(self, code: str) -> None:
        """A scanner types what it reads where the focus is, and ends with Enter."""
        self.did.scan()
        self.page.keyboard.type(code)
        self.page.keyboard.press("Enter")

    def attaches(self, where: Locator, *files: FilePayload) -> None:
        """Files are chosen: the button, and each of them."""
        for _press in range(1 + len(files)):
            self.did.press(is_touch=self.look.is_phone)
        where.set_input_files(list(files))

    def downloads(self, what: Locator) -> tuple[str, bytes]:
        """Press what gives a file: its name and what is in it."""
        with self.page.expect_download() as saving:
            self.presses(what)
        return saving.value.suggested_filename, saving.value.path().read_bytes()

    # What the journey looks at

    def step(self, name: str) -> None:
        """A picture of what is on the screen; the page has no fault and is no wider than that.

        Where looks are asked for by name, the picture is of all the page, and axe looks at it too.
        """
        with self.watch.standing():
            self.page.wait_for_load_state()
            self._folder.mkdir(parents=True, exist_ok=True)
            title = f"{self._who}-{name}" if self._who else name
            # Hiding the caret would leave styles on fields, which the content policy then refuses.
            picture = self._folder / f"{title}.{self.look}.jpg"
            self.page.screenshot(
                path=picture,
                type="jpeg",  # a third less work than PNG, for a thousand pictures
                quality=70,
                full_page=is_thorough(),
                caret="initial",
            )
            wide = self.page.evaluate(_TOO_WIDE)
            if wide > 0:
                self.faults.append(f"{name}: {wide} px wider than the screen")
            if is_thorough():
                self.faults += [f"{name}: {one}" for one in self._not_open_to_everybody()]
            assert self.faults == [], f"{name}: {self.faults}"

    def until(self, question: Callable[[], Any]) -> Any:
        """What the database answers, as soon as it is something: other processes are at work."""
        with self.watch.standing():
            return self.place.until(question)

    def ends(self) -> None:
        """Axe finds nothing on the last page: in one of the usual looks, and in all others."""
        for each in (self, *self._others):
            assert each.faults == [], each.faults
            if self.look not in USUAL or self.look == usual_of(self._journey):
                found = each._not_open_to_everybody()
                assert found == [], f"{each.page.url}: {found}"

    def closes(self) -> None:
        for each in (*self._others, self):
            each.context.close()

    # How

    def _not_open_to_everybody(self) -> list[str]:
        """What axe finds wrong with the page, which is a script itself and needs one to run."""
        if not self._with_script or not self.page.url.startswith("http"):
            return []
        return accessibility_faults(self.page)

    def _fresh(self, *, with_script: bool) -> BrowserContext:
        fresh = self._browser.new_context(
            locale=self.look.locale,
            timezone_id="Asia/Tokyo",
            viewport={"width": self.look.width, "height": self.look.height},
            has_touch=self.look.is_phone,
            is_mobile=self.look.is_phone,
            color_scheme=self.look.theme,
            reduced_motion="reduce",
            java_script_enabled=with_script,
            # Limits count by address, and every walk is somebody else's.
            extra_http_headers={"X-Forwarded-For": self.place.next_address()},
        )
        fresh.set_default_timeout(PATIENCE_MS)
        return fresh

    def _watched(self, page: Page) -> Page:
        page.on("console", self._heard)
        page.on("pageerror", lambda error: self.faults.append(f"{page.url}: {error}"))
        page.on("response", self._answered)
        return page

    def _heard(self, message: ConsoleMessage) -> None:
        """An error that a page or the browser reports: of a script, or of the content policy."""
        if message.type == "error" and not message.text.startswith(_STATUS_SAID_ELSEWHERE):
            self.faults.append(f"{self.page.url}: {message.text} {message.location}")

    def _answered(self, answer: Response) -> None:
        is_fault = answer.status >= HTTPStatus.INTERNAL_SERVER_ERROR or (
            answer.status >= HTTPStatus.BAD_REQUEST
            and answer.request.resource_type not in _OF_PAGES
        )
        if is_fault:
            self.faults.append(f"{answer.status} {answer.url}")

    def _signed_in(self, kind: SessionKind, subject_id: int) -> Self:
        with self.place.house.runtime.unit_of_work(SYSTEM) as uow:
            token = sessions.start(uow, kind, subject_id, device="a walk", instead_of=None)
        cookie = {"name": sessions.COOKIES[kind], "value": token, "url": self.place.house.url}
        self.context.add_cookies([cookie])  # type: ignore[list-item]  # a dict with these keys
        return self
