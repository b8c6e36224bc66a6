"""What every process of the house loads, loaded once: children are forked from what stands here.

It does nothing by itself and knows no setting, so that it may stand before there is any.
"""

import gc

from bots.understanding import model
from oms_service import processes
from oms_service.web import compiled

__all__ = ["compiled", "processes"]

# The chat's recogniser takes as long to read as a third of the house.
model.shipped().warm()
# No child's look for garbage goes through what stands now, which would copy it page by page.
gc.freeze()
