"""Barcodes as vectors: Code 128 for scanners at a belt, QR for whatever has a camera."""

from typing import Final

import segno
from reportlab.graphics.barcode.code128 import Code128
from reportlab.pdfgen.canvas import Canvas

#: White space that a reader needs before and after the bars, in bars. Source: ISO/IEC 15417.
QUIET_BARS: Final = 10
_QUIET_MODULES: Final = 4


def code128(canvas: Canvas, value: str, x: float, y: float, *, width: float, height: float) -> None:
    """Bars of ``value`` within ``width`` from ``x``, quiet zones included; ``y`` is the foot.

    Args:
        canvas: the page.
        value: ASCII only, as order, box and tracking numbers are.
        x: left edge, points.
        y: lower edge, points.
        width: of the whole, points.
        height: of the bars, points.

    Raises:
        ValueError: a sign that Code 128 cannot say.
    """
    if not value or not value.isascii() or not value.isprintable():
        raise ValueError("Code 128 says visible ASCII only")
    one = Code128(value, barWidth=1, barHeight=height, quiet=False)
    bar = width / (one.width + 2 * QUIET_BARS)
    fitting = Code128(value, barWidth=min(bar, 1.4), barHeight=height, quiet=False)
    fitting.drawOn(canvas, x + (width - fitting.width) / 2, y)


def qr(canvas: Canvas, value: str, x: float, y: float, *, side: float) -> None:
    """A QR code of ``value``, its quiet zone included, within a square; ``y`` is the foot."""
    modules = [list(row) for row in segno.make(value, error="m", micro=False).matrix]
    one = side / (len(modules) + 2 * _QUIET_MODULES)
    path = canvas.beginPath()
    for row, line in enumerate(modules):
        for column, dark in enumerate(line):
            if dark:
                left = x + (column + _QUIET_MODULES) * one
                foot = y + side - (row + 1 + _QUIET_MODULES) * one
                path.rect(left, foot, one, one)
    canvas.drawPath(path, stroke=0, fill=1)
