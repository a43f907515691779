// To the tracking domain, even while the page is being left. What is sent twice is taken once.
var FORM = "application/x-www-form-urlencoded";

function encodeFields(fields) {
  var pairs = [];
  for (var name in fields) {
    var value = fields[name];
    if (value != null && value !== "") pairs.push(name + "=" + encodeURIComponent(value));
  }
  return pairs.join("&");
}

function send(path, fields) {
  var url = origin + path;
  var body = encodeFields(fields);
  function sendAsPicture() {
    new Image().src = url + "?" + body;
  }
  if (window.Request && "keepalive" in Request.prototype) {
    fetch(url, { method: "POST", body: body, keepalive: true, credentials: "omit", headers: { "content-type": FORM } })
      .then(function (answer) { return answer.ok ? "" : answer.text(); })
      .then(function (said) { if (said) console.warn("creatrail: " + said); }, sendAsPicture);
  } else if (!attempt(function () { return navigator.sendBeacon(url, new Blob([body], { type: FORM })); })) {
    sendAsPicture();
  }
}
