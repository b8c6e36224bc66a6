"""The house with a mail server, and two customers."""

import dataclasses
from collections.abc import Iterator

import pytest
from flask import Flask

from oms_service.settings import Settings
from tests.fakes.clock import StandingClock
from tests.fakes.receiver import Receiver, a_receiver
from tests.fakes.smtp import SmtpServer, a_mail_server
from tests.flows.notices.walking import House


@pytest.fixture
def mail_server() -> Iterator[SmtpServer]:
    with a_mail_server() as server:
        yield server


@pytest.fixture
def provider() -> Iterator[Receiver]:
    """Who takes short messages, where a module's settings name it."""
    with a_receiver() as receiver:
        yield receiver


@pytest.fixture
def settings(settings: Settings, mail_server: SmtpServer) -> Settings:
    return dataclasses.replace(settings, smtp_url=mail_server.url)


@pytest.fixture
def house(app: Flask, clock: StandingClock, mail_server: SmtpServer) -> House:
    return House(app, clock, mail_server)
