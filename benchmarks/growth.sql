-- Orders from first to last as they stand after a while: nineteen of twenty delivered, one still open.
INSERT INTO orders (number, number_key, digits_key, channel_id, external_ref, content_key, customer_id, language,
    currency, placed_at, created_at, ship_to, mail_key, phone_key, postal_key, items_minor, discount_minor,
    shipping_minor, tax_minor, total_minor, is_draft, cancel_reason, speed, order_state, payment_state,
    fulfilment_state, version)
SELECT 'L-' || n, 'L' || n, n::text, c.id, 'load-' || n, md5(n::text), b.ids[1 + mod(n, cardinality(b.ids))], 'ja',
    'JPY', now() - n * interval '30 seconds', now() - n * interval '30 seconds',
    '{"recipient": "佐藤 美咲", "country": "JP", "postal_code": "1600022", "region": "東京都", "city": "新宿区",
      "line1": "新宿1-2-3", "line2": "", "phone": ""}',
    'load' || n || '@example.jp', '', '1600022', 2000, 0, 0, 148, 2000, false, '', '',
    CASE WHEN mod(n, 20) = 0 THEN 'placed' ELSE 'completed' END, 'paid',
    CASE WHEN mod(n, 20) = 0 THEN 'allocated' ELSE 'delivered' END, 1
FROM generate_series(CAST(%(first)s AS integer), CAST(%(last)s AS integer)) AS n, sales_channels AS c,
    (SELECT array_agg(id) AS ids FROM customers) AS b
WHERE c.code = 'web';
INSERT INTO order_lines (order_id, position, variant_id, sku, name, options, unit_price_minor, discount_minor,
    tax_rate_bp, ordered, allocated, backordered, picked, packed, shipped, delivered, cancelled, return_requested,
    returned, refunded, removed, origin)
SELECT o.id, 1, %(variant)s, 'COFFEE', '{"ja": "ドリップコーヒー", "en": "Drip coffee"}', '{"size": "100 g"}', 1000, 0,
    800, 2, CASE o.order_state WHEN 'placed' THEN 2 ELSE 0 END, 0, 0, 0,
    CASE o.order_state WHEN 'placed' THEN 0 ELSE 2 END, CASE o.order_state WHEN 'placed' THEN 0 ELSE 2 END,
    0, 0, 0, 0, 0, ''
FROM orders AS o WHERE o.id > %(after)s;
INSERT INTO order_taxes (order_id, rate_bp, taxable_minor, tax_minor)
SELECT id, 800, 2000, 148 FROM orders WHERE id > %(after)s;
INSERT INTO payment_entries (order_id, kind, amount_minor, currency, provider_ref, actor, at, key)
SELECT id, 'captured', 2000, 'JPY', '', 'integration:1', placed_at, 'order:' || id || ':placed:1'
FROM orders WHERE id > %(after)s;
INSERT INTO stock_movements (variant_id, location_id, kind, on_hand, allocated, reserved, incoming, damaged,
    quality_control, cause, reason, actor, at, key)
SELECT %(variant)s, %(location)s, 'allocated', 0, 2, 0, 0, 0, 0, 'order:' || id, '', 'integration:1', placed_at,
    'order:' || id || ':placed:allocated:' || %(variant)s || ':' || %(location)s
FROM orders WHERE id > %(after)s;
INSERT INTO stock_movements (variant_id, location_id, kind, on_hand, allocated, reserved, incoming, damaged,
    quality_control, cause, reason, actor, at, key)
SELECT %(variant)s, %(location)s, 'shipped', -2, -2, 0, 0, 0, 0, 'order:' || id, '', 'system:', placed_at,
    'order:' || id || ':shipped:shipped:' || %(variant)s || ':' || %(location)s
FROM orders WHERE id > %(after)s AND order_state = 'completed';
INSERT INTO allocations (order_line_id, variant_id, location_id, quantity)
SELECT l.id, %(variant)s, %(location)s, 2 FROM order_lines AS l WHERE l.order_id > %(after)s AND l.allocated > 0;
UPDATE stock_levels
SET allocated = allocated + 2 * (SELECT count(*) FROM orders WHERE id > %(after)s AND order_state = 'placed'),
    on_hand = on_hand - 2 * (SELECT count(*) FROM orders WHERE id > %(after)s AND order_state = 'completed')
WHERE variant_id = %(variant)s AND location_id = %(location)s;
INSERT INTO sourcing_decisions (order_id, kind, decided_at, actor, cost_minor, is_exact, answer, key)
SELECT id, 'promised', placed_at, 'integration:1', 0, true,
    '{"picks": [], "waiting": [], "taken_back": [], "looked_at": []}', 'order:' || id || ':placed'
FROM orders WHERE id > %(after)s;
INSERT INTO order_log (order_id, kind, at, actor, channel, data)
SELECT id, 'placed', placed_at, 'integration:1', 'web', '{}' FROM orders WHERE id > %(after)s;
INSERT INTO outbox (event_id, name, version, aggregate, payload, occurred_at, correlation_id, actor, reacted_at)
SELECT gen_random_uuid(), 'order.placed', 1, 'order:' || id, '{"order_id": 0}', placed_at, gen_random_uuid(),
    'integration:1', placed_at
FROM orders WHERE id > %(after)s
