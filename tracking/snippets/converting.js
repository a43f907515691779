// creatrail.convert({event, value, currency, txnId, coupon}): at once, or when this script came, if it was called before.
function writeAmount(value) {
  return typeof value === "number" && Math.abs(value) < 1e15 ? value.toFixed(4).replace(/\.?0+$/, "") : value;
}

function convert(it) {
  attempt(function () {
    var touches = readTouches();
    var latest = it.clickId || touches.latest;
    send("/conv", {
      key: key,
      event: it.event,
      revenue: writeAmount(it.value),
      currency: it.currency,
      txn_id: it.txnId,
      coupon: it.coupon,
      click_id: latest,
      first_click_id: touches.first === latest ? "" : touches.first
    });
  });
}

attempt(function () {
  var waiting = (window.creatrail || {}).queue || [];
  window.creatrail = {
    convert: convert,
    clickId: function () { return attempt(readTouches).latest; },
    firstClickId: function () { return attempt(readTouches).first; },
    queue: { push: convert }
  };
  for (var i = 0; i < waiting.length; i++) convert(waiting[i]);
  var event = script.getAttribute("data-event");
  if (event) {
    convert({
      event: event,
      value: script.getAttribute("data-value"),
      currency: script.getAttribute("data-currency"),
      txnId: script.getAttribute("data-txn-id"),
      coupon: script.getAttribute("data-coupon")
    });
  }
});
