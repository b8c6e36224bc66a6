"""What working together is called on pages, as msgids."""

from typing import Final

from cases.together.queries import Shown
from cases.together.states import LinkKind, NewsKind, TaskAction, TaskState, Team
from oms_service.web.texts import N_

TEAMS: Final = {
    Team.WAREHOUSE: N_("Warehouse"),
    Team.CARRIER: N_("Carrier"),
    Team.FINANCE: N_("Finance"),
    Team.OTHER: N_("Others"),
}
TASK_STATES: Final = {
    TaskState.OPEN: N_("To do"),
    TaskState.DOING: N_("Being done"),
    TaskState.DONE: N_("Done"),
    TaskState.CANCELLED: N_("Not needed"),
}
TASK_TONES: Final = {
    TaskState.OPEN: "attention",
    TaskState.DOING: "accent",
    TaskState.DONE: "success",
    TaskState.CANCELLED: "",
}
SHOWN: Final = {
    Shown.TO_DO: N_("To do"),
    Shown.MINE: N_("Mine"),
    Shown.ENDED: N_("Ended"),
}
#: What was pressed on a task, said afterwards.
TASK_DONE: Final = {
    TaskAction.START: N_("It is yours now."),
    TaskAction.STOP: N_("The team has it again."),
    TaskAction.FINISH: N_("Done. The case says so."),
    TaskAction.CANCEL: N_("Called off. The case says so."),
    TaskAction.UNDO: N_("Taken back: it is to be done again."),
}
#: How another case hangs together with the one at hand: as the first of the two, or the second.
LINKS: Final = {
    (LinkKind.RELATED, True): N_("Has to do with"),
    (LinkKind.RELATED, False): N_("Has to do with"),
    (LinkKind.DUPLICATE, True): N_("Is the same as"),
    (LinkKind.DUPLICATE, False): N_("Came again as"),
    (LinkKind.BLOCKS, True): N_("Has to be settled before"),
    (LinkKind.BLOCKS, False): N_("Waits for"),
}
#: As a form offers it: "this case ...".
LINK_CHOICES: Final = {
    LinkKind.RELATED.value: N_("has to do with that case"),
    LinkKind.DUPLICATE.value: N_("is the same matter as that case"),
    LinkKind.BLOCKS.value: N_("has to be settled before that case"),
}
NEWS: Final = {
    NewsKind.MENTIONED: N_("You were called in a note"),
    NewsKind.MESSAGE: N_("The customer wrote"),
    NewsKind.REPLIED: N_("The customer was answered"),
    NewsKind.ASSIGNED: N_("Somebody has it now"),
    NewsKind.RESOLVED: N_("Resolved"),
    NewsKind.REOPENED: N_("Open again"),
    NewsKind.MERGED: N_("Another case was taken in"),
    NewsKind.TASK: N_("A task has ended"),
}
NEWS_ICONS: Final = {
    NewsKind.MENTIONED: "people",
    NewsKind.MESSAGE: "speech",
    NewsKind.REPLIED: "speech",
    NewsKind.ASSIGNED: "person",
    NewsKind.RESOLVED: "check",
    NewsKind.REOPENED: "arrow",
    NewsKind.MERGED: "inbox",
    NewsKind.TASK: "check",
}
#: What is wrong with a field of a form.
FIELDS: Final = {
    "title": N_("Say in a few words what to do, at most 200 characters."),
    "detail": N_("That is too long."),
    "remark": N_("Say in a sentence what was done."),
    "due": N_("Choose a moment to come, within a year."),
    "assignee": N_("That colleague cannot do tasks."),
    "team": N_("Choose who shall do it."),
    "reason": N_("Choose another reason: this case, or one of another case, has that already."),
    "to": N_("Type the number of another case."),
    "kind": N_("The other case waits for this one already."),
    "order": N_("Choose an order of this case."),
    "note": N_("That is too long."),
}
