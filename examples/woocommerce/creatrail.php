<?php
/**
 * Plugin Name: Creatrail
 * Description: Keeps the click id of short links, and reports orders and refunds, signed.
 *
 * Put this file into wp-content/mu-plugins, and two lines into wp-config.php:
 *
 *     define('CREATRAIL_URL', 'https://go.brand.example/conv');
 *     define('CREATRAIL_SIGNING_KEY', 'ct_sign_…');
 */

const CREATRAIL_KEPT_S = 28 * 24 * 3600;
const CREATRAIL_FIRST_PAUSE_S = 60;
const CREATRAIL_MAX_TRIES = 20; // the last pauses are of a day: ten days in all

function creatrail_read_click_id($given): string
{
    return is_string($given) && preg_match('/^[A-Za-z0-9_-]{34}$/D', $given) ? $given : '';
}

/** The shop's own server sets the cookie, which scripts cannot read and browsers do not cut short. */
function creatrail_keep_click(): void
{
    $click_id = creatrail_read_click_id($_GET['ct'] ?? '');
    $is_private = ($_SERVER['HTTP_SEC_GPC'] ?? '') === '1';
    if ($is_private || $click_id === '') {
        return;
    }
    $names = isset($_COOKIE['creatrail_first']) ? ['creatrail_latest'] : ['creatrail_first', 'creatrail_latest'];
    foreach ($names as $name) {
        setcookie($name, $click_id, [
            'expires' => time() + CREATRAIL_KEPT_S,
            'path' => '/',
            'secure' => is_ssl(),
            'httponly' => true,
            'samesite' => 'Lax',
        ]);
    }
}

/** With the order the click ids are safe, whatever happens to cookies before it is paid. */
function creatrail_note_clicks($order): void
{
    foreach (['creatrail_first', 'creatrail_latest'] as $name) {
        $click_id = creatrail_read_click_id($_COOKIE[$name] ?? '');
        if ($click_id !== '') {
            $order->update_meta_data('_' . $name, $click_id);
        }
    }
}

function creatrail_plan_sale($order_id): void
{
    wp_schedule_single_event(time(), 'creatrail_report', [(int) $order_id, 0, 0]);
}

function creatrail_plan_refund($order_id, $refund_id): void
{
    wp_schedule_single_event(time(), 'creatrail_report', [(int) $order_id, (int) $refund_id, 0]);
}

/** Reports a sale, or a refund of it where there is a refund id. Safe to repeat: an order is taken once. */
function creatrail_report($order_id, $refund_id, $tries): void
{
    $order = wc_get_order($order_id);
    $refund = $refund_id ? wc_get_order($refund_id) : null;
    if (!$order || ($refund_id && !$refund)) {
        return;
    }
    $report = [
        'event' => $refund ? 'refund' : 'sale',
        'txn_id' => (string) $order_id,
        'refund_id' => $refund ? (string) $refund_id : '',
        'revenue' => creatrail_write_amount($refund ? $refund->get_amount() : $order->get_total()),
        'currency' => $order->get_currency(),
        'click_id' => $refund ? '' : (string) $order->get_meta('_creatrail_latest'),
        'first_click_id' => $refund ? '' : (string) $order->get_meta('_creatrail_first'),
        'coupon' => $refund ? '' : (string) ($order->get_coupon_codes()[0] ?? ''),
    ];
    $status = creatrail_send(json_encode(array_filter($report, fn($value) => $value !== '')));
    if ($status === 202) {
        return;
    }
    error_log("creatrail: order $order_id, refund $refund_id: answered $status");
    $is_hopeless = in_array($status, [400, 404, 413, 415, 422], true);
    if (!$is_hopeless && $tries < CREATRAIL_MAX_TRIES) {
        $pause_s = min(CREATRAIL_FIRST_PAUSE_S * 2 ** $tries, 24 * 3600);
        wp_schedule_single_event(time() + $pause_s, 'creatrail_report', [$order_id, $refund_id, $tries + 1]);
    }
}

/** The status that came back; 0 when nothing did. */
function creatrail_send(string $body): int
{
    $address = wp_parse_url(CREATRAIL_URL);
    $at_s = time();
    $nonce = bin2hex(random_bytes(16));
    $key_name = explode('_', CREATRAIL_SIGNING_KEY)[2];
    $signed = implode("\n", [$at_s, $nonce, 'POST', $address['host'], $address['path'], $body]);
    $digest = hash_hmac('sha256', $signed, CREATRAIL_SIGNING_KEY);
    $answer = wp_remote_post(CREATRAIL_URL, [
        'timeout' => 10,
        'headers' => [
            'Content-Type' => 'application/json',
            'X-Signature' => "t=$at_s,kid=$key_name,nonce=$nonce,v1=$digest",
        ],
        'body' => $body,
    ]);
    return is_wp_error($answer) ? 0 : (int) wp_remote_retrieve_response_code($answer);
}

/** Without zeros that the currency may not have: 1200.00 JPY is 1200. */
function creatrail_write_amount($amount): string
{
    $text = (string) $amount;
    return str_contains($text, '.') ? rtrim(rtrim($text, '0'), '.') : $text;
}

add_action('init', 'creatrail_keep_click');
add_action('woocommerce_checkout_create_order', 'creatrail_note_clicks');
add_action('woocommerce_store_api_checkout_update_order_meta', 'creatrail_note_clicks');
add_action('woocommerce_payment_complete', 'creatrail_plan_sale');
add_action('woocommerce_order_status_completed', 'creatrail_plan_sale'); // paid without a gateway; twice is once
add_action('woocommerce_order_refunded', 'creatrail_plan_refund', 10, 2);
add_action('creatrail_report', 'creatrail_report', 10, 3);
