"""What pages about Slack say, and why something is not as it should be."""

from collections.abc import Mapping
from typing import Final

from oms_service.web.texts import N_

#: By Slack's own words for why it does not do something.
TROUBLES: Final[Mapping[str, str]] = {
    "account_inactive": N_("The app is no longer installed there."),
    "channel_not_found": N_("The channel is gone, or the app cannot see it."),
    "invalid_auth": N_("Slack does not know the app's token any more."),
    "is_archived": N_("The channel is archived."),
    "missing_scope": N_("The app lacks a right. Install it again from the manifest."),
    "no_permission": N_("The app may not do that in this workspace."),
    "not_authed": N_("Slack does not know the app's token any more."),
    "not_in_channel": N_("The app is not in the channel. Invite it there."),
    "restricted_action": N_("The workspace does not let the app post there."),
    "restricted_action_read_only_channel": N_("The workspace does not let the app post there."),
    "team_access_not_granted": N_("The app is no longer installed there."),
    "token_expired": N_("Slack does not know the app's token any more."),
    "token_revoked": N_("The app is no longer installed there."),
    "CannotOpen": N_("The token was kept with another SECRET_KEY. Connect Slack again."),
}
#: By what is wrong with a field.
WRONG: Final[Mapping[str, str]] = {
    "is no id of a channel": N_("Write the channel's id, such as C0123ABCD, or its link."),
    "has to invite the app first": N_("It is private: invite the app there first."),
    "is no channel the app can see": N_("The app sees no such channel."),
    "is taken": N_("There is a channel of that name already."),
    "is no name Slack takes": N_("Slack takes small letters, digits, - and _ alone."),
    "is missing": N_("Please choose one."),
}
