"""Every table of the house, loaded into one metadata."""

# ruff: noqa: F401 - each import adds its tables

import bots.answers.models
import bots.learning.models
import bots.line.models
import bots.mcp.models
import bots.modelling.models
import bots.proposing.models
import bots.slack.models
import bots.talks.models
import cases.acting.models
import cases.after.models
import cases.delivery.models
import cases.evidence.models
import cases.finding.models
import cases.merging.models
import cases.models
import cases.reports.models
import cases.routing.models
import cases.sla.models
import cases.taxonomy.models
import cases.together.models
import cases.writing.models
import notifications.colleagues.models
import notifications.models
import notifications.push.models
import notifications.sms.models
import oms_service.access.models
import oms_service.appearance.models
import oms_service.catalog.models
import oms_service.conversations.models
import oms_service.customers.models
import oms_service.documents.models
import oms_service.infra.fallout
import oms_service.infra.idempotency
import oms_service.infra.inbound
import oms_service.infra.keeping
import oms_service.infra.outbox
import oms_service.inventory.models
import oms_service.orders.models
import oms_service.payments.models
import oms_service.pickup.models
import oms_service.returns.models
import oms_service.sales.models
import oms_service.shipping.arrivals.models
import oms_service.shipping.calendars.models
import oms_service.shipping.models
import oms_service.shipping.sources.models
import oms_service.sourcing.models
import oms_service.warehouse.models
import oms_service.webhooks.models
from oms_service.infra.db import Model

METADATA = Model.metadata
