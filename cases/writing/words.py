"""Words for what agents write, as msgids."""

from typing import Final

from cases.writing.moments import Preset
from oms_service.web.texts import N_

PRESETS: Final = {
    Preset.HOUR: N_("In 1 hour"),
    Preset.TOMORROW: N_("Tomorrow morning"),
    Preset.MONDAY: N_("Next Monday"),
}
