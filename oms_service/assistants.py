"""The process that other people's agents connect to, over the Model Context Protocol."""

from bots.mcp.server import application
from oms_service.processes import held_by, start

app = application(held_by(start("mcp")))
