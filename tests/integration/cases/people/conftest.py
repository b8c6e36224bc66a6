"""The same desk as that of the inbox: a shop, two colleagues and somebody who wrote."""

from tests.integration.cases.finding.conftest import asked, desk, lead, shop

__all__ = ["asked", "desk", "lead", "shop"]
