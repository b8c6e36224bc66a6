"""Pages have words of their own for every reason that money goes back for."""

import ast
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from typing import Final

import oms_service
from oms_service.console import payments_words
from oms_service.operations.money.refunding import RefundReason

ROOT: Final = Path(oms_service.__file__).parent
#: What makes a refund, or may make one.
ASKING: Final = {"WantedRefund", "give_back", "settle"}
#: These only hand on the reason that they were given.
HANDING_ON: Final = {"operations/money/settling.py", "operations/money/refunding.py"}
#: Settles what is still to be paid, and never gives anything back.
TAKING: Final = "order_placed"


def written() -> Iterator[tuple[str, str]]:
    """Where a refund is asked for, and for which reason."""
    for path in sorted(ROOT.rglob("*.py")):
        name = path.relative_to(ROOT).as_posix()
        if name in HANDING_ON:
            continue
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Call) and called(node) in ASKING:
                for word in node.keywords:
                    if word.arg == "reason":
                        yield f"{name}:{node.lineno}", meaning(name, word.value)


def called(node: ast.Call) -> str:
    if isinstance(node.func, ast.Attribute):
        return node.func.attr
    return node.func.id if isinstance(node.func, ast.Name) else ""


def meaning(name: str, value: ast.expr) -> str:
    """A reason as it is written, or the constant of the module that holds it."""
    if isinstance(value, ast.Constant):
        return str(value.value)
    module = import_module("oms_service." + name.removesuffix(".py").replace("/", "."))
    if isinstance(value, ast.Attribute) and isinstance(value.value, ast.Name):
        return str(getattr(getattr(module, value.value.id), value.attr))
    assert isinstance(value, ast.Name), f"{name}: {ast.unparse(value)} can be any reason"
    return str(getattr(module, value.id))


def test_every_reason_that_is_written_has_words() -> None:
    found = dict(written())
    assert {"claim", "exchange", "not_collected", "return"} <= set(found.values())
    without = {
        where: reason
        for where, reason in found.items()
        if reason not in {*payments_words.OF_THE_HOUSE, *RefundReason, TAKING}
    }
    assert without == {}


def test_every_reason_of_a_colleague_has_words() -> None:
    assert set(payments_words.REASONS) == set(RefundReason)


def test_a_reason_that_nobody_knows_is_another_reason() -> None:
    assert payments_words.why("exchange") == "Exchange"
    assert payments_words.why("not_collected") == "Not collected"
    assert payments_words.why("late") == "It came late"
    assert payments_words.why("?") == "Another reason"
