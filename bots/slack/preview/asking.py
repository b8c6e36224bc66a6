"""The page asks the stage, which is a process of its own on this machine."""

import http.client
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from oms_service.embedded.ports import LOCALHOST

#: A deed waits for the app's own answer, on a busy machine too.
PATIENCE_S: Final = 25


class Away(Exception):
    """The stage does not answer; it may be starting."""


@dataclass(frozen=True)
class Asking:
    """Where the stage is, and by what it knows us."""

    port: int
    token: str

    def look(self, **said: str) -> dict[str, Any]:
        """What somebody sees; see ``Playhouse.look``.

        Raises:
            Away: nobody answers.
        """
        return self._ask("look", said)

    def do(self, said: Mapping[str, Any]) -> dict[str, Any]:
        """Do something in somebody's name; see ``Playhouse.do``.

        Raises:
            Away: nobody answers.
        """
        return self._ask("do", said)

    def _ask(self, what: str, said: Mapping[str, Any]) -> dict[str, Any]:
        connection = http.client.HTTPConnection(LOCALHOST, self.port, timeout=PATIENCE_S)
        headers = {"Authorization": f"Bearer {self.token}", "Content-Type": "application/json"}
        try:
            connection.request("POST", f"/play/{what}", json.dumps(said), headers)
            answer = connection.getresponse()
            body = answer.read()
        except (OSError, http.client.HTTPException):
            raise Away("the stage does not answer") from None
        finally:
            connection.close()
        try:
            found = json.loads(body)
        except ValueError:
            raise Away(f"the stage answers {answer.status}") from None
        if not isinstance(found, dict):
            raise Away("the stage says nothing")
        return found
