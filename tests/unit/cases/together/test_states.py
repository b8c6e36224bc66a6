"""The life of a side task."""

import itertools

import pytest

from cases.together.states import TASK, TO_DO, TaskAction, TaskState
from oms_service.kernel.errors import IllegalTransition


def test_every_state_is_reached_and_left() -> None:
    assert set(TASK.table.values()) == set(TaskState)
    assert {state for state, _action in TASK.table} == set(TaskState)


def test_what_the_table_does_not_say_is_refused() -> None:
    refused = 0
    for state, action in itertools.product(TaskState, TaskAction):
        if (state, action) not in TASK.table:
            with pytest.raises(IllegalTransition):
                TASK.after(state, action)
            refused += 1
    assert refused == 12


def test_only_what_is_to_do_ends_and_only_what_has_ended_is_taken_back() -> None:
    ends = {state for state, action in TASK.table if action is TaskAction.FINISH}
    back = {state for state, action in TASK.table if action is TaskAction.UNDO}
    assert ends == TO_DO
    assert back == set(TaskState) - TO_DO
