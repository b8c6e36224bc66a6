"""Connects what other people's agents need with the house; the server itself is a process."""

from flask import Flask

from bots.mcp import audit
from oms_service.infra.sweeps import Sweep
from oms_service.runtime import Runtime


def register(app: Flask, runtime: Runtime) -> None:  # noqa: ARG001 - as of every component
    """Let old calls be forgotten."""
    old = Sweep("forget-old-assistant-calls", 3600, audit.forget_old, again_at=audit.BATCH)
    runtime.sweeps.add(old)
