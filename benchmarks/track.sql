INSERT INTO sales_channels (code, name, kind, currency, tax_mode, zone, locale, stock_buffer, is_active)
VALUES ('bench', '{"ja": "b", "en": "b"}', 'web', 'JPY', 'inclusive', 'Asia/Tokyo', 'ja', 0, true);
INSERT INTO customers (family_name, given_name, family_name_kana, given_name_kana, search, language, tier, created_at)
VALUES ('佐藤', '美咲', '', '', '', 'ja', 'standard', now());
INSERT INTO orders (number, number_key, digits_key, channel_id, external_ref, customer_id, language, currency,
    placed_at, created_at, mail_key, phone_key, postal_key, items_minor, discount_minor, shipping_minor,
    tax_minor, total_minor, is_draft, cancel_reason, speed, order_state, payment_state, fulfilment_state, version)
SELECT 'T-' || lpad(n::text, 6, '0'), 'T' || lpad(n::text, 6, '0'), lpad(n::text, 6, '0'), c.id, n::text, p.id,
    'ja', 'JPY', now(), now(), 'buyer' || n || '@example.jp', '', '', 1000, 0, 0, 0, 1000, false, '', '',
    'placed', 'paid', 'shipped', 1
FROM generate_series(1, :orders) AS n, sales_channels AS c, customers AS p;
INSERT INTO shipments (number, order_id, origin_region, destination_region, created_at)
SELECT 'S' || id, id, '', '', now() FROM orders;
INSERT INTO parcels (shipment_id, carrier, service, tracking_number, tracking_key, status, status_at,
    handed_over_at, promised_from, promised_until, estimated_from, estimated_until, estimate_reason, because, jeopardy)
SELECT id, 'yamato', '', 'Y' || id, 'Y' || id, 'in_transit', now(), now() - interval '1 day',
    now(), now() + interval '1 day', now(), now() + interval '1 day', 'history',
    jsonb_build_object('why', 'history', 'left_at', (now() - id * interval '17 seconds')::text,
        'origin', '大阪府', 'destination', '東京都', 'usual_days', '[1, 2]'::jsonb), 'on_time'
FROM shipments;
INSERT INTO order_outlooks (order_id, stage, is_open, promised_from, promised_until, promised_at, told_from,
    told_until, estimated_from, estimated_until, estimated_at, because, jeopardy, cause, suggestion, parcel_id,
    parts, risk_percent, changes, due_at, assessed_at, look_again_at, version)
SELECT s.order_id, 'handed_over', true, p.promised_from, p.promised_until, now(), p.promised_from,
    p.promised_until, p.estimated_from, p.estimated_until, p.estimated_from, p.because, 'on_time', '', '', p.id,
    jsonb_build_object('parts', jsonb_build_array(jsonb_build_object('stage', 'handed_over', 'parcel_id', p.id,
        'location_id', NULL, 'from', p.estimated_from, 'until', p.estimated_until, 'median', NULL,
        'jeopardy', 'on_time', 'cause', '', 'suggestion', '', 'chance_late', 0.1))), 10, 0, now(), now(),
    NULL, 1
FROM parcels AS p JOIN shipments AS s ON s.id = p.shipment_id;
INSERT INTO scans (parcel_id, event_key, status, occurred_at, received_at, place, reason, carrier_words)
SELECT p.id, 'e' || n, 'in_transit', now() - n * interval '3 hours', now(), '新宿センター', '', '輸送中'
FROM parcels AS p, generate_series(1, 3) AS n
