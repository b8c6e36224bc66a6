"""What the house itself answers to mail, for whoever wrote it."""

from collections.abc import Mapping
from typing import Final

from oms_service.conversations.states import MailTrust
from oms_service.kernel.languages import Language
from oms_service.web.texts import N_

#: Said at most once a day to one address.
REFUSAL: Final[Mapping[Language, str]] = {
    Language.JAPANESE: (
        "{shop}です。メールをお送りいただき、ありがとうございます。\n\n"
        "恐れ入りますが、このアドレスではお問い合わせを承っておりません。"
        "お手数ですが、次のページからお問い合わせください。\n{url}"
    ),
    Language.ENGLISH: (
        "Thank you for writing to {shop}.\n\n"
        "We are sorry: we do not answer questions at this address. Please write to us here "
        "instead:\n{url}"
    ),
}
REFUSAL_SUBJECT: Final[Mapping[Language, str]] = {
    Language.JAPANESE: "お問い合わせの方法について",
    Language.ENGLISH: "How to reach us",
}

#: What a colleague has to know of a mail's sender; of who answered as expected, nothing.
TRUSTS: Final[Mapping[str, str]] = {
    MailTrust.ANSWERED_ELSEWHERE: N_(
        "Answered from another address than the one we wrote to: %(sender)s"
    ),
    MailTrust.CHECKED: N_("Our mail server has checked that it comes from %(sender)s."),
    MailTrust.REFERRED: N_(
        "Sender not verified: %(sender)s. The mail names this matter, but anybody could have "
        "written it. Ask for a proof before you tell anything about an order."
    ),
    MailTrust.CLAIMED: N_(
        "Sender not verified: %(sender)s. Anybody can write under any address. Ask for a proof "
        "before you tell anything about an order."
    ),
}
#: Those that call for care.
DOUBTFUL: Final = frozenset({MailTrust.ANSWERED_ELSEWHERE, MailTrust.REFERRED, MailTrust.CLAIMED})
#: Why a file of a mail was not taken.
LEFT_OUT: Final[Mapping[str, str]] = {
    "file-too-large": N_("%(name)s was not taken: it is too large."),
    "file-type-refused": N_("%(name)s was not taken: that kind of file is not allowed."),
    "file-unreadable": N_("%(name)s was not taken: it cannot be read."),
    "too-many-files": N_("%(name)s was not taken: there were too many files."),
}
LEFT_OUT_ELSE: Final = N_("%(name)s was not taken.")
