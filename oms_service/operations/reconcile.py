"""The auditor: proves that every counter is what its ledger says, and tells what is not.

It reads the tables themselves, in SQL of its own, and not through those who keep them: a mistake
in how a package counts shows as a difference here instead of being repeated.
"""

from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from typing import Any, Final

from sqlalchemy import Connection, Row, text

from oms_service.infra.db import Database
from oms_service.orders.policy import COUNTERS, Counters, Sums, derive


@dataclass(frozen=True)
class Difference:
    """One thing that does not add up: which check, about what, expected and found."""

    check: str
    subject: str
    expected: Any
    found: Any

    def as_json(self) -> dict[str, Any]:
        return asdict(self)


#: Each query answers rows of (subject, expected, found) that differ; ids are internal.
_CHECKS: Final = {
    "stock levels are what the ledger adds up to": """
        WITH ledger AS (
            SELECT variant_id, location_id,
                   sum(on_hand) AS on_hand, sum(allocated) AS allocated,
                   sum(reserved) AS reserved, sum(incoming) AS incoming,
                   sum(damaged) AS damaged, sum(quality_control) AS quality_control
            FROM stock_movements GROUP BY variant_id, location_id
        ), paired AS (
            SELECT coalesce(s.variant_id, l.variant_id) AS variant_id,
                   coalesce(s.location_id, l.location_id) AS location_id,
                   ARRAY[l.on_hand, l.allocated, l.reserved, l.incoming, l.damaged,
                         l.quality_control] AS moved,
                   ARRAY[s.on_hand, s.allocated, s.reserved, s.incoming, s.damaged,
                         s.quality_control]::bigint[] AS kept
            FROM stock_levels s
            FULL JOIN ledger l USING (variant_id, location_id)
        ), filled AS (
            SELECT variant_id, location_id,
                   array(SELECT coalesce(n, 0) FROM unnest(moved) n) AS moved,
                   array(SELECT coalesce(n, 0) FROM unnest(kept) n) AS kept
            FROM paired
        )
        SELECT format('variant %s at location %s', variant_id, location_id), moved, kept
        FROM filled WHERE moved IS DISTINCT FROM kept
    """,
    "allocated stock is what lines were promised": """
        SELECT format('variant %s at location %s', variant_id, location_id),
               coalesce(a.quantity, 0), coalesce(s.allocated, 0)
        FROM (SELECT variant_id, location_id, allocated FROM stock_levels) s
        FULL JOIN (
            SELECT variant_id, location_id, sum(quantity) AS quantity
            FROM allocations GROUP BY variant_id, location_id
        ) a USING (variant_id, location_id)
        WHERE coalesce(a.quantity, 0) <> coalesce(s.allocated, 0)
    """,
    "lines count what is allocated to them": """
        SELECT format('order line %s', l.id), coalesce(a.quantity, 0), l.allocated
        FROM order_lines l
        LEFT JOIN (
            SELECT order_line_id, sum(quantity) AS quantity
            FROM allocations GROUP BY order_line_id
        ) a ON a.order_line_id = l.id
        WHERE coalesce(a.quantity, 0) <> l.allocated
    """,
    "allocations are of the variant that was sold": """
        SELECT format('allocation %s', a.id), l.variant_id, a.variant_id
        FROM allocations a JOIN order_lines l ON l.id = a.order_line_id
        WHERE a.variant_id <> l.variant_id
    """,
    "reserved stock is what open reservations hold": """
        SELECT format('variant %s at location %s', variant_id, location_id),
               coalesce(r.quantity, 0), coalesce(s.reserved, 0)
        FROM (SELECT variant_id, location_id, reserved FROM stock_levels) s
        FULL JOIN (
            SELECT variant_id, location_id, sum(quantity) AS quantity
            FROM reservations WHERE ended_at IS NULL GROUP BY variant_id, location_id
        ) r USING (variant_id, location_id)
        WHERE coalesce(r.quantity, 0) <> coalesce(s.reserved, 0)
    """,
    "incoming stock is what papers still expect": """
        SELECT format('variant %s at location %s', variant_id, location_id),
               coalesce(p.quantity, 0), coalesce(s.incoming, 0)
        FROM (SELECT variant_id, location_id, incoming FROM stock_levels) s
        FULL JOIN (
            SELECT variant_id, location_id, sum(quantity) AS quantity FROM (
                SELECT l.variant_id, o.location_id,
                       greatest(0, l.ordered - l.received - l.damaged - l.called_off) AS quantity
                FROM purchase_lines l JOIN purchase_orders o ON o.id = l.purchase_id
                UNION ALL
                SELECT l.variant_id, t.to_location_id,
                       greatest(0, l.sent - l.received - l.damaged)
                FROM transfer_lines l JOIN transfers t ON t.id = l.transfer_id
                WHERE t.state IN ('in_transit', 'discrepant')
            ) each GROUP BY variant_id, location_id
        ) p USING (variant_id, location_id)
        WHERE coalesce(p.quantity, 0) <> coalesce(s.incoming, 0)
    """,
    "purchase orders count what deliveries brought": """
        SELECT format('purchase line %s', l.id),
               ARRAY[coalesce(r.received, 0), coalesce(r.damaged, 0)],
               ARRAY[l.received, l.damaged]::bigint[]
        FROM purchase_lines l
        LEFT JOIN (
            SELECT purchase_line_id, sum(received) AS received, sum(damaged) AS damaged
            FROM receipt_lines GROUP BY purchase_line_id
        ) r ON r.purchase_line_id = l.id
        WHERE (coalesce(r.received, 0), coalesce(r.damaged, 0)) <> (l.received, l.damaged)
    """,
    "approved counts stand in the ledger": """
        SELECT format('count line %s', l.id), l.counted - l.booked, coalesce(m.on_hand, 0)
        FROM count_lines l
        JOIN stock_counts c ON c.id = l.count_id
        LEFT JOIN stock_movements m
            ON m.key = format('count:%s:adjusted:%s:%s', c.id, l.variant_id, l.location_id)
        WHERE coalesce(CASE WHEN c.state = 'approved' THEN l.counted - l.booked END, 0)
            <> coalesce(m.on_hand, 0)
    """,
    "what ships and is allocated is what sourcing gave": """
        WITH moved AS (
            SELECT d.id, d.kind, (p ->> 0)::bigint AS line, (p ->> 2)::bigint AS place,
                   (p ->> 3)::bigint AS units
            FROM sourcing_decisions d, jsonb_array_elements(d.answer -> 'picks') p
            UNION ALL
            SELECT d.id, d.kind, (p ->> 0)::bigint, (p ->> 2)::bigint, -(p ->> 3)::bigint
            FROM sourcing_decisions d, jsonb_array_elements(d.answer -> 'taken_back') p
        ), given AS (
            SELECT line, place, sum(units) AS units FROM moved
            WHERE line IN (
                SELECT line FROM (
                    SELECT DISTINCT ON (line) line, kind FROM moved ORDER BY line, id
                ) first WHERE kind = 'promised' -- what files brought was promised elsewhere
            )
            GROUP BY line, place
        ), held AS (
            SELECT order_line_id AS line, location_id AS place, quantity AS units FROM allocations
            UNION ALL
            SELECT pl.order_line_id, s.location_id, pl.quantity
            FROM parcel_lines pl
            JOIN parcels p ON p.id = pl.parcel_id
            JOIN shipments s ON s.id = p.shipment_id
        ), there AS (
            SELECT line, place, sum(units) AS units FROM held GROUP BY line, place
        )
        SELECT format('order line %s at location %s', g.line, g.place), g.units,
               coalesce(t.units, 0)
        FROM given g LEFT JOIN there t ON t.line = g.line AND t.place = g.place
        WHERE g.units <> coalesce(t.units, 0)
    """,
    "lines count as shipped what parcels hold": """
        SELECT format('order line %s', l.id), p.quantity, l.shipped
        FROM order_lines l
        JOIN (
            SELECT order_line_id, sum(quantity) AS quantity
            FROM parcel_lines GROUP BY order_line_id
        ) p ON p.order_line_id = l.id
        WHERE p.quantity <> l.shipped
    """,
    "lines count as delivered what parcels delivered": """
        SELECT format('order line %s', l.id), p.quantity, l.delivered
        FROM order_lines l
        JOIN (
            SELECT pl.order_line_id,
                   sum(pl.quantity) FILTER (WHERE p.status = 'delivered') AS quantity
            FROM parcel_lines pl JOIN parcels p ON p.id = pl.parcel_id
            GROUP BY pl.order_line_id
        ) p ON p.order_line_id = l.id
        WHERE coalesce(p.quantity, 0) <> l.delivered AND NOT EXISTS (
            SELECT 1 FROM outbox o
            WHERE o.aggregate = 'order:' || l.order_id AND o.reacted_at IS NULL
        )
    """,
    "what went over counters was written down": """
        SELECT format('order line %s', coalesce(h.line, p.line)), coalesce(h.units, 0),
               coalesce(p.units, 0)
        FROM (
            SELECT u.key::bigint AS line, sum(u.value::int) AS units
            FROM pickup_handovers, jsonb_each_text(units) u GROUP BY 1
        ) h
        FULL JOIN (
            SELECT pl.order_line_id AS line, sum(pl.quantity) AS units
            FROM parcel_lines pl JOIN parcels p ON p.id = pl.parcel_id
            WHERE p.carrier = 'counter' GROUP BY 1
        ) p USING (line)
        WHERE coalesce(h.units, 0) <> coalesce(p.units, 0)
    """,
    "cases are asked about as often as they ended": """
        SELECT format('case %s', s.case_id), e.ended, s.round
        FROM case_surveys s
        CROSS JOIN LATERAL (
            SELECT count(*) AS ended FROM case_entries c
            WHERE c.case_id = s.case_id AND c.kind = 'state_changed'
                AND c.data ->> 'to' = 'resolved'
        ) e
        WHERE s.round > e.ended
    """,
    "matters among colleagues talk to no customer": """
        SELECT format('case %s', c.number), true, c.is_internal
        FROM case_surveys s JOIN cases c ON c.id = s.review_case_id WHERE NOT c.is_internal
        UNION ALL
        SELECT format('case %s', c.number), NULL, c.conversation_id IS NOT NULL
        FROM cases c WHERE c.is_internal AND c.conversation_id IS NOT NULL
    """,
    "reserved pickups hold their drafts": """
        SELECT format('pickup %s', p.number), true, o.is_draft
        FROM pickups p JOIN orders o ON o.id = p.order_id
        WHERE p.is_reservation AND p.ended_at IS NULL AND NOT o.is_draft
    """,
    "locations want what is allocated there": """
        SELECT format('order line %s', l.id), coalesce(a.quantity, 0), f.wanted
        FROM (
            SELECT fl.order_line_id, fu.location_id, fl.wanted
            FROM fulfilment_lines fl JOIN fulfilments fu ON fu.id = fl.fulfilment_id
        ) f
        JOIN order_lines l ON l.id = f.order_line_id
        LEFT JOIN allocations a
            ON a.order_line_id = f.order_line_id AND a.location_id = f.location_id
        WHERE coalesce(a.quantity, 0) <> f.wanted AND NOT EXISTS (
            SELECT 1 FROM outbox o
            WHERE o.aggregate = 'order:' || l.order_id AND o.reacted_at IS NULL
        )
    """,
    "lines count what their locations picked and packed": """
        SELECT format('order line %s', l.id), ARRAY[f.picked, f.packed],
               ARRAY[l.picked, l.packed]::numeric[]
        FROM order_lines l
        JOIN (
            SELECT order_line_id, sum(picked) AS picked, sum(packed) AS packed
            FROM fulfilment_lines GROUP BY order_line_id
        ) f ON f.order_line_id = l.id
        WHERE (f.picked, f.packed) <> (l.picked, l.packed) AND NOT EXISTS (
            SELECT 1 FROM outbox o
            WHERE o.aggregate = 'order:' || l.order_id AND o.reacted_at IS NULL
        )
    """,
    "locations count as packed what their boxes hold": """
        SELECT format('order line %s', f.order_line_id), coalesce(b.quantity, 0), f.packed
        FROM fulfilment_lines f
        LEFT JOIN (
            SELECT pb.fulfilment_id, bl.order_line_id, sum(bl.quantity) AS quantity
            FROM packed_box_lines bl JOIN packed_boxes pb ON pb.id = bl.box_id
            WHERE pb.state IN ('packed', 'labelled')
            GROUP BY pb.fulfilment_id, bl.order_line_id
        ) b ON b.fulfilment_id = f.fulfilment_id AND b.order_line_id = f.order_line_id
        WHERE coalesce(b.quantity, 0) <> f.packed
    """,
    "lines count the returns that are under way": """
        SELECT format('order line %s', l.id), coalesce(r.quantity, 0), l.return_requested
        FROM order_lines l
        LEFT JOIN (
            SELECT rl.order_line_id, sum(rl.quantity - rl.received) AS quantity
            FROM return_lines rl JOIN returns r ON r.id = rl.return_id
            WHERE r.state IN ('requested', 'approved', 'in_transit', 'partly_received')
            GROUP BY rl.order_line_id
        ) r ON r.order_line_id = l.id
        WHERE coalesce(r.quantity, 0) <> l.return_requested
    """,
    "lines count what came back": """
        SELECT format('order line %s', l.id), coalesce(r.received, 0), l.returned
        FROM order_lines l
        LEFT JOIN (
            SELECT order_line_id, sum(received) AS received
            FROM return_lines GROUP BY order_line_id
        ) r ON r.order_line_id = l.id
        WHERE coalesce(r.received, 0) <> l.returned
    """,
    "returns count what receipts brought": """
        SELECT format('return line %s', rl.id), coalesce(u.quantity, 0), rl.received
        FROM return_lines rl
        LEFT JOIN (
            SELECT return_line_id, sum(quantity) AS quantity
            FROM return_receipt_units GROUP BY return_line_id
        ) u ON u.return_line_id = rl.id
        WHERE coalesce(u.quantity, 0) <> rl.received AND EXISTS (
            SELECT 1 FROM return_receipts c WHERE c.return_id = rl.return_id
        )
    """,
    "returned goods stand in the ledger": """
        SELECT format('return %s', c.return_id), sum(c.quantity), coalesce(min(m.quantity), 0)
        FROM (
            SELECT r.return_id, u.variant_id, sum(u.quantity) AS quantity
            FROM return_receipts r JOIN return_receipt_units u ON u.receipt_id = r.id
            WHERE u.disposition IN ('restock', 'quality_control')
            GROUP BY r.return_id, u.variant_id
        ) c
        LEFT JOIN (
            SELECT cause, variant_id, sum(on_hand + quality_control) AS quantity
            FROM stock_movements WHERE cause LIKE 'return:%' GROUP BY cause, variant_id
        ) m ON m.cause = 'return:' || c.return_id AND m.variant_id = c.variant_id
        GROUP BY c.return_id, c.variant_id
        HAVING sum(c.quantity) <> coalesce(min(m.quantity), 0)
    """,
    "refunds of returns are for what came": """
        SELECT format('return %s', r.id), r.refund_minor, sum(f.amount_minor)
        FROM returns r JOIN refunds f ON f.return_id = r.id AND f.state <> 'declined'
        GROUP BY r.id
        HAVING sum(f.amount_minor) > r.refund_minor OR (
            r.refund_when = 'on_receipt' AND NOT EXISTS (
                SELECT 1 FROM return_lines rl WHERE rl.return_id = r.id AND rl.received > 0
            )
        )
    """,
    "no unit is put right twice": """
        SELECT format('order line %s', l.id), l.shipped,
               l.return_requested + l.returned + c.quantity
        FROM order_lines l
        JOIN (
            SELECT cl.order_line_id, sum(cl.quantity) AS quantity
            FROM claim_lines cl JOIN claims c ON c.id = cl.claim_id
            WHERE c.state NOT IN ('rejected', 'cancelled') AND c.return_id IS NULL
            GROUP BY cl.order_line_id
        ) c ON c.order_line_id = l.id
        WHERE l.return_requested + l.returned + c.quantity > l.shipped
    """,
    "what was sent instead is no more than what it replaces": """
        SELECT format('order line %s', n.id), w.quantity, n.ordered
        FROM (
            SELECT new_line_id, sum(quantity) AS quantity FROM (
                SELECT new_line_id, quantity FROM exchange_lines
                UNION ALL SELECT new_line_id, quantity FROM claim_lines
            ) each WHERE new_line_id IS NOT NULL GROUP BY new_line_id
        ) w JOIN order_lines n ON n.id = w.new_line_id
        WHERE n.ordered > w.quantity
    """,
    "replacements are charged as what they replace was": """
        SELECT format('order line %s', n.id), ARRAY[l.unit_price_minor, l.removed],
               ARRAY[n.unit_price_minor, s.sent]::bigint[]
        FROM order_lines n
        JOIN order_lines l ON l.id = n.replaces_line_id
        JOIN (
            SELECT replaces_line_id, sum(ordered - cancelled) AS sent
            FROM order_lines WHERE origin LIKE 'claim:%' AND discount_minor < unit_price_minor
            GROUP BY replaces_line_id
        ) s ON s.replaces_line_id = l.id
        WHERE n.origin LIKE 'claim:%'
          AND (n.unit_price_minor <> l.unit_price_minor OR l.removed < s.sent)
    """,
    "lines count what was refunded for returns": """
        SELECT format('order line %s', l.id), ARRAY[coalesce(r.least, 0), coalesce(r.most, 0)],
               l.refunded
        FROM order_lines l
        LEFT JOIN (
            SELECT rl.order_line_id, sum(rl.received) AS most,
                   sum(rl.received) FILTER (WHERE NOT f.is_open) AS least
            FROM return_lines rl
            JOIN (
                SELECT return_id, bool_or(state <> 'paid') AS is_open
                FROM refunds WHERE return_id IS NOT NULL AND state <> 'declined'
                GROUP BY return_id HAVING bool_or(state = 'paid')
            ) f ON f.return_id = rl.return_id
            GROUP BY rl.order_line_id
        ) r ON r.order_line_id = l.id
        WHERE l.refunded NOT BETWEEN coalesce(r.least, 0) AND coalesce(r.most, 0) AND NOT EXISTS (
            SELECT 1 FROM outbox o
            WHERE o.aggregate = 'order:' || l.order_id AND o.reacted_at IS NULL
        )
    """,
    "items and discounts of an order are those of its lines": """
        SELECT format('order %s', o.id), ARRAY[s.items, s.discount],
               ARRAY[o.items_minor, o.discount_minor]::numeric[]
        FROM orders o
        JOIN (
            SELECT order_id, sum(unit_price_minor * (ordered - removed)) AS items,
                   sum(discount_minor * (ordered - removed) / ordered) AS discount
            FROM order_lines GROUP BY order_id
        ) s ON s.order_id = o.id
        WHERE s.items <> o.items_minor OR s.discount <> o.discount_minor
    """,
    "tax per rate adds up to the tax of the order": """
        SELECT format('order %s', o.id), o.tax_minor, t.tax
        FROM orders o
        JOIN (
            SELECT order_id, sum(tax_minor) AS tax, sum(taxable_minor) AS taxable
            FROM order_taxes GROUP BY order_id
        ) t ON t.order_id = o.id
        WHERE t.tax <> o.tax_minor OR o.total_minor NOT IN (t.taxable, t.taxable + t.tax)
    """,
    "no more goes back than came in": """
        SELECT format('order %s', order_id), captured, back
        FROM (
            SELECT order_id, coalesce(sum(amount) FILTER (WHERE came), 0) AS captured,
                   coalesce(sum(amount) FILTER (WHERE NOT came), 0) AS back
            FROM (
                SELECT order_id, amount_minor AS amount, kind = 'captured' AS came
                FROM payment_entries WHERE kind IN ('captured', 'refunded', 'chargeback')
                UNION ALL
                SELECT order_id, amount_minor, false FROM refunds
                WHERE state NOT IN ('paid', 'declined')
                UNION ALL
                SELECT order_id, held_minor, false FROM chargebacks
                WHERE state IN ('open', 'contested')
            ) each GROUP BY order_id
        ) sums WHERE back > captured
    """,
    "paid refunds stand in the ledger": """
        SELECT format('refund %s', r.id), r.amount_minor, coalesce(p.amount, 0)
        FROM refunds r
        LEFT JOIN (
            SELECT refund_id, sum(amount_minor) AS amount
            FROM payment_entries WHERE kind = 'refunded' GROUP BY refund_id
        ) p ON p.refund_id = r.id
        WHERE coalesce(p.amount, 0) <> CASE WHEN r.state = 'paid' THEN r.amount_minor ELSE 0 END
    """,
    "slips ask for no more than orders still cost": """
        SELECT format('order %s', o.id), greatest(0, o.total_minor + e.ahead - m.came), a.asked
        FROM (
            SELECT p.order_id, sum(p.amount_minor) AS asked
            FROM payment_attempts p JOIN payment_methods w ON w.id = p.method_id
            WHERE p.state = 'waiting' AND p.purpose = 'charge'
              AND w.kind IN ('konbini', 'bank_transfer')
              AND p.reason IN ('order_placed', 'order_changed', 'exchange')
            GROUP BY p.order_id
        ) a
        JOIN orders o ON o.id = a.order_id AND o.order_state <> 'cancelled'
        CROSS JOIN LATERAL (
            SELECT coalesce(sum(CASE x.state WHEN 'waiting' THEN x.settled_minor
                                WHEN 'sent' THEN x.settled_minor - x.difference_minor
                                ELSE 0 END), 0) AS ahead
            FROM exchanges x WHERE x.order_id = o.id
        ) e
        CROSS JOIN LATERAL (
            SELECT coalesce(sum(amount), 0) AS came FROM (
                SELECT amount_minor AS amount FROM payment_entries
                WHERE order_id = o.id AND kind = 'captured'
                UNION ALL
                SELECT -amount_minor FROM refunds
                WHERE order_id = o.id AND state <> 'declined' AND key NOT LIKE 'wish:%'
                  AND reason IN ('order_changed', 'exchange', 'paid_too_much', 'paid_otherwise')
            ) each
        ) m
        WHERE a.asked > greatest(0, o.total_minor + e.ahead - m.came) AND NOT EXISTS (
            SELECT 1 FROM outbox b
            WHERE b.aggregate = 'order:' || o.id AND b.reacted_at IS NULL
        )
    """,
    "what providers did stands in the ledger": """
        SELECT format('payment attempt %s', a.id),
               CASE WHEN a.state = 'done' THEN a.amount_minor ELSE 0 END, coalesce(p.amount, 0)
        FROM payment_attempts a
        LEFT JOIN (
            SELECT split_part(key, ':', 2) AS attempt_id, sum(amount_minor) AS amount
            FROM payment_entries WHERE key LIKE 'attempt:%' GROUP BY 1
        ) p ON p.attempt_id = a.id::text
        WHERE coalesce(p.amount, 0) <> CASE WHEN a.state = 'done' THEN a.amount_minor ELSE 0 END
    """,
    "no more is captured or let go than was promised": """
        SELECT format('payment %s of order %s', payment_ref, order_id), promised, used
        FROM (
            SELECT order_id, provider_ref AS payment_ref,
                   coalesce(sum(amount_minor) FILTER (WHERE kind = 'authorized'), 0) AS promised,
                   coalesce(sum(amount_minor) FILTER (WHERE kind <> 'authorized'), 0) AS used
            FROM payment_entries
            WHERE kind IN ('authorized', 'captured', 'voided') AND provider_ref <> ''
            GROUP BY order_id, provider_ref
        ) sums WHERE promised > 0 AND used > promised
    """,
    "lost disputes stand in the ledger": """
        SELECT format('chargeback %s', c.id), c.held_minor, coalesce(p.amount_minor, 0)
        FROM chargebacks c
        LEFT JOIN payment_entries p ON p.key = 'chargeback:' || c.id
        WHERE coalesce(p.amount_minor, 0)
              <> CASE WHEN c.state = 'lost' THEN c.held_minor ELSE 0 END
    """,
    "claimed gift cards became balances": """
        SELECT format('gift card %s', g.id), g.amount_minor, coalesce(s.amount_minor, 0)
        FROM gift_cards g
        LEFT JOIN stored_value_entries s ON s.key = 'gift_card:' || g.id
        WHERE coalesce(s.amount_minor, 0)
              <> CASE WHEN g.state = 'claimed' THEN g.amount_minor ELSE 0 END
    """,
    "money of an order is of its currency": """
        SELECT format('payment entry %s', p.id), o.currency, p.currency
        FROM payment_entries p JOIN orders o ON o.id = p.order_id
        WHERE p.currency <> o.currency
    """,
    "numbers of documents have no gap": """
        SELECT coalesce(s.kind, d.kind), coalesce(s.last, 0), coalesce(d.count, 0)
        FROM document_series s
        FULL JOIN (
            SELECT kind, count(*) AS count, max(substring(number from '[0-9]+$')::bigint) AS last
            FROM documents GROUP BY kind
        ) d USING (kind)
        WHERE (coalesce(d.count, 0), coalesce(d.last, 0))
            <> (coalesce(s.last, 0), coalesce(s.last, 0))
    """,
    "credit notes take no more than their invoice": """
        SELECT format('invoice %s', i.number), i.total_minor, c.credited
        FROM documents i
        JOIN (
            SELECT about_id, sum(total_minor) AS credited
            FROM documents WHERE kind = 'credit_note' GROUP BY about_id
        ) c ON c.about_id = i.id
        WHERE c.credited > i.total_minor
    """,
    "stored value is what its ledger adds up to": """
        SELECT format('payment method %s', m.id), coalesce(s.amount, 0), m.balance_minor
        FROM payment_methods m
        LEFT JOIN (
            SELECT method_id, sum(amount_minor) AS amount
            FROM stored_value_entries GROUP BY method_id
        ) s ON s.method_id = m.id
        WHERE m.balance_minor IS NOT NULL AND coalesce(s.amount, 0) <> m.balance_minor
    """,
    "orders stand as their newest change says": """
        SELECT format('order %s', o.order_id),
               ARRAY[coalesce(c.number, 0)::text, coalesce(c.jeopardy, 'on_time')],
               ARRAY[o.changes::text, o.jeopardy]
        FROM order_outlooks o
        LEFT JOIN LATERAL (
            SELECT number, jeopardy FROM outlook_changes
            WHERE order_id = o.order_id ORDER BY number DESC LIMIT 1
        ) c ON true
        WHERE coalesce(c.number, 0) <> o.changes
            OR (coalesce(c.jeopardy, 'on_time') <> o.jeopardy AND o.stage <> 'cancelled')
    """,
    "every change of an order's standing was told": """
        SELECT format('order %s, change %s', c.order_id, c.number), c.jeopardy, coalesce(o.name, '')
        FROM outlook_changes c
        LEFT JOIN outbox o ON o.aggregate = 'order:' || c.order_id
            AND o.name LIKE 'order.%' AND o.payload ->> 'change' = c.number::text
            AND o.payload ? 'before'
        WHERE coalesce(o.name, '') <> CASE c.jeopardy
                WHEN 'on_time' THEN 'order.recovered' ELSE 'order.' || c.jeopardy END
            AND (o.name IS NOT NULL OR c.changed_at > now() - interval '50 days')
    """,
    "orders stand no better than their worst parcel": """
        SELECT format('order %s', o.order_id), p.worst, o.jeopardy
        FROM order_outlooks o
        JOIN LATERAL (
            SELECT p.jeopardy AS worst
            FROM parcels p JOIN shipments s ON s.id = p.shipment_id
            WHERE s.order_id = o.order_id AND p.status <> 'delivered'
            ORDER BY array_position(
                ARRAY['stalled', 'late', 'at_risk', 'on_time'], p.jeopardy::text
            )
            LIMIT 1
        ) p ON true
        WHERE o.is_open AND NOT EXISTS (
            SELECT 1 FROM outbox b
            WHERE b.aggregate = 'order:' || o.order_id AND b.reacted_at IS NULL
        ) AND array_position(ARRAY['on_time', 'at_risk', 'late', 'stalled'], p.worst::text)
            > array_position(ARRAY['on_time', 'at_risk', 'late', 'stalled'], o.jeopardy::text)
    """,
    "customers hold what they were promised last": """
        SELECT format('order %s', o.order_id), p.window_until::text, o.told_until::text
        FROM order_outlooks o
        JOIN LATERAL (
            SELECT max(newest.window_until) AS window_until FROM (
                SELECT DISTINCT ON (r.parcel_id) r.window_until, r.parcel_id
                FROM promises r WHERE r.order_id = o.order_id
                ORDER BY r.parcel_id, r.id DESC
            ) newest
            LEFT JOIN parcels p ON p.id = newest.parcel_id
            WHERE newest.parcel_id IS NOT NULL AND p.status <> 'delivered'
        ) p ON true
        WHERE o.is_open AND o.stage = 'handed_over' AND p.window_until <> o.told_until
            AND NOT EXISTS (
                SELECT 1 FROM outbox b
                WHERE b.aggregate = 'order:' || o.order_id AND b.reacted_at IS NULL
            )
    """,
    "a promise of an order stands in its chain": """
        SELECT format('order %s', o.order_id), true, false
        FROM order_outlooks o
        WHERE o.promised_until IS NOT NULL AND NOT EXISTS (
            SELECT 1 FROM promises p
            WHERE p.order_id = o.order_id
                AND (p.window_from, p.window_until) = (o.promised_from, o.promised_until)
        ) AND NOT EXISTS (
            SELECT 1 FROM parcels p JOIN shipments s ON s.id = p.shipment_id
            WHERE s.order_id = o.order_id
                AND (p.promised_from, p.promised_until) = (o.promised_from, o.promised_until)
        )
    """,
    "messages name the files they brought": """
        SELECT format('message %s', m.id), coalesce(a.ids, '{}'), coalesce(n.ids, '{}')
        FROM messages m
        LEFT JOIN LATERAL (
            SELECT array_agg(f ->> 'id' ORDER BY f ->> 'id') AS ids
            FROM jsonb_array_elements(m.extra -> 'files') f
        ) n ON true
        LEFT JOIN (
            SELECT message_id, array_agg(public_id::text ORDER BY public_id) AS ids
            FROM attachments WHERE state = 'ready' GROUP BY message_id
        ) a ON a.message_id = m.id
        WHERE coalesce(a.ids, '{}') <> coalesce(n.ids, '{}')
    """,
    "a mail that was filed is what its sender said, once": """
        SELECT format('mail %s', i.id), 'in mail:' || left(i.mail_key, 40),
            m.direction || ' ' || m.key
        FROM mails_in i JOIN messages m ON m.id = i.message_id
        WHERE m.direction <> 'in' OR m.key <> 'mail:' || left(i.mail_key, 40)
    """,
    "a letter that a server calls failed says so": """
        SELECT format('message %s', m.id), 'failed', m.state
        FROM mails_in i JOIN messages m ON m.id = i.about_id
        WHERE i.outcome = 'reported' AND i.why = 'failed'
            AND m.state IS DISTINCT FROM 'failed'
    """,
    "a linked LINE account talks for the customer it is linked to": """
        SELECT format('conversation %s', c.id), a.customer_id, c.customer_id
        FROM line_accounts a
        JOIN conversations c ON c.identity_id = a.identity_id AND c.closed_at IS NULL
        WHERE c.customer_id <> a.customer_id
    """,
    "what is deleted lies nowhere once its deletion is done": """
        SELECT format('file %s', a.id), NULL::text, a.store_key
        FROM attachments a
        WHERE a.state = 'removed' AND a.store_key IS NOT NULL AND NOT EXISTS (
            SELECT 1 FROM outbox b
            WHERE b.aggregate = 'attachment:' || a.id AND b.name = 'attachment.removed'
        )
    """,
    "the inbox lists cases as they are": """
        SELECT format('case %s', coalesce(c.id, i.case_id)), c.said, i.said
        FROM (
            SELECT c.id, ARRAY[
                c.reason, c.state, c.queue_id::text, c.assignee_id::text,
                (array_position(ARRAY['urgent', 'high', 'normal', 'low'], c.priority::text) - 1
                )::text,
                c.waiting_since::text, k.due_at::text, t.tags::text
            ] AS said
            FROM cases c
            LEFT JOIN (
                SELECT case_id, min(due_at) AS due_at FROM sla_clocks GROUP BY case_id
            ) k ON k.case_id = c.id
            LEFT JOIN (
                SELECT case_id, array_agg(tag_id ORDER BY tag_id) AS tags
                FROM case_tagged GROUP BY case_id
            ) t ON t.case_id = c.id
        ) c
        FULL JOIN (
            SELECT case_id, ARRAY[
                reason, state, queue_id::text, assignee_id::text, priority_rank::text,
                waiting_since::text, due_at::text, nullif(tags, '{}')::text
            ] AS said
            FROM case_inbox
        ) i ON i.case_id = c.id
        WHERE c.said IS DISTINCT FROM i.said AND NOT EXISTS (
            SELECT 1 FROM outbox o
            WHERE o.aggregate = 'case:' || coalesce(c.id, i.case_id) AND o.reacted_at IS NULL
        )
    """,
    "figures count cases as they are": """
        SELECT format('case %s', coalesce(c.id, f.case_id)), c.said, f.said
        FROM (
            SELECT c.id, ARRAY[
                c.reason, c.channel, c.language, c.queue_id::text, c.assignee_id::text,
                c.opened_at::text, c.resolved_at::text, (c.merged_into_id IS NULL)::text,
                e.replies::text, e.reopenings::text, e.assigned::text, e.resolved::text,
                t.tags::text
            ] AS said
            FROM cases c
            LEFT JOIN (
                SELECT case_id,
                       count(*) FILTER (WHERE kind = 'replied') AS replies,
                       count(*) FILTER (
                           WHERE kind = 'state_changed' AND data ->> 'why' = 'reopened'
                       ) AS reopenings,
                       min(at) FILTER (WHERE kind = 'assigned') AS assigned,
                       min(at) FILTER (
                           WHERE kind = 'state_changed' AND data ->> 'to' = 'resolved'
                       ) AS resolved
                FROM case_entries GROUP BY case_id
            ) e ON e.case_id = c.id
            LEFT JOIN (
                SELECT case_id, array_agg(tag_id ORDER BY tag_id) AS tags
                FROM case_tagged GROUP BY case_id
            ) t ON t.case_id = c.id
        ) c
        FULL JOIN (
            SELECT case_id, ARRAY[
                reason, channel, language, queue_id::text, assignee_id::text,
                opened_at::text, resolved_at::text, is_counted::text,
                replies::text, reopenings::text, first_assigned_at::text,
                first_resolved_at::text, nullif(tags, '{}')::text
            ] AS said
            FROM case_facts
        ) f ON f.case_id = c.id
        WHERE c.said IS DISTINCT FROM f.said AND NOT EXISTS (
            SELECT 1 FROM outbox o
            WHERE o.aggregate = 'case:' || coalesce(c.id, f.case_id) AND o.reacted_at IS NULL
        )
    """,
    "figures count every answer as its clock does": """
        SELECT format('%s %s of case %s', k.metric, k.round, k.case_id),
               ARRAY[k.stopped_at::text, extract(epoch FROM k.elapsed)::float::text,
                     (k.missed_at IS NULL)::text],
               ARRAY[s.ended_at::text, s.business_s::text, s.is_kept::text]
        FROM sla_clocks k
        JOIN cases c ON c.id = k.case_id AND c.merged_into_id IS NULL
        LEFT JOIN case_spans s USING (case_id, metric, round)
        WHERE k.state = 'stopped'
            AND (s.ended_at, s.business_s, s.is_kept) IS DISTINCT FROM
                (k.stopped_at, extract(epoch FROM k.elapsed)::float, k.missed_at IS NULL)
            AND NOT EXISTS (
                SELECT 1 FROM outbox o
                WHERE o.aggregate = 'case:' || k.case_id AND o.reacted_at IS NULL
            )
    """,
    "colleagues carry what their open cases weigh": """
        SELECT format('colleague %s', a.staff_id), coalesce(c.weight, 0), a.load
        FROM agents a
        LEFT JOIN (
            SELECT c.assignee_id, sum(coalesce(w.weight, 1)) AS weight
            FROM cases c LEFT JOIN channel_weights w ON w.channel = c.channel
            WHERE c.state NOT IN ('resolved', 'closed') GROUP BY c.assignee_id
        ) c ON c.assignee_id = a.staff_id
        WHERE coalesce(c.weight, 0) <> a.load
    """,
    "merged cases point where their merge says": """
        SELECT format('case %s', c.id), coalesce(m.winner_id, s.into_id), c.merged_into_id
        FROM cases c
        LEFT JOIN case_merges m ON m.loser_id = c.id AND m.undone_at IS NULL
        LEFT JOIN (
            SELECT new_case_id, c.merged_into_id AS into_id
            FROM case_splits s JOIN cases c ON c.id = s.new_case_id
            WHERE s.undone_at IS NOT NULL
        ) s ON s.new_case_id = c.id
        WHERE coalesce(m.winner_id, s.into_id) IS DISTINCT FROM c.merged_into_id
    """,
    "messages that were given to a case are of one that was split off": """
        SELECT format('message %s', g.message_id), true, false
        FROM case_messages g
        WHERE NOT EXISTS (SELECT 1 FROM case_splits s WHERE s.new_case_id = g.case_id)
    """,
    "forecasts know when their parcels came": """
        SELECT format('forecast %s', f.id), true, false
        FROM forecasts f
        JOIN parcels p ON p.id = f.parcel_id
        WHERE p.status = 'delivered' AND p.delivered_at IS NOT NULL AND f.delivered_at IS NULL
            AND NOT EXISTS (
                SELECT 1 FROM outbox o
                WHERE o.aggregate = 'order:' || f.order_id AND o.reacted_at IS NULL
            )
    """,
    "lines of cases are of their orders, with no more pieces than were ordered": """
        SELECT format('line %s of case %s', l.order_line_id, l.case_id),
               ARRAY[c.order_id, ol.ordered], ARRAY[ol.order_id, l.quantity]
        FROM case_lines l
        JOIN cases c ON c.id = l.case_id
        JOIN order_lines ol ON ol.id = l.order_line_id
        WHERE l.quantity > ol.ordered
           OR (ol.order_id IS DISTINCT FROM c.order_id
               AND NOT EXISTS (SELECT FROM case_orders o
                               WHERE o.case_id = l.case_id AND o.order_id = ol.order_id))
    """,
    "fields of a choice say one of its choices": """
        SELECT format('field %s of case %s', v.field, v.case_id), f.choices::text, v.value
        FROM case_values v JOIN case_fields f ON f.code = v.field
        WHERE f.kind = 'choice'
          AND NOT f.choices @> jsonb_build_array(jsonb_build_object('code', v.value))
    """,
    "talks are as long as what was wished in them": """
        SELECT format('talk %s', t.id), coalesce(sum(w.turns), 0), t.turns
        FROM talks t LEFT JOIN talk_wishes w ON w.talk_id = t.id
        GROUP BY t.id HAVING coalesce(sum(w.turns), 0) <> t.turns
    """,
}

#: How many orders are derived anew at a time.
_BATCH: Final = 5_000

STATES: Final = "states are what the facts derive"


def checks() -> tuple[str, ...]:
    """The name of every check, in the order they run."""
    return (*_CHECKS, STATES)


def audit(
    database: Database, *, began: Callable[[str], None] = lambda _: None
) -> tuple[Difference, ...]:
    """Everything that does not add up, as of one moment; nothing is written or locked.

    Args:
        database: what to look at.
        began: told the name of each check before it runs.
    """
    engine = database.engine.execution_options(
        isolation_level="REPEATABLE READ", postgresql_readonly=True
    )
    with engine.connect() as connection:
        return tuple(differences(connection, began=began))


def differences(
    connection: Connection, *, began: Callable[[str], None] = lambda _: None
) -> Iterator[Difference]:
    """Everything that does not add up; nothing, when all is well.

    Counts that reactions keep are not compared while their order has events waiting.

    Args:
        connection: in one transaction of repeatable reads, else checks see different moments.
        began: told the name of each check before it runs.
    """
    for name, query in _CHECKS.items():
        began(name)
        for subject, expected, found in connection.execute(text(query)):
            yield Difference(name, subject, _plain(expected), _plain(found))
    began(STATES)
    yield from _states(connection)


def _states(connection: Connection) -> Iterator[Difference]:
    last = 0
    while True:
        rows = connection.execute(text(_ORDERS), {"last": last, "batch": _BATCH}).all()
        if not rows:
            return
        for row in rows:
            yield from _state(row)
        last = rows[-1].id


_SUMS: Final = {
    "authorized": "authorized",
    "voided": "voided",
    "captured": "captured",
    "refunded": "refunded",
    "chargeback": "charged_back",
}
_ORDERS: Final = f"""
    SELECT o.id, o.total_minor, o.is_draft, o.order_state, o.payment_state, o.fulfilment_state,
           EXISTS (SELECT 1 FROM order_holds h
                   WHERE h.order_id = o.id AND h.released_at IS NULL) AS is_held,
           (SELECT json_agg(json_build_array({", ".join(f"l.{name}" for name in COUNTERS)}))
            FROM order_lines l WHERE l.order_id = o.id) AS lines,
           (SELECT json_object_agg(kind, amount) FROM (
                SELECT kind, sum(amount_minor) AS amount
                FROM payment_entries p WHERE p.order_id = o.id GROUP BY kind
            ) k) AS sums
    FROM orders o WHERE o.id > :last ORDER BY o.id LIMIT :batch
"""  # noqa: S608 - made of our own column names


def _state(row: Row[*tuple[Any, ...]]) -> Iterator[Difference]:
    states = derive(
        [Counters(**dict(zip(COUNTERS, line, strict=True))) for line in row.lines or ()],
        Sums(**{_SUMS[kind]: int(amount) for kind, amount in (row.sums or {}).items()}),
        total_minor=row.total_minor,
        is_draft=row.is_draft,
        is_held=row.is_held,
    )
    expected = [str(states.order), str(states.payment), str(states.fulfilment)]
    found = [row.order_state, row.payment_state, row.fulfilment_state]
    if expected != found:
        yield Difference(STATES, f"order {row.id}", expected, found)


def _plain(value: Any) -> Any:
    """As JSON can say it."""
    if isinstance(value, list):
        return [_plain(one) for one in value]
    return value if isinstance(value, str) or value is None else int(value)
