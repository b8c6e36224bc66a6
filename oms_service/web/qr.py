"""QR codes as pictures in a page: vectors without any style, so the content policy holds."""

from markupsafe import Markup


def svg(value: str, *, scale: int = 5) -> Markup:
    """A QR code of ``value`` on white, its quiet zone included.

    Args:
        value: what a camera reads.
        scale: pixels a module is wide.
    """
    import segno  # noqa: PLC0415 - only the pages with a code need it

    code = segno.make(value, error="m", micro=False)
    return Markup(code.svg_inline(scale=scale, border=4, light="white"))  # noqa: S704 - of our own letters only
