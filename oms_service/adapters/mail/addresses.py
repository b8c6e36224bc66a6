"""The ids and addresses of letters that lead what comes back to the message it answers.

Each carries the message's id and a signature of its own purpose, in small letters and digits:
servers on the way may change the case of an address, and none may be made up.
"""

import base64
import hashlib
import hmac
import re
from collections.abc import Iterable
from enum import StrEnum
from typing import Final

#: Where the token stands in the pattern of an address.
GAP: Final = "{token}"
_DIGITS: Final = "0123456789abcdefghijklmnopqrstuvwxyz"
#: Eighty bits: more than anybody can try by sending mail.
_SIGNED_BYTES: Final = 10
_TOKEN: Final = re.compile(r"([arz])([0-9a-z]{1,13})-([a-z2-7]{16})")
_GREATEST: Final = 2**63


class Purpose(StrEnum):
    """What a token is for, as its first letter says; one is never taken for another."""

    #: The letter's own id.
    LETTER = "a"
    #: Where the customer's answer goes.
    REPLY = "r"
    #: Where servers say that a letter did not arrive.
    BOUNCE = "z"


class Addresses:
    """Signs and reads the ids and addresses of letters.

    Args:
        secret_key: the house's own.
        sender: the address that letters come from.
        pattern: the address that answers go to, with ``{token}``; empty where nobody reads them.
        site: the shop's public address, where letters are answered that cannot be replied to.
    """

    def __init__(self, secret_key: str, sender: str, pattern: str = "", site: str = "") -> None:
        self._key = hashlib.sha256(b"letters " + secret_key.encode()).digest()
        self._domain = sender.rpartition("@")[2] or "localhost"
        self.sender = sender
        self.pattern = pattern
        self.site = site.rstrip("/")
        head, _, tail = pattern.partition(GAP)
        self._fits = re.compile(
            rf"{re.escape(head)}({_TOKEN.pattern}){re.escape(tail)}", re.IGNORECASE
        )

    @property
    def takes_answers(self) -> bool:
        """Whether answers are read."""
        return bool(self.pattern)

    def letter_id(self, message_id: int) -> str:
        """The id of the letter that carries a message, without angle brackets: always the same."""
        return f"{self._token(Purpose.LETTER, message_id)}@{self._domain}"

    def thread_id(self, conversation: str, thread: str) -> str:
        """What all letters of one matter refer to, so that programs show them as one thread."""
        said = hmac.new(self._key, f"thread {conversation} {thread}".encode(), hashlib.sha256)
        return f"t{said.hexdigest()[:24]}@{self._domain}"

    def reply_to(self, message_id: int) -> str:
        """Where an answer to a message goes; empty where nobody reads answers."""
        return self._address(Purpose.REPLY, message_id)

    def bounces_to(self, message_id: int) -> str:
        """Where servers report on the letter of a message."""
        return self._address(Purpose.BOUNCE, message_id) or self.sender

    def answered(self, addresses: Iterable[str]) -> int | None:
        """The message that a letter to these addresses answers, if one is signed so."""
        return self._named(Purpose.REPLY, addresses)

    def bounced(self, addresses: Iterable[str]) -> int | None:
        """The message on which a letter to these addresses reports."""
        return self._named(Purpose.BOUNCE, addresses)

    def letters(self, ids: Iterable[str]) -> list[int]:
        """The messages of those ids that are of our own letters, in their order."""
        tail = f"@{self._domain}".lower()
        heads = (one.strip("<> \t").lower() for one in ids)
        found = (self._read(Purpose.LETTER, one.removesuffix(tail)) for one in heads)
        return [one for one in found if one is not None]

    def is_own(self, address: str) -> bool:
        """Whether the house itself writes from, or is written to at, an address."""
        folded = address.strip().lower()
        if folded == self.sender.lower() or bool(self.pattern and self._fits.fullmatch(folded)):
            return True
        bare = self.pattern.replace(f"+{GAP}", "").replace(GAP, "").lower()
        return bool(bare) and folded == bare

    def _address(self, purpose: Purpose, message_id: int) -> str:
        return self.pattern.replace(GAP, self._token(purpose, message_id)) if self.pattern else ""

    def _named(self, purpose: Purpose, addresses: Iterable[str]) -> int | None:
        if not self.pattern:
            return None
        for address in addresses:
            found = self._fits.fullmatch(address.strip())
            message_id = self._read(purpose, found[1]) if found else None
            if message_id is not None:
                return message_id
        return None

    def _token(self, purpose: Purpose, message_id: int) -> str:
        number, digits = message_id, ""
        while number or not digits:
            number, rest = divmod(number, len(_DIGITS))
            digits = _DIGITS[rest] + digits
        return f"{purpose}{digits}-{self._signature(purpose, message_id)}"

    def _signature(self, purpose: Purpose, message_id: int) -> str:
        said = hmac.new(self._key, f"{purpose} {message_id}".encode(), hashlib.sha256).digest()
        return base64.b32encode(said[:_SIGNED_BYTES]).decode().lower()

    def _read(self, purpose: Purpose, token: str) -> int | None:
        found = _TOKEN.fullmatch(token.lower())
        if found is None or found[1] != purpose:
            return None
        message_id = int(found[2], len(_DIGITS))
        fits = hmac.compare_digest(self._signature(purpose, message_id), found[3])
        return message_id if fits and 0 < message_id < _GREATEST else None
