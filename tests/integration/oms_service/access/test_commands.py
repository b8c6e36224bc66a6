"""Access from the command line, and the accounts of the demo."""

import dataclasses
import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from oms_service.access import demo_accounts, queries
from oms_service.access.states import Role
from oms_service.cli import main
from oms_service.infra import fallout, fallout_lists
from oms_service.infra.fallout import FalloutKind
from oms_service.kernel.actors import SYSTEM
from oms_service.runtime import Runtime
from oms_service.settings import Settings
from oms_service.supervisor import welcome
from tests.factories.staff import PASSWORD


@pytest.fixture
def environ(settings: Settings) -> dict[str, str]:
    return {
        "DATABASE_URL": settings.database_url,
        "REDIS_URL": settings.redis_url,
        "SECRET_KEY": settings.secret_key,
        "STATE_DIR": str(settings.state_dir),
    }


def oms(environ: dict[str, str], *arguments: str) -> Result:
    return CliRunner().invoke(main, arguments, env=environ)


def add(environ: dict[str, str], *more: str) -> Result:
    given = ("--mail", "aoi@shop.example", "--name", "田中 葵", "--password", PASSWORD)
    return oms(environ, "staff", "add", *given, *more)


def test_a_colleague_is_added_listed_and_shut_out(environ: dict[str, str]) -> None:
    assert add(environ, "--role", "agent", "--role", "lead").exit_code == 0
    assert json.loads(oms(environ, "staff", "list", "--json").stdout) == [
        {
            "mail": "aoi@shop.example",
            "name": "田中 葵",
            "roles": ["agent", "lead"],
            "language": "ja",
            "is_active": True,
        }
    ]
    assert oms(environ, "staff", "roles", "aoi@shop.example", "--role", "auditor").exit_code == 0
    assert oms(environ, "staff", "deactivate", "aoi@shop.example").exit_code == 0
    (row,) = json.loads(oms(environ, "staff", "list", "--json").stdout)
    assert (row["roles"], row["is_active"]) == (["auditor"], False)


def test_what_cannot_be_is_one_line(environ: dict[str, str]) -> None:
    add(environ, "--role", "agent")
    again = add(environ, "--role", "agent")
    assert (again.exit_code, again.stderr) == (1, "Error: that mail address is taken\n")
    assert add(environ, "--role", "customer").exit_code == 2
    nobody = oms(environ, "staff", "deactivate", "nobody@shop.example")
    assert (nobody.exit_code, nobody.stderr) == (1, "Error: no colleague has that mail address\n")


def test_a_key_is_created_listed_and_revoked(environ: dict[str, str], runtime: Runtime) -> None:
    made = oms(environ, "keys", "create", "--label", "carrier", "--scope", "scans:write")
    secret = made.stdout.strip()
    assert secret.startswith("oms_")
    with runtime.database.reading() as connection:
        view = queries.key_by_secret(connection, secret, now=runtime.clock.now())
    assert view is not None
    assert (view.label, view.scopes, view.created_by) == (
        "carrier",
        frozenset({"scans:write"}),
        "system",
    )
    assert secret not in oms(environ, "keys", "list").stdout
    assert oms(environ, "keys", "revoke", str(view.id)).exit_code == 0
    (row,) = json.loads(oms(environ, "keys", "list", "--json").stdout)
    assert row["revoked_at"] is not None
    assert oms(environ, "keys", "revoke", str(view.id)).exit_code == 1


def test_failed_steps_are_listed_tried_again_and_settled(
    environ: dict[str, str], runtime: Runtime
) -> None:
    for subject in (1, 2):
        with runtime.unit_of_work(SYSTEM) as uow:
            fallout.record(
                uow,
                FalloutKind.EFFECT,
                subject_id=subject,
                step="a.step",
                what="message.queued conversation:7",
                cause="ConnectionError",
                owner="operations",
                attempts=6,
            )
    first, second = json.loads(oms(environ, "fallout", "list", "--json").stdout)
    assert (first["what"], first["attempts"]) == ("message.queued conversation:7", 6)
    again = oms(environ, "fallout", "retry", str(first["number"]), "--json")
    assert json.loads(again.stdout)["state"] == "retried"
    number = str(second["number"])
    for reason in ((), ("--reason", "  "), ("--reason", "x" * 201)):
        assert oms(environ, "fallout", "resolve", number, *reason).exit_code != 0
    assert len(json.loads(oms(environ, "fallout", "list", "--json").stdout)) == 1
    settled = oms(environ, "fallout", "resolve", number, "--reason", " sent by hand ", "--json")
    assert json.loads(settled.stdout)["state"] == "resolved"
    with runtime.database.looking() as session:
        past = fallout_lists.settled(session, fallout_lists.Wanted(None, ""), cursor="", limit=9)
    assert [one.note for one in past.items if one.step.id == second["number"]] == ["sent by hand"]
    assert json.loads(oms(environ, "fallout", "list", "--json").stdout) == []
    gone = oms(environ, "fallout", "retry", str(first["number"]))
    assert gone.exit_code == 1
    assert gone.stderr == f"Error: no failed step {first['number']} waits\n"


def test_the_doctor_says_what_is_well_and_what_to_do(environ: dict[str, str]) -> None:
    well = oms({**environ, "DEMO": "1"}, "doctor", "--json")
    found = {row["name"]: row for row in json.loads(well.stdout)}
    assert list(found) == [
        "settings", "database", "clock", "broker", "disk", "mail", "mail in", "line", "slack",
        "outbox", "effects", "fallout", "scans", "numbers", "model", "web push",
    ]  # fmt: skip
    assert found["mail in"]["said"] == "off"
    assert (found["model"]["said"], found["line"]["said"]) == ("off", "off")
    assert [name for name, row in found.items() if not row["is_well"]] == []
    assert well.exit_code == 0

    ill = oms({**environ, "REDIS_URL": "redis://127.0.0.1:9", "DEMO": "0"}, "doctor")
    assert ill.exit_code == 1
    assert "BAD  broker" in ill.stdout
    assert "Start Valkey, or correct REDIS_URL." in ill.stdout
    assert "Set SMTP_URL: customers get no mail." in ill.stdout

    half = {"MAIL_REPLY_ADDRESS": "desk+{token}@shop.example", "DEMO": "1"}
    assert "answers go nowhere" in oms({**environ, **half}, "doctor").stdout
    other = {"MAIL_IN_SECRET": "x" * 32, "SMTP_URL": "smtp://127.0.0.1:9", "DEMO": "1"}
    assert "Set MAIL_REPLY_ADDRESS" in oms({**environ, **other}, "doctor").stdout


def test_a_lost_database_does_not_stop_the_doctor(environ: dict[str, str]) -> None:
    lost = {**environ, "DATABASE_URL": "postgresql://oms@127.0.0.1:9/oms", "DEMO": "1"}
    seen = oms(lost, "doctor", "--json")
    ill = [row["name"] for row in json.loads(seen.stdout) if not row["is_well"]]
    assert (seen.exit_code, ill) == (1, ["database"])


def test_an_unmigrated_database_is_told_how(
    environ: dict[str, str], unmigrated_database_url: str
) -> None:
    seen = oms({**environ, "DATABASE_URL": unmigrated_database_url, "DEMO": "1"}, "doctor")
    assert seen.exit_code == 1
    assert "Run: oms migrate" in seen.stdout


# The demo's accounts


def test_the_demo_has_a_colleague_of_each_role_once(runtime: Runtime, settings: Settings) -> None:
    demo = dataclasses.replace(settings, demo=True)
    with runtime.unit_of_work(SYSTEM) as uow:
        assert demo_accounts.ensure(uow, demo) == len(demo_accounts.ACCOUNTS)
    with runtime.unit_of_work(SYSTEM) as uow:
        assert demo_accounts.ensure(uow, demo) == 0
    with runtime.database.reading() as connection:
        roles = {role for one in queries.all_staff(connection) for role in one.roles}
    assert roles == set(Role) - {Role.CUSTOMER, Role.INTEGRATION}


def test_a_shop_that_is_no_demo_gets_none(runtime: Runtime, settings: Settings) -> None:
    with pytest.raises(ValueError, match="DEMO"), runtime.unit_of_work(SYSTEM) as uow:
        demo_accounts.ensure(uow, settings)
    with runtime.database.reading() as connection:
        assert queries.all_staff(connection) == []


def test_the_start_up_says_whom_to_sign_in_as(settings: Settings) -> None:
    Path(settings.state_dir).mkdir()
    demo_accounts.write_down(settings.state_dir)
    said = welcome(settings, seconds=1.0)
    assert "agent@desk.example" in said
    assert "password order-desk-demo" in said
