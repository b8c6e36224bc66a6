"""Ways back, passwords, devices and codes as typed."""

import pytest
from argon2 import PasswordHasher
from hypothesis import given
from hypothesis import strategies as st

from oms_service.access import codes, passwords
from oms_service.access.devices import device
from oms_service.access.paths import own_path
from oms_service.kernel.errors import Invalid


@pytest.mark.parametrize(
    "target",
    [
        "https://evil.example",
        "//evil.example",
        "/\\evil.example",
        "\\\\evil.example",
        "javascript:alert(1)",
        "/\tevil",
        "/a\nb",
        "",
        "desk",
    ],
)
def test_no_way_back_leads_off_this_site(target: str) -> None:
    assert own_path(target) == "/"


@pytest.mark.parametrize("target", ["/", "/desk?view=mine", "/desk/cases/C-1#reply"])
def test_own_paths_stay(target: str) -> None:
    assert own_path(target) == target


def test_a_password_is_right_or_wrong() -> None:
    stored = passwords.digest("correct horse battery")
    assert stored.startswith("$argon2id$v=19$m=19456,t=2,p=1$")
    assert passwords.is_right(stored, "correct horse battery")
    assert not passwords.is_right(stored, "correct horse batter")


def test_nobody_has_no_right_password() -> None:
    assert not passwords.is_right(None, "the password of nobody at all")
    assert not passwords.is_right("no digest", "the password of nobody at all")


def test_a_digest_of_other_parameters_is_outdated() -> None:
    weaker = PasswordHasher(time_cost=1, memory_cost=8192, parallelism=1)
    assert passwords.is_outdated(weaker.hash("correct horse battery"))
    assert not passwords.is_outdated(passwords.renewed("correct horse battery"))


@pytest.mark.parametrize("password", ["short", "x" * 201])
def test_a_password_has_a_sane_length(password: str) -> None:
    with pytest.raises(Invalid):
        passwords.digest(password)


@pytest.mark.parametrize(
    ("user_agent", "said"),
    [
        ("Mozilla/5.0 (Windows NT 10.0) Chrome/150.0 Safari/537.36 Edg/150", "Edge · Windows"),
        ("Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) Safari/604.1", "Safari · iPhone"),
        ("Mozilla/5.0 (X11; Linux x86_64) Gecko/20100101 Firefox/140.0", "Firefox · Linux"),
        ("curl/8.5", ""),
    ],
)
def test_a_browser_is_named_in_two_words(user_agent: str, said: str) -> None:
    assert device(user_agent) == said


@given(st.text(max_size=300))
def test_any_user_agent_fits_its_column(user_agent: str) -> None:
    assert len(device(user_agent)) <= 40


@pytest.mark.parametrize("typed", ["123456", "１２３４５６", " 123 456 ", "123-456"])
def test_a_code_is_read_however_it_is_typed(typed: str) -> None:
    assert codes.plain(typed) == "123456"


@given(st.text())
def test_any_text_as_a_code_becomes_digits(text: str) -> None:
    assert codes.plain(text) == "" or codes.plain(text).isascii()
