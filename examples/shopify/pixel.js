// A custom pixel for Shopify: paste it under Settings, Customer events, and fill in the first two lines.
// It runs in a sandboxed frame without the page's document and cookies, so it uses only what Shopify hands in:
// `analytics`, `browser.cookie`, and fetch.
const CREATRAIL = "https://go.brand.example";
const KEY = "ct_pub_…";
const KEPT_S = 28 * 24 * 3600;

const readClickId = (address) => {
  const query = new URL(address).searchParams;
  const given = query.get("ct") || query.get("click_id") || "";
  return /^[\w-]{34}$/.test(given) ? given : "";
};

const keep = (name, value) => browser.cookie.set(`${name}=${value}; path=/; max-age=${KEPT_S}; samesite=lax; secure`);

analytics.subscribe("page_viewed", async (event) => {
  const clickId = readClickId(event.context.document.location.href);
  if (!clickId || navigator.globalPrivacyControl) return;
  if (!(await browser.cookie.get("creatrail_first"))) await keep("creatrail_first", clickId);
  await keep("creatrail_latest", clickId);
});

analytics.subscribe("checkout_completed", async (event) => {
  const { order, totalPrice, currencyCode, discountApplications } = event.data.checkout;
  const coupon = (discountApplications || []).find((each) => each.type === "DISCOUNT_CODE");
  const report = {
    key: KEY,
    event: "sale",
    txn_id: String(order.id).split("/").pop(), // as the webhook names the order
    revenue: String(totalPrice.amount),
    currency: currencyCode,
    click_id: await browser.cookie.get("creatrail_latest"),
    first_click_id: await browser.cookie.get("creatrail_first"),
    coupon: coupon ? coupon.title : "",
  };
  const given = Object.fromEntries(Object.entries(report).filter(([, value]) => value));
  // Without a content type of its own the browser asks nothing beforehand, and `keepalive` outlives the page.
  await fetch(`${CREATRAIL}/conv`, { method: "POST", body: JSON.stringify(given), keepalive: true });
});
