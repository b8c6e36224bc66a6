"""The one command-line program, ``oms``."""

import os
import sys

import click

from oms_service.settings import BadSetting, Settings, as_markdown


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
def main() -> None:
    """Order Desk: the order desk that answers."""


@main.command()
@click.option("--reset", is_flag=True, help="Forget all data first.")
def up(*, reset: bool) -> None:
    """Start the whole system: servers where none are given, migrations, demo shop, processes."""
    from oms_service import supervisor  # noqa: PLC0415 - only this command needs it

    sys.exit(supervisor.run(os.environ, reset=reset))


@main.command()
def migrate() -> None:
    """Bring the database to the newest revision."""
    from migrations.run import upgrade  # noqa: PLC0415 - only this command needs it

    upgrade(_settings().database_url)


@main.command()
def settings() -> None:
    """Write the settings page to standard output."""
    click.echo(as_markdown(), nl=False)


@main.command()
def events() -> None:
    """Write the page of events to standard output."""
    from oms_service import event_pages  # noqa: PLC0415 - it loads the whole house

    click.echo(event_pages.as_markdown(), nl=False)


def _settings() -> Settings:
    try:
        return Settings.from_env()
    except BadSetting as error:
        raise click.ClickException(str(error)) from None


if __name__ == "__main__":
    main()
