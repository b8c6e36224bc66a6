"""Words of the pages about what colleagues are told, as msgids."""

from typing import Final

from notifications.colleagues.states import End, Kind, Way
from oms_service.web.texts import N_

KINDS: Final = {
    Kind.GIVEN: (N_("Cases given to you"), N_("By a colleague or by the rules of routing.")),
    Kind.MENTIONS: (N_("Your name in a note"), N_("A colleague writes your name with an @.")),
    Kind.ANSWERS: (N_("Answers of customers"), N_("In the cases that you have.")),
    Kind.TIMES: (
        N_("Answer times"),
        N_("They run out or are over: of your cases, and of your queues if you lead them."),
    ),
    Kind.UNASSIGNED: (N_("Cases that nobody has"), N_("Nobody who is there can take them.")),
    Kind.ORDERS: (N_("Late orders"), N_("Of which you have a case.")),
    Kind.STOCK: (N_("Stock running low"), N_("Where you work, or in the whole shop if you buy.")),
    Kind.STEPS: (N_("Steps that failed"), N_("What the system could not do by itself.")),
}
WAYS: Final = {
    Way.BELL: N_("In the bell"),
    Way.MAIL: N_("In the bell, and by mail at once"),
    Way.NOT: N_("Not at all"),
}
ICONS: Final = {
    Kind.GIVEN: "inbox",
    Kind.MENTIONS: "person",
    Kind.ANSWERS: "speech",
    Kind.TIMES: "clock",
    Kind.UNASSIGNED: "people",
    Kind.ORDERS: "truck",
    Kind.STOCK: "shelf",
    Kind.STEPS: "alert",
}
#: Why an unread notice is old.
ENDS: Final = {
    End.HANDED_ON: N_("Somebody else has it now"),
    End.TAKEN: N_("Somebody has it now"),
    End.REPLIED: N_("The customer was answered"),
    End.CLOSED: N_("The case is settled"),
    End.CAME: N_("More came"),
    End.RECOVERED: N_("It is in time after all, or over"),
    End.SETTLED: N_("Tried again or put right"),
    End.REPLACED: N_("There is newer word"),
}
