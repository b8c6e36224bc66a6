"""What the house itself keeps for a while: sign-ins, told events, raw messages, deliveries."""

from typing import Final

from oms_service.access import sweeps as sign_ins
from oms_service.conversations import keeping as talks
from oms_service.infra import inbound, sweeps
from oms_service.infra.keeping import Kept
from oms_service.web.texts import N_

KINDS: Final = (
    Kept(
        name="sign_ins",
        label=N_("Sign-ins that are over"),
        goes=N_("Who was signed in when and with which browser, from the end of the sign-in on."),
        stays=N_("Nothing."),
        days=90,
        due=sign_ins.old_sessions,
        forget=sign_ins.forget_sessions,
    ),
    Kept(
        name="deliveries",
        label=N_("Answers of mail servers and chats"),
        goes=N_("What was answered when a message was delivered, which may quote an address."),
        stays=N_("That it was delivered or not, and when."),
        days=90,
        least_days=7,
        due=talks.old_deliveries,
        forget=talks.forget_deliveries,
    ),
    Kept(
        name="inbound",
        label=N_("Raw messages of carriers and payment providers, and mail"),
        goes=N_("What came in, as it came in, once it was read."),
        stays=N_("What was understood of it."),
        days=90,
        least_days=7,
        due=inbound.old_bodies,
        forget=inbound.forget_old_bodies,
    ),
    Kept(
        name="events",
        label=N_("Events that were told"),
        goes=N_("Ids, codes and times of what happened, once everybody was told of it."),
        stays=N_("What happened stands in the orders and cases themselves."),
        days=60,
        least_days=7,
        due=sweeps.old_events,
        forget=sweeps.forget_old_events,
    ),
)
