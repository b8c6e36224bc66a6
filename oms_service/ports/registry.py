"""Adapters of third parties by kind and slug; ours are given, others' come by entry point."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from importlib.metadata import EntryPoints, entry_points


@dataclass(frozen=True)
class Adapters:
    """Looks among ``given`` first, then among installed ``oms.<kind>`` entry points."""

    given: Mapping[tuple[str, str], object] = field(default_factory=dict)

    def get(self, kind: str, slug: str) -> object:
        """The adapter of that kind and slug.

        Raises:
            LookupError: nothing of that name is installed.
        """
        if (kind, slug) in self.given:
            return self.given[kind, slug]
        for point in _installed(kind).select(name=slug):
            built: object = point.load()()
            return built
        raise LookupError(f"no {kind} adapter named {slug!r}")

    def slugs(self, kind: str) -> tuple[str, ...]:
        """Every slug of one kind, sorted."""
        ours = {slug for of, slug in self.given if of == kind}
        return tuple(sorted(ours | set(_installed(kind).names)))


@cache
def _installed(kind: str) -> EntryPoints:
    """What is installed when it is first asked for: finding it reads a file of every package."""
    return entry_points(group=f"oms.{kind}")
