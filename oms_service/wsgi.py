"""The web process."""

from bots.understanding import model
from oms_service.processes import start

# Before anybody is let in: else the first customer would wait for it.
model.shipped().warm()

app = start("web")
