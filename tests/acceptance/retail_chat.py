"""The chat as a browser speaks to it: the same requests, without a browser."""

import itertools
from collections.abc import Mapping
from typing import Any, Final

from flask import Flask

_HEADERS: Final = {"Accept-Language": "en"}


class Chat:
    """One conversation through ``/chat/session`` and ``/chat/messages``."""

    def __init__(self, app: Flask, address: str) -> None:
        self._client = app.test_client()
        self._from = {"REMOTE_ADDR": address}
        self._numbers = itertools.count(1)
        self._owner = "bot"
        opened = self._post("/chat/session", {"language": "en"})
        self._token = opened.headers["X-Chat-Token"]

    @property
    def is_with_people(self) -> bool:
        return self._owner == "people"

    def say(self, text: str) -> Mapping[str, Any]:
        return self._send({"text": text})

    def press(self, value: str) -> Mapping[str, Any]:
        return self._send({"choice": value})

    def _send(self, said: Mapping[str, str]) -> Mapping[str, Any]:
        body = {"id": f"message-{next(self._numbers):04}", **said}
        came = self._post("/chat/messages", body).get_json()
        self._owner = came["owner"]
        answers = [one for one in came["messages"] if one["from"] != "customer"]
        return {**(answers[-1] if answers else {}), "owner": self._owner}

    def _post(self, path: str, body: Mapping[str, Any]) -> Any:
        token = getattr(self, "_token", None)
        bearer = {"Authorization": f"Bearer {token}"} if token else {}
        answer = self._client.post(
            path, json=body, headers={**_HEADERS, **bearer}, environ_overrides=self._from
        )
        if answer.status_code != 200:
            raise RuntimeError(
                f"{path} answered {answer.status_code}: {answer.get_data(as_text=True)}"
            )
        return answer
