"""Errors the domain raises; the edges translate them once each."""

from collections.abc import Mapping
from typing import ClassVar


class DomainError(Exception):
    """A request the business rules refuse. Never a bug, never logged as one."""

    code: ClassVar[str] = "refused"
    http_status: ClassVar[int] = 409


class NotFound(DomainError):
    """No such thing, or not yours: the two look the same from outside."""

    code = "not-found"
    http_status = 404


class Invalid(DomainError):
    """The input cannot be understood or breaks a rule; ``fields`` says where."""

    code = "invalid"
    http_status = 422

    def __init__(self, message: str, fields: Mapping[str, str] | None = None) -> None:
        super().__init__(message)
        self.fields = dict(fields or {})


class Forbidden(DomainError):
    code = "forbidden"
    http_status = 403


class Unauthenticated(DomainError):
    code = "unauthenticated"
    http_status = 401


class TooMany(DomainError):
    """A limit was reached; ``wait_s`` says for how long to stay away."""

    code = "too-many-requests"
    http_status = 429

    def __init__(self, message: str, *, wait_s: int) -> None:
        super().__init__(message)
        self.wait_s = wait_s


class Stale(DomainError):
    """The thing changed since it was read; look again."""

    code = "stale-version"
    http_status = 409


class IllegalTransition(DomainError):
    code = "illegal-transition"

    def __init__(self, machine: str, source: str, action: str) -> None:
        super().__init__(f"{machine}: cannot {action} from {source}")
        self.machine = machine
        self.source = source
        self.action = action
