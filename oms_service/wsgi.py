"""The web process."""

from bots.understanding import model
from oms_service.processes import held_by, start
from oms_service.web import compiled

# Before anybody is let in: else the first customer would wait for it.
model.shipped().warm()

app = start("web")
compiled.get_ready(app, held_by(app).settings.state_dir / "templates")
