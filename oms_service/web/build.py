"""``python -m oms_service.web.build``: what browsers fetch, gathered, named by content, packed.

Own files come from ``oms_service/web/assets`` and from each other package's ``assets`` folder
(there under the package's name), files of others from ``node_modules``. References between
them (``url(...)`` in CSS, ``from "./..."`` in JavaScript) are rewritten to the hashed names, so
that every file may be kept by browsers for good. Translations are compiled on the way.
"""

import gzip
import hashlib
import json
import os
import posixpath
import re
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from oms_service.web import texts
from oms_service.web.static_files import MANIFEST, STATIC

ROOT: Final = texts.ROOT
OWN: Final = Path(__file__).parent / "assets"

#: Files of others: the name we give them, and where npm puts them.
VENDOR: Final[Mapping[str, str]] = {
    "vendor/htmx.js": "htmx.org/dist/htmx.min.js",
    "vendor/uplot.js": "uplot/dist/uPlot.iife.min.js",
    "vendor/uplot.css": "uplot/dist/uPlot.min.css",
    "vendor/uplot.license.txt": "uplot/LICENSE",
    "vendor/biz-udpgothic-400.ttf": (
        "@expo-google-fonts/biz-udpgothic/400Regular/BIZUDPGothic_400Regular.ttf"
    ),
    "vendor/biz-udpgothic-700.ttf": (
        "@expo-google-fonts/biz-udpgothic/700Bold/BIZUDPGothic_700Bold.ttf"
    ),
}

#: Style sheets that travel as one file, in the order of the cascade.
BUNDLES: Final[Mapping[str, tuple[str, ...]]] = {
    "css/app.css": (
        "css/tokens.css",
        "css/base.css",
        "css/parts.css",
        "css/forms.css",
        "css/frame.css",
        "css/print.css",
    ),
    "css/charts.css": ("vendor/uplot.css", "css/chart.css"),
}

_REFERENCES: Final = {
    ".css": re.compile(r"""(url\(\s*["']?)((?:\.{1,2}/)[^"')]+)"""),
    ".js": re.compile(r"""((?:\bfrom|\bimport)\s*\(?\s*["'])((?:\.{1,2}/)[^"']+)"""),
}
_PACKED: Final = frozenset({".css", ".js", ".svg", ".json", ".ttf", ".txt"})
_DIGEST_LENGTH: Final = 12


class MissingFile(Exception):
    """A file the pages need is not there; the message says which and what to do."""


def sources() -> dict[str, Path]:
    """Every file by the name pages call it."""
    found = _tree(OWN, "")
    for package in texts.PACKAGES[1:]:
        found |= _tree(ROOT / package / "assets", f"{package}/")
    for name, place in VENDOR.items():
        path = ROOT / "node_modules" / place
        if not path.is_file():
            raise MissingFile(f"node_modules/{place} is missing: run npm ci")
        found[name] = path
    return found


def build(target: Path = STATIC) -> dict[str, str]:
    """Write every file under its hashed name; answer the names.

    Files of earlier builds stay: pages that are open in a browser still refer to them, and two
    builds at once cannot take a file from each other.
    """
    names = _Writer(sources(), target).write_all()
    _put(target / MANIFEST, json.dumps(names, indent=1, sort_keys=True).encode())
    return names


def _put(path: Path, body: bytes) -> None:
    """Write a file so that nobody ever sees half of it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(f".{path.name}.{os.getpid()}")
    draft.write_bytes(body)
    draft.replace(path)


def _tree(folder: Path, prefix: str) -> dict[str, Path]:
    files = (path for path in sorted(folder.rglob("*")) if path.is_file())
    return {prefix + path.relative_to(folder).as_posix(): path for path in files}


class _Writer:
    def __init__(self, files: dict[str, Path], target: Path) -> None:
        self._files = files
        self._target = target
        self._names: dict[str, str] = {}
        self._open: list[str] = []

    def write_all(self) -> dict[str, str]:
        parts = {part for bundle in BUNDLES.values() for part in bundle}
        for name in [*BUNDLES, *self._files]:
            if name not in parts:
                self._write(name)
        return self._names

    def _write(self, name: str) -> str:
        if name in self._names:
            return self._names[name]
        if name in self._open:
            raise MissingFile(f"{' -> '.join([*self._open, name])}: files refer in a circle")
        self._open.append(name)
        body = self._body(name)
        self._open.pop()
        stem, suffix = posixpath.splitext(name)
        digest = hashlib.sha256(body).hexdigest()[:_DIGEST_LENGTH]
        hashed = f"{stem}.{digest}{suffix}"
        path = self._target / hashed
        if not path.exists():
            if suffix in _PACKED:
                packed = gzip.compress(body, compresslevel=9, mtime=0)
                _put(path.with_name(path.name + ".gz"), packed)
            _put(path, body)
        self._names[name] = hashed
        return hashed

    def _body(self, name: str) -> bytes:
        if name in BUNDLES:
            return b"\n".join(self._read(part) for part in BUNDLES[name])
        return self._read(name)

    def _read(self, name: str) -> bytes:
        if name not in self._files:
            raise MissingFile(f"{' -> '.join(self._open)}: there is no such file")
        body = self._files[name].read_bytes()
        suffix = posixpath.splitext(name)[1]
        if suffix not in _REFERENCES or name in VENDOR:
            return body
        return (
            _REFERENCES[suffix].sub(lambda found: self._point(name, found), body.decode()).encode()
        )

    def _point(self, name: str, found: re.Match[str]) -> str:
        here = posixpath.dirname(name)
        hashed = self._write(posixpath.normpath(posixpath.join(here, found[2])))
        where = posixpath.relpath(hashed, here or ".")
        return found[1] + (where if where.startswith(".") else f"./{where}")


def main() -> int:
    try:
        names = build()
    except MissingFile as missing:
        sys.stderr.write(f"build: {missing}\n")
        return 1
    compiled = texts.compile_all()
    sys.stdout.write(f"{len(names)} static files, {compiled} catalogues\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
