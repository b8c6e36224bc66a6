"""``oms nlu``: train the recogniser of messages, and measure how well it understands."""

import json
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import click

from bots.understanding import evaluate, model, seed, training
from bots.understanding.head import UnreadableHead, read, write
from oms_service.kernel.errors import Invalid
from oms_service.kernel.languages import Language

#: Where the weights that come with the product lie in a checkout.
SHIPPED = Path(model.__file__).with_name("weights.npz")


@click.group()
def nlu() -> None:
    """Train and measure how messages are understood."""


@nlu.command()
@click.option(
    "--into",
    type=click.Path(dir_okay=False, path_type=Path),
    default=SHIPPED,
    help="Where the weights go; by default to those that come with the product.",
)
@click.option(
    "--seeds",
    "more",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    multiple=True,
    help="More utterances to learn from, beside those that come with the product.",
)
@click.option("--json", "as_json", is_flag=True, help="For machines.")
def train(*, into: Path, more: tuple[Path, ...], as_json: bool) -> None:
    """Train anew and write the weights; prints cross-validated figures."""
    seeds = seed.merged(seed.shipped(), *(_lines(path) for path in more))
    trained = training.train(seeds, told=lambda step: click.echo(step, err=True))
    click.echo("Measuring", err=True)
    found = evaluate.report(evaluate.cross_validated(trained, time.perf_counter))
    into.write_bytes(write(trained.head))
    _tell(found, as_json=as_json)


@nlu.command("eval")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option(
    "--weights",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="Weights to measure; by default those that come with the product.",
)
@click.option("--json", "as_json", is_flag=True, help="For machines.")
def measure(file: Path, *, weights: Path | None, as_json: bool) -> None:
    """Measure on FILE: one JSON object a line, with text, lang, intent and perhaps also_ok.

    A line is right if what was heard is its intent, or among its also_ok or intents. It is
    resolvable in one click if the bot acts rightly at once, or offers what is right among its
    choices: three wishes, and something else for what is out of scope.
    """
    try:
        known = model.of(read(weights.read_bytes())) if weights else model.shipped()
    except UnreadableHead as error:
        raise click.ClickException(f"{weights} holds no weights: {error}") from error
    lines = _lines(file)
    began = time.perf_counter()
    known.rank(["hello"], Language.ENGLISH)
    load_s = time.perf_counter() - began
    guesses = [evaluate.guess(line, known, time.perf_counter) for line in lines]
    _tell({**evaluate.report(guesses), "load_s": round(load_s, 2)}, as_json=as_json)


def _lines(path: Path) -> tuple[seed.Seed, ...]:
    try:
        return seed.read(path.read_text(encoding="utf-8").splitlines())
    except UnicodeDecodeError as error:
        raise click.ClickException(f"{path} is no text in UTF-8") from error
    except Invalid as error:
        told = "\n".join(f"line {number}: {why}" for number, why in error.fields.items())
        raise click.ClickException(f"{path}: {error}\n{told}") from error


def _tell(found: Mapping[str, Any], *, as_json: bool) -> None:
    if as_json:
        click.echo(json.dumps(found, ensure_ascii=False))
        return
    for part in ("all", "en", "ja"):
        for name, figure in found.get(part, {}).items():
            click.echo(f"{part:<4} {name.replace('_', ' '):<26} {figure}")
    for one in found["confusions"]:
        click.echo(
            f"{one['count']:>4} {one['meant']} heard as {one['heard']}: {one['examples'][0]}"
        )
