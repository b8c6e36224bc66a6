"""The web process."""

from oms_service.processes import start

app = start("web")
