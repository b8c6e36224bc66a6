"""Templates compiled before anybody waits for a page, and kept on disk for the next start.

To compile all of them takes two seconds, spread over the first visits to each page: the first to
open a case after a release waited a quarter of one. To read what was compiled takes a tenth.
"""

import hashlib
import os
import pickle
import stat
from contextlib import suppress
from pathlib import Path
from typing import Final

from flask import Flask
from flask_babel import force_locale, get_domain
from jinja2 import Environment
from jinja2.bccache import Bucket, FileSystemBytecodeCache

from oms_service.kernel.languages import Language

#: What a file that was cut off, or written by another release of Python, is refused with.
_UNREADABLE: Final = (OSError, EOFError, ValueError, TypeError, pickle.UnpicklingError)
_OF_OTHERS: Final = stat.S_IWGRP | stat.S_IWOTH


class Compiled(FileSystemBytecodeCache):
    """Compiled templates in a folder that only this user may write; without one, in memory only.

    A template is found by its source and by what compiling it depends on, so that one of another
    release is never taken for it.
    """

    def __init__(self, folder: Path, environment: Environment) -> None:
        super().__init__(str(folder), "%s.compiled")
        self._made_with = repr(
            (
                environment.trim_blocks,
                environment.lstrip_blocks,
                sorted(environment.extensions),
                sorted(environment.filters),
                sorted(environment.tests),
            )
        )

    def get_source_checksum(self, source: str) -> str:
        return hashlib.sha256(f"{self._made_with}|{source}".encode()).hexdigest()

    def load_bytecode(self, bucket: Bucket) -> None:
        try:
            super().load_bytecode(bucket)
        except _UNREADABLE:
            bucket.reset()

    def dump_bytecode(self, bucket: Bucket) -> None:
        with suppress(OSError):  # a full disk: the next start compiles again
            super().dump_bytecode(bucket)


def get_ready(app: Flask, folder: Path) -> int:
    """Have all templates and words at hand from the first page on; answer how many templates.

    Args:
        app: with all of its packages registered.
        folder: where to keep what is compiled; it is made where it is missing.
    """
    jinja = app.jinja_env
    if _is_ours(folder):
        jinja.bytecode_cache = Compiled(folder, jinja)
    names = [name for name in jinja.list_templates() if name.endswith(".html")]
    for name in names:
        jinja.get_template(name)
    with app.app_context():
        for language in Language:
            with force_locale(language.value):
                get_domain().get_translations()
    return len(names)


def _is_ours(folder: Path) -> bool:
    """Whether nobody else can have put anything there: what lies there is run."""
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        found = folder.lstat()
    except OSError:
        return False
    is_folder = stat.S_ISDIR(found.st_mode)
    return is_folder and found.st_uid == os.getuid() and not found.st_mode & _OF_OTHERS
