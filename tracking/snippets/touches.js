// Which clicks led here: the first and the latest click id, each with the second in which it came.
// Nothing here may throw into the page, and a page in a sandbox throws at whoever touches its cookies.
var NAME = "_creatrail";
var DAY_S = 86400;
var script = document.currentScript || findScript();
var origin = /^https?:\/\/[^\/]+/.exec(script.src)[0];
var key = script.getAttribute("data-key") || (/[?&]key=(\w+)/.exec(script.src) || [])[1];
var days = +script.getAttribute("data-days") || 28;
var isPrivate = navigator.globalPrivacyControl;
var arrived = (/[?&](?:ct|click_id)=([\w-]{34})(?![^&])/.exec(location.search) || [])[1];

function findScript() {
  var all = document.getElementsByTagName("script");
  for (var i = all.length; i--; ) if (/\/js\/v1\/\w+/.test(all[i].src)) return all[i];
}

function attempt(work) {
  try {
    return work();
  } catch (error) {}
}

function readSecond() {
  return Math.floor(new Date().getTime() / 1000);
}

function readCookie() {
  return (document.cookie.match("(?:^|; )" + NAME + "=([^;]*)") || [])[1];
}

function readKept() {
  var kept = attempt(readCookie) || attempt(function () { return localStorage.getItem(NAME); }) || "";
  var parts = /^([\w-]{34})\.(\d+)\.([\w-]{34})\.(\d+)$/.exec(kept);
  var oldest = readSecond() - days * DAY_S;
  if (isPrivate || !parts || parts[4] < oldest) return {};
  var isFirstOver = parts[2] < oldest;
  return {
    first: isFirstOver ? parts[3] : parts[1],
    firstAt: isFirstOver ? parts[4] : parts[2],
    latest: parts[3],
    latestAt: parts[4]
  };
}

function readTouches() {
  var touches = readKept();
  if (arrived && arrived !== touches.first && arrived !== touches.latest) {
    touches.latest = arrived;
    touches.latestAt = readSecond();
    touches.first = touches.first || arrived;
    touches.firstAt = touches.firstAt || touches.latestAt;
  }
  return touches;
}
