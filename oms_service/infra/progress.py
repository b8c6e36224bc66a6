"""How far long work is: told by whoever works, shown on standard error by whoever watches."""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager

Tell = Callable[[str, int, int | None], None]
"""Told what is being done, how far it is, and of how much where that is known."""


def silently(_step: str, _done: int, _of: int | None) -> None:
    """For those who do not watch."""


@contextmanager
def shown() -> Iterator[Tell]:
    """A bar a step on standard error; nothing where that is no terminal."""
    if not sys.stderr.isatty():
        yield silently
        return
    from rich.console import Console  # noqa: PLC0415 - only terminals need it
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn  # noqa: PLC0415

    bars = Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        console=Console(stderr=True),
    )
    tasks = {}
    with bars:

        def tell(step: str, done: int, of: int | None) -> None:
            if step not in tasks:
                tasks[step] = bars.add_task(step, total=of)
            bars.update(tasks[step], completed=done, total=of)

        yield tell
