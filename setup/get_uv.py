"""Fetch the installer where Python has no pip: the wheel named in requirements/bootstrap.txt.

Standard library only. The package index is the one this machine is configured for, and the
file must have one of the locked hashes. ``--index`` prints that index instead, empty when none
is configured.
"""

import configparser
import hashlib
import html.parser
import os
import platform
import re
import sys
import urllib.error
import urllib.parse
import urllib.request
import zipfile
from io import BytesIO
from pathlib import Path

LOCK = Path(__file__).parents[1] / "requirements" / "bootstrap.txt"
ADVICE = (
    "Python has no pip here. Install it (on Debian: apt-get install python3-pip), "
    "or name your package index in PIP_INDEX_URL."
)


class Links(html.parser.HTMLParser):
    """The addresses on a page of a package index."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.found: list[str] = []
        self.feed(page)

    def handle_starttag(
        self,
        tag: str,  # noqa: ARG002 - the base class hands it over
        attrs: list[tuple[str, str | None]],
    ) -> None:
        self.found += [value for name, value in attrs if name == "href" and value]


def configured_index() -> str | None:
    """As pip would find it: the environment first, then its files."""
    for name in ("UV_DEFAULT_INDEX", "PIP_INDEX_URL"):
        if os.environ.get(name):
            return os.environ[name]
    files = configparser.RawConfigParser()
    home = Path.home()
    files.read(
        ["/etc/pip.conf", home / ".config/pip/pip.conf", home / ".pip/pip.conf"],
        encoding="utf-8",
    )
    for section in ("install", "global"):
        if files.has_option(section, "index-url"):
            return files.get(section, "index-url")
    return None


def wheel_address(index: str, version: str) -> str | None:
    """The wheel for this machine on the index's page of the package."""
    page_address = index.rstrip("/") + "/uv/"
    with urllib.request.urlopen(page_address, timeout=60) as answer:  # noqa: S310 - as configured
        page = answer.read().decode()
        base = answer.geturl()
    ending = re.compile(
        rf"/uv-{re.escape(version)}-py3-none-manylinux[^/-]*{platform.machine()}[^/-]*\.whl(#|$)"
    )
    for link in Links(page).found:
        if ending.search("/" + link):
            return str(urllib.parse.urljoin(base, link))
    return None


def fetch(target: Path) -> str | None:
    """Put ``uv`` at ``target``; the reason when that is impossible."""
    lock = LOCK.read_text()
    version = re.findall(r"^uv==(\S+)", lock, re.MULTILINE)[0]
    hashes = set(re.findall(r"sha256:([0-9a-f]{64})", lock))
    index = configured_index()
    if index is None:
        return ADVICE
    try:
        address = wheel_address(index, version)
        if address is None:
            return f"The package index has no uv {version} for this machine. {ADVICE}"
        with urllib.request.urlopen(address, timeout=180) as answer:  # noqa: S310 - as configured
            wheel = answer.read()
    except (OSError, urllib.error.URLError) as error:
        return f"The package index could not be reached ({error}). {ADVICE}"
    if hashlib.sha256(wheel).hexdigest() not in hashes:
        return f"The uv {version} that the package index sent is not the locked one."
    with zipfile.ZipFile(BytesIO(wheel)) as archive:
        name = next(name for name in archive.namelist() if name.endswith("/scripts/uv"))
        target.write_bytes(archive.read(name))
    target.chmod(0o755)
    return None


if __name__ == "__main__":
    if sys.argv[1] == "--index":
        sys.stdout.write(configured_index() or "")
        sys.exit()
    problem = fetch(Path(sys.argv[1]))
    if problem:
        sys.exit(problem)
