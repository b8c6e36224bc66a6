"""The two commands, as far as their files can tell."""

import re
import shlex
import subprocess
from pathlib import Path

import pytest

from oms_service import supervisor

ROOT = Path(__file__).parents[2]
PYTHON_LOCKS = sorted((ROOT / "requirements").glob("*.txt"))


def _procfile() -> dict[str, list[str]]:
    lines = (ROOT / "Procfile").read_text().splitlines()
    return {name: shlex.split(command) for name, _, command in (li.partition(": ") for li in lines)}


@pytest.mark.parametrize("lock", PYTHON_LOCKS, ids=lambda path: path.name)
def test_python_lock_files_pin_by_hash_and_name_no_registry(lock: Path) -> None:
    text = lock.read_text()
    assert "://" not in text
    assert not re.search(r"^-", text, re.MULTILINE)  # no --index-url, no -f
    pinned = re.findall(r"^([A-Za-z0-9._-]+)(?:\[[^]]*\])?==", text, re.MULTILINE)
    assert len(pinned) == len(re.split(r"^(?=\S+==)", text, flags=re.MULTILINE)) - 1 > 0
    for package in re.split(r"^(?=\S+==)", text, flags=re.MULTILINE)[1:]:
        assert "--hash=sha256:" in package


def test_every_requirement_has_its_lock() -> None:
    wanted = sorted(path.stem for path in (ROOT / "requirements").glob("*.in"))
    assert wanted == [path.stem for path in PYTHON_LOCKS]


def test_the_dev_lock_holds_the_runtime_lock() -> None:
    runtime, dev = (
        set(re.findall(r"^\S+==\S+", (ROOT / "requirements" / name).read_text(), re.MULTILINE))
        for name in ("runtime.txt", "dev.txt")
    )
    assert runtime <= dev


def test_the_npm_lock_names_no_registry() -> None:
    assert '"resolved"' not in (ROOT / "package-lock.json").read_text()
    assert "omit-lockfile-registry-resolved=true" in (ROOT / ".npmrc").read_text()


def test_the_procfile_names_every_process() -> None:
    assert _procfile().keys() == {"release", *supervisor.COMMANDS}
    assert _procfile()["release"] == ["oms", "migrate"]


@pytest.mark.parametrize("name", supervisor.COMMANDS)
def test_a_server_starts_a_process_as_the_demo_does(name: str) -> None:
    demo = shlex.split(supervisor.COMMANDS[name])
    there = {"$HOST": "0.0.0.0", "$WEB_WORKERS": "${WEB_WORKERS:-2}"}  # noqa: S104 - a server's
    assert _procfile()[name] == [there.get(word, word) for word in demo]


def test_ci_runs_make_test() -> None:
    script = ROOT / ".ci" / "run"
    assert script.stat().st_mode & 0o111 == 0o111
    assert "exec make test" in script.read_text()


def test_make_lists_its_commands() -> None:
    listed = subprocess.run(
        ["/usr/bin/make", "--no-print-directory"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    for command in ("demo", "test", "check", "bench"):
        assert f"make {command} " in listed.stdout


def test_what_set_up_makes_is_ignored_by_git() -> None:
    made = [".venv", "node_modules", ".oms", "oms_service/web/static", "x/messages.mo"]
    ignored = (ROOT / ".gitignore").read_text().split()
    assert [name for name in made if f"/{name}/" not in ignored] == ["x/messages.mo"]
    assert "*.mo" in ignored
