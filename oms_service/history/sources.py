"""Where a timeline comes from: each package tells its own facts, by registration."""

from dataclasses import dataclass, field

from oms_service.ports.timeline import Source


@dataclass
class TimelineSources:
    """The registered sources, by name."""

    _sources: dict[str, Source] = field(default_factory=dict)

    def add(self, name: str, source: Source) -> None:
        if name in self._sources:
            raise ValueError(f"two timeline sources named {name!r}")
        self._sources[name] = source

    def all(self) -> tuple[Source, ...]:
        return tuple(self._sources.values())
