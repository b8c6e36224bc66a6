"""The streams process: the same house, asked only for what stays open."""

from oms_service.processes import start

app = start("streams")
