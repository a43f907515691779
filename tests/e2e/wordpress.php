<?php
/**
 * As much of WordPress and WooCommerce as the example's plugin touches, for `php -S`: hooks, orders, planned events.
 * What is planned for now is done after the answer's page, as wp-cron does.
 */

const CREATRAIL_HOSTS_TO = '127.0.0.1'; // names under localhost are this machine

$hooks = [];
$planned = [];
$state = is_file(getenv('STATE')) ? json_decode(file_get_contents(getenv('STATE')), true) : [];
$is_reachable = ($_GET['reach'] ?? '') !== 'no';

define('CREATRAIL_URL', getenv('CREATRAIL_URL'));
define('CREATRAIL_SIGNING_KEY', getenv('CREATRAIL_SIGNING_KEY'));

class Order
{
    public function __construct(private int $id)
    {
    }

    public function update_meta_data(string $name, string $value): void
    {
        global $state;
        $state[$this->id]['meta'][$name] = $value;
    }

    public function get_meta(string $name)
    {
        global $state;
        return $state[$this->id]['meta'][$name] ?? '';
    }

    public function get_total()
    {
        global $state;
        return $state[$this->id]['total'];
    }

    public function get_amount()
    {
        return $this->get_total();
    }

    public function get_currency(): string
    {
        return 'EUR';
    }

    public function get_coupon_codes(): array
    {
        return [];
    }
}

function add_action(string $hook, callable $work, int $priority = 10, int $arguments = 1): void
{
    global $hooks;
    $hooks[$hook][] = [$work, $arguments];
}

function do_action(string $hook, ...$given): void
{
    global $hooks;
    foreach ($hooks[$hook] ?? [] as [$work, $arguments]) {
        $work(...array_slice($given, 0, $arguments));
    }
}

function wp_schedule_single_event(int $at_s, string $hook, array $given): void
{
    global $planned;
    $planned[] = [$at_s, $hook, $given];
}

function wc_get_order($id)
{
    global $state;
    return isset($state[$id]) ? new Order($id) : false;
}

function is_ssl(): bool
{
    return true;
}

function wp_parse_url(string $url): array
{
    return parse_url($url);
}

function wp_remote_post(string $url, array $given)
{
    global $is_reachable;
    $address = parse_url($url);
    $headers = ["Host: {$address['host']}"];
    foreach ($given['headers'] as $name => $value) {
        $headers[] = "$name: $value";
    }
    $http = ['method' => 'POST', 'header' => $headers, 'content' => $given['body'], 'ignore_errors' => true];
    $port = $is_reachable ? $address['port'] : 1;
    $target = 'http://' . CREATRAIL_HOSTS_TO . ":$port{$address['path']}";
    $answer = @file_get_contents($target, false, stream_context_create(['http' => $http]));
    return $answer === false ? null : (int) explode(' ', $http_response_header[0])[1];
}

function is_wp_error($answer): bool
{
    return $answer === null;
}

function wp_remote_retrieve_response_code($answer): int
{
    return $answer;
}

require getenv('PLUGIN');
do_action('init');

$path = parse_url($_SERVER['REQUEST_URI'], PHP_URL_PATH);
$id = (int) ($_GET['id'] ?? 0);
if ($path === '/orders') {
    $state[$id]['total'] = $_GET['total'];
    do_action('woocommerce_checkout_create_order', new Order($id), []);
    do_action('woocommerce_payment_complete', $id, 'transaction');
}
if ($path === '/refunds') {
    $state[$id]['total'] = $_GET['amount'];
    do_action('woocommerce_order_refunded', (int) $_GET['of'], $id);
}
file_put_contents(getenv('STATE'), json_encode($state));

$due = $planned;
$planned = [];
foreach ($due as [, $hook, $given]) {
    do_action($hook, ...$given);
}
echo $due ? 'planned ' . count($due) : 'nothing planned';
foreach ($planned as [$at_s]) {
    echo ', again after ' . ($at_s - time()) . ' s';
}
