"""The web process."""

from threading import Thread

from bots.understanding import model
from oms_service.processes import start

app = start("web")

# Two seconds that the first customer need not wait, and no page.
Thread(target=model.shipped().warm, name="warm", daemon=True).start()
