// On every page: keep what led here, for the whole site of the brand, and say once a day that this script runs.
function keep(touches) {
  var kept = [touches.first, touches.firstAt, touches.latest, touches.latestAt].join(".");
  var terms = "; path=/; max-age=" + days * DAY_S + "; samesite=lax" + (location.protocol === "https:" ? "; secure" : "");
  attempt(function () { localStorage.setItem(NAME, kept); });
  attempt(function () {
    // The widest domain that takes it: browsers refuse those that many sites share, such as co.uk.
    var labels = location.hostname.split(".");
    for (var i = labels.length; i-- && readCookie() !== kept; ) {
      document.cookie = NAME + "=" + kept + "; domain=" + labels.slice(i).join(".") + terms;
    }
    if (readCookie() !== kept) document.cookie = NAME + "=" + kept + terms;
  });
}

function tell() {
  var day = Math.floor(readSecond() / DAY_S) + ".";
  var told = attempt(function () { return sessionStorage.getItem(NAME); }) || "";
  if (told.indexOf(day + (arrived || "")) === 0) return;
  attempt(function () { sessionStorage.setItem(NAME, day + (arrived || "")); });
  send("/seen", { key: key, ct: arrived, page: location.hostname });
}

attempt(function () {
  if (isPrivate) return;
  var touches = readTouches();
  if (touches.latest === arrived && readKept().latest !== arrived) keep(touches);
  tell();
});
