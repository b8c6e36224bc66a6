"""Taking, giving on and giving back in Slack, each once, and only by who may."""

from tests.integration.bots.slack.working.conftest import Bench


def test_a_case_is_taken_by_a_press_and_its_card_says_so(bench: Bench) -> None:
    case = bench.open()
    assert bench.press(case, "take").status == 200
    taken = bench.now(case)
    assert (taken.assignee_id, str(taken.state)) == (bench.staff.id, "open")
    bench.bring()
    assert "Mika Sato" in str(bench.card(case)["blocks"])
    assert bench.whispers() == []
