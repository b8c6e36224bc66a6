"""A sheet to write on from the top down: text, tables that go on over pages, page x of y."""

import io
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

from reportlab.lib.pagesizes import A4
from reportlab.lib.units import mm
from reportlab.pdfgen.canvas import Canvas

from oms_service.documents import faces
from oms_service.documents.faces import BOLD, REGULAR
from oms_service.documents.lines import broken, fitted
from oms_service.kernel.languages import Language

MM: Final = mm
A6: Final = (105 * mm, 148 * mm)
_LEADING: Final = 1.45
_RULE: Final = 0.4
_GREY: Final = 0.35
_PALE: Final = 0.94


@dataclass(frozen=True, kw_only=True)
class Paper:
    """A size in points, and its margins."""

    size: tuple[float, float]
    margin: float


PAPER_A4: Final = Paper(size=A4, margin=18 * mm)
PAPER_A6: Final = Paper(size=A6, margin=6 * mm)


@dataclass(frozen=True, kw_only=True)
class Column:
    """One column of a table; ``share`` is its part of the width."""

    head: str
    share: float
    is_number: bool = False
    is_bold: bool = False


class Sheet:
    """One document being written; distances in points, ``y`` falls as it fills."""

    def __init__(self, canvas: Canvas, paper: Paper, foot: Callable[[int], str]) -> None:
        self.canvas = canvas
        self.paper = paper
        self.page = 1
        self._foot = foot
        self._on_new_page: Callable[[], None] | None = None
        self.left = paper.margin
        self.right = paper.size[0] - paper.margin
        self.top = paper.size[1] - paper.margin
        self.bottom = paper.margin + 6 * MM
        self.y = self.top

    @property
    def width(self) -> float:
        return self.right - self.left

    def put(
        self,
        text: str,
        x: float,
        y: float,
        *,
        size: float = 9,
        bold: bool = False,
        align: str = "left",
        grey: bool = False,
    ) -> None:
        """One line of text whose baseline is ``y``; ``align`` says what of it stands at ``x``."""
        font = BOLD if bold else REGULAR
        shown = faces.printable(text, font)
        back = {"left": 0.0, "right": 1.0, "center": 0.5}[align]
        self.canvas.setFont(font, size)
        self.canvas.setFillGray(_GREY if grey else 0)
        self.canvas.drawString(x - back * faces.width(shown, font, size), y, shown)
        self.canvas.setFillGray(0)

    def write(
        self,
        text: str,
        *,
        x: float | None = None,
        width: float | None = None,
        size: float = 9,
        bold: bool = False,
        grey: bool = False,
        most: int = 0,
    ) -> None:
        """A paragraph from here down."""
        font = BOLD if bold else REGULAR
        begin = self.left if x is None else x
        space = self.right - begin if width is None else width
        for line in broken(text, font, size, space, most=most):
            self.y -= size * _LEADING
            self.put(line, begin, self.y, size=size, bold=bold, grey=grey)

    def gap(self, height: float) -> None:
        self.y -= height

    def rule(self, *, weight: float = _RULE, x: float | None = None) -> None:
        """A line across."""
        self.canvas.setLineWidth(weight)
        self.canvas.line(self.left if x is None else x, self.y, self.right, self.y)

    def box(
        self, x: float, y: float, width: float, height: float, *, weight: float = _RULE
    ) -> None:
        self.canvas.setLineWidth(weight)
        self.canvas.rect(x, y, width, height, stroke=1, fill=0)

    def pairs(self, pairs: Sequence[tuple[str, str]], *, x: float, width: float) -> None:
        """Names and values below each other, values in one column; empty values are left out."""
        shown = [(name, value) for name, value in pairs if value]
        name_width = max((faces.width(name, REGULAR, 8) for name, _ in shown), default=0) + 8
        for name, value in shown:
            self.put(name, x, self.y - 9 * _LEADING, size=8, grey=True)
            self.write(value, x=x + name_width, width=width - name_width)

    def table(self, columns: Sequence[Column], rows: Sequence[Sequence[str]]) -> None:
        """Rows under a head that stands again on every page; long cells take several lines."""
        whole = sum(column.share for column in columns)
        widths = [self.width * column.share / whole for column in columns]

        def head() -> None:
            height = 16.0
            self.canvas.setFillGray(_PALE)
            self.canvas.rect(self.left, self.y - height, self.width, height, stroke=0, fill=1)
            self.canvas.setFillGray(0)
            self._row(columns, widths, [[c.head] for c in columns], y=self.y - 11, size=8)
            self.y -= height

        self.need(40)
        head()
        self._on_new_page = head
        for row in rows:
            cells = [
                broken(text, BOLD if column.is_bold else REGULAR, 9, width - 6)
                for text, column, width in zip(row, columns, widths, strict=True)
            ]
            height = max(len(cell) for cell in cells) * 9 * 1.35 + 5
            self.need(height)
            self._row(columns, widths, cells, y=self.y - 11, size=9)
            self.y -= height
            self.canvas.setStrokeGray(0.8)
            self.rule()
            self.canvas.setStrokeGray(0)
        self._on_new_page = None

    def _row(
        self,
        columns: Sequence[Column],
        widths: Sequence[float],
        cells: Sequence[Sequence[str]],
        *,
        y: float,
        size: float,
    ) -> None:
        x = self.left
        for column, width, lines in zip(columns, widths, cells, strict=True):
            for index, line in enumerate(lines):
                at = y - index * 9 * 1.35
                edge, align = (x + width - 3, "right") if column.is_number else (x + 3, "left")
                self.put(line, edge, at, size=size, align=align, bold=column.is_bold)
            x += width

    def need(self, height: float) -> None:
        """Go on to the next page unless so much is left on this one."""
        if self.y - height < self.bottom:
            self.turn()

    def turn(self) -> None:
        """End this page and begin the next."""
        self.end_page()
        self.page += 1
        self.y = self.top
        if self._on_new_page is not None:
            self._on_new_page()

    def end_page(self) -> None:
        said = self._foot(self.page)
        if said:
            self.put(said, self.right, self.paper.margin, size=8, align="right", grey=True)
        self.canvas.showPage()


def printed(
    draw: Callable[[Sheet], None],
    *,
    paper: Paper,
    title: str,
    language: Language,
    with_pages: bool = True,
) -> bytes:
    """The PDF of what ``draw`` writes: the same bytes for the same values, whenever it is made.

    It is drawn twice, for only then is the number of pages known.
    """
    faces.face(REGULAR)
    faces.face(BOLD)
    _body, total = _drawn(draw, paper, title, language, lambda _page: "")
    if not with_pages:
        return _body
    body, _total = _drawn(draw, paper, title, language, lambda page: f"{page} / {total}")
    return body


def _drawn(
    draw: Callable[[Sheet], None],
    paper: Paper,
    title: str,
    language: Language,
    foot: Callable[[int], str],
) -> tuple[bytes, int]:
    into = io.BytesIO()
    canvas = Canvas(
        into,
        pagesize=paper.size,
        invariant=1,
        pageCompression=1,
        lang=str(language),
        initialFontName=REGULAR,  # type: ignore[arg-type]  # the stubs say a number
    )
    canvas.setTitle(faces.printable(title))
    canvas.setCreator("oms")
    sheet = Sheet(canvas, paper, foot)
    draw(sheet)
    sheet.end_page()
    canvas.save()
    return into.getvalue(), sheet.page


def one_line(text: str, size: float, width: float, *, bold: bool = False) -> str:
    """``text`` cut to ``width`` points."""
    return fitted(text, BOLD if bold else REGULAR, size, width)
