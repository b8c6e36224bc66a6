"""Every colour of the shop from one: by day and by night, and always so that it can be read.

Contrast is as WCAG 2.2 counts it. Lightness and colourfulness are moved in OKLCH, where a step of
one looks the same for every hue.
"""

import math
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from oms_service.kernel.errors import DomainError

#: What ``tokens.css`` says where the shop has chosen nothing.
DEFAULT: Final = "#234b74"
#: What text needs at least.
READABLE: Final = 4.5

_HEX: Final = re.compile(r"#[0-9a-f]{6}")
_STEPS: Final = 40

Rgb = tuple[float, float, float]
"""Red, green and blue, each 0 to 1, as sRGB writes them."""


class Unreadable(DomainError):
    """Text in this colour could not be read on our pages; ``nearest`` could."""

    code = "colour-unreadable"
    http_status = 422

    def __init__(self, accent: str, *, contrast: float, nearest: str) -> None:
        super().__init__(f"{accent} has a contrast of {contrast:.1f}:1 where {READABLE} are needed")
        self.contrast = contrast
        self.nearest = nearest


@dataclass(frozen=True, kw_only=True)
class Ground:
    """What a theme has whatever the accent: what lies below, and what is written on it."""

    below: tuple[str, ...]
    written: tuple[str, ...]


#: Surface, raised and sunken; text and muted, as ``tokens.css`` has them.
DAY: Final = Ground(below=("#faf7f2", "#ffffff", "#f2ede5"), written=("#25211c", "#655c51"))
NIGHT: Final = Ground(below=("#191715", "#23201d", "#141210"), written=("#eee9e2", "#b3a99d"))


@dataclass(frozen=True, kw_only=True)
class Roles:
    """The colours of one theme that follow from the accent."""

    accent: str
    accent_strong: str
    on_accent: str
    accent_soft: str


@dataclass(frozen=True, kw_only=True)
class Palette:
    """The colours of both themes."""

    day: Roles
    night: Roles

    def variables(self) -> Mapping[str, str]:
        """The custom properties of the style sheet, for both themes."""
        pairs = {
            "--accent": (self.day.accent, self.night.accent),
            "--accent-strong": (self.day.accent_strong, self.night.accent_strong),
            "--on-accent": (self.day.on_accent, self.night.on_accent),
            "--accent-soft": (self.day.accent_soft, self.night.accent_soft),
        }
        return {name: f"light-dark({day}, {night})" for name, (day, night) in pairs.items()}


def read(typed: str) -> str | None:
    """A colour as people type it, ``#`` and six digits in the end; None for anything else."""
    plain = typed.strip().lower().removeprefix("#")
    if len(plain) == 3:  # noqa: PLR2004 - the short form doubles each digit
        plain = "".join(2 * digit for digit in plain)
    written = f"#{plain}"
    return written if _HEX.fullmatch(written) else None


def contrast(one: str, other: str) -> float:
    """How far two colours are apart for the eye, 1 to 21."""
    bright, dark = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (bright + 0.05) / (dark + 0.05)


def readability(accent: str) -> float:
    """The contrast that text of this colour has where it is worst by day."""
    return min(contrast(accent, ground) for ground in DAY.below)


@lru_cache(maxsize=64)
def palette(accent: str) -> Palette:
    """The roles of both themes. By day the accent stays as it is; by night it is made lighter.

    Args:
        accent: ``#`` and six digits, as ``read`` answers it.

    Raises:
        Unreadable: the accent is too light for text on our pages.
    """
    reached = readability(accent)
    if reached < READABLE:
        raise Unreadable(accent, contrast=reached, nearest=nearest(accent))
    return Palette(day=_by_day(accent), night=_by_night(accent))


def nearest(accent: str) -> str:
    """The colour nearest to this one that can be read: darker, of the same hue."""
    lightness, colour, hue = _oklch(accent)
    return _lightest(
        lambda light: _hex(light, colour, hue),
        at_most=lightness,
        fits=lambda one: readability(one) >= READABLE,
    )


def _by_day(accent: str) -> Roles:
    lightness, colour, hue = _oklch(accent)
    # Nothing that is written on it may read worse than on the ground it replaces.
    least = _luminance(min(DAY.below, key=_luminance))
    soft = _darkest(
        lambda light: _hex(light, min(colour, 0.025), hue),
        at_least=0.94,
        fits=lambda one: _luminance(one) >= least,
    )
    return Roles(
        accent=accent,
        accent_strong=_hex(lightness * 0.8, colour, hue),
        on_accent="#ffffff",
        accent_soft=soft,
    )


def _by_night(accent: str) -> Roles:
    _lightness, colour, hue = _oklch(accent)
    return Roles(
        accent=_hex(0.8, min(colour, 0.11), hue),
        accent_strong=_hex(0.87, min(colour, 0.08), hue),
        on_accent=_hex(0.25, min(colour, 0.05), hue),
        accent_soft=_hex(0.29, min(colour, 0.035), hue),
    )


def _lightest(made: Callable[[float], str], *, at_most: float, fits: Callable[[str], bool]) -> str:
    """The lightest colour that fits, found by halving; black always does."""
    low, high = 0.0, at_most
    for _ in range(_STEPS):
        middle = (low + high) / 2
        low, high = (middle, high) if fits(made(middle)) else (low, middle)
    return made(low)


def _darkest(made: Callable[[float], str], *, at_least: float, fits: Callable[[str], bool]) -> str:
    """The darkest colour that fits, found by halving; white always does."""
    if fits(made(at_least)):
        return made(at_least)
    low, high = at_least, 1.0
    for _ in range(_STEPS):
        middle = (low + high) / 2
        low, high = (low, middle) if fits(made(middle)) else (middle, high)
    return made(high)


def _parts(colour: str) -> Rgb:
    return (
        int(colour[1:3], 16) / 255,
        int(colour[3:5], 16) / 255,
        int(colour[5:7], 16) / 255,
    )


def _linear(part: float) -> float:
    return part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4  # noqa: PLR2004 - sRGB


def _coded(part: float) -> float:
    return part * 12.92 if part <= 0.0031308 else 1.055 * part ** (1 / 2.4) - 0.055  # noqa: PLR2004 - sRGB


def _luminance(colour: str) -> float:
    red, green, blue = (_linear(part) for part in _parts(colour))
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _oklch(colour: str) -> tuple[float, float, float]:
    """Lightness 0 to 1, colourfulness 0 to about 0.4, hue in radians. Source: Ottosson, 2020."""
    red, green, blue = (_linear(part) for part in _parts(colour))
    long = math.cbrt(0.4122214708 * red + 0.5363325363 * green + 0.0514459929 * blue)
    middle = math.cbrt(0.2119034982 * red + 0.6806995451 * green + 0.1073969566 * blue)
    short = math.cbrt(0.0883024619 * red + 0.2817188376 * green + 0.6299787005 * blue)
    lightness = 0.2104542553 * long + 0.7936177850 * middle - 0.0040720468 * short
    a = 1.9779984951 * long - 2.4285922050 * middle + 0.4505937099 * short
    b = 0.0259040371 * long + 0.7827717662 * middle - 0.8086757660 * short
    return lightness, math.hypot(a, b), math.atan2(b, a)


def _hex(lightness: float, colour: float, hue: float) -> str:
    """The colour as written; where screens have none so colourful, as colourful as they have."""
    parts = _srgb(lightness, colour, hue)
    if not _is_shown(parts):
        low, high = 0.0, colour
        for _ in range(_STEPS):
            middle = (low + high) / 2
            fits = _is_shown(_srgb(lightness, middle, hue))
            low, high = (middle, high) if fits else (low, middle)
        parts = _srgb(lightness, low, hue)
    return "#" + "".join(f"{round(255 * min(1.0, max(0.0, part))):02x}" for part in parts)


def _is_shown(parts: Rgb) -> bool:
    slack = 0.0005  # less than what rounding to 1/255 takes
    return all(-slack <= part <= 1 + slack for part in parts)


def _srgb(lightness: float, colour: float, hue: float) -> Rgb:
    a, b = colour * math.cos(hue), colour * math.sin(hue)
    long = (lightness + 0.3963377774 * a + 0.2158037573 * b) ** 3
    middle = (lightness - 0.1055613458 * a - 0.0638541728 * b) ** 3
    short = (lightness - 0.0894841775 * a - 1.2914855480 * b) ** 3
    return (
        _coded(4.0767416621 * long - 3.3077115913 * middle + 0.2309699292 * short),
        _coded(-1.2684380046 * long + 2.6097574011 * middle - 0.3413193965 * short),
        _coded(-0.0041960863 * long - 0.7034186147 * middle + 1.7076147010 * short),
    )
