"""What the repeated duties of the shop itself are called."""

from collections.abc import Mapping
from typing import Final

from oms_service.web.texts import N_

#: What is done, by the names of sweeps.
DUTIES: Final[Mapping[str, str]] = {
    "ask-carriers": N_("Ask carriers where parcels are"),
    "clear-closed-locations": N_("Move orders away from closed locations"),
    "end-proposed-changes": N_("End changes nobody paid for in time"),
    "ended-balances": N_("End gift cards and points that have run out"),
    "forget-half-ways": N_("Clear sign-ins left half-way"),
    "forget-old-codes": N_("Clear used codes of sign-ins"),
    "forget-old-keys": N_("Clear marks of repeated requests"),
    "forget-unsent-files": N_("Clear files that were never sent"),
    "forget-what-is-old": N_("Delete what is kept long enough"),
    "learn-how-long-it-takes": N_("Learn how long deliveries take"),
    "open-fulfilments": N_("Hand due orders to the warehouses"),
    "orders-in-jeopardy": N_("Look which orders may be late"),
    "overdue-returns": N_("Look which returns are overdue"),
    "parcels-in-jeopardy": N_("Look which parcels may be late"),
    "pickups-not-collected": N_("End pickups nobody collected"),
    "pickups-to-remind": N_("Remind of pickups"),
    "reservations-run-out": N_("Free units whose reservation has run out"),
    "scans-that-waited": N_("Match scans that came before their parcel"),
    "take-inbound": N_("Take in calls from partners"),
    "unpaid-slips": N_("End payment slips that were not paid"),
    "waiting-numbers-emptied": N_("Clear tracking numbers nobody asks for"),
}
