"""``python -m benchmarks [--only house]``: one JSON line a figure; fails when a goal is missed."""

import importlib
import json
import pkgutil
import sys

import click

import benchmarks
from benchmarks.harness import PARTS, a_bench, measurements

#: Runs us, or runs on a server only.
NOT_HERE = ("__main__", ".bare_track", ".bare_order", ".timed_pages")


@click.command()
@click.option("--only", type=click.Choice(PARTS), help="Measure one part of the product.")
def main(only: str | None) -> None:
    """Measure the product on servers of its own, beside the least code that does the same."""
    for module in pkgutil.iter_modules(benchmarks.__path__, "benchmarks."):
        if not module.name.endswith(NOT_HERE):
            importlib.import_module(module.name)
    missed = 0
    with a_bench() as bench:
        for part in (only,) if only else PARTS:
            if not measurements(part):
                bench.tell(f"{part}: nothing is measured")
            for measure in measurements(part):
                bench.tell(f"measuring {part}: {measure.__name__}")
                for figure in measure(bench):
                    missed += not figure.ok
                    sys.stdout.write(json.dumps(figure.as_line()) + "\n")
                    sys.stdout.flush()
    sys.exit(1 if missed else 0)


if __name__ == "__main__":
    main()
