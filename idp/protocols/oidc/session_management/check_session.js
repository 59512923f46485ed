/* The OP iframe (OpenID Connect Session Management 1.0, section 3.2): answers a service's page whether
   the session is the one it knows. It runs in browsers as old as the journey's pages do, also where
   a page without TLS around it hides the browser's own hash functions; so SHA-256 stands here. */
(function () {
  "use strict";

  var COOKIE = document.documentElement.getAttribute("data-cookie");
  var verdicts = {};

  function sha256(text) {
    var octets = unescape(encodeURIComponent(text));
    var primes = [], words = [], hash = [], schedule = [];
    var candidate, multiple, composite = {}, i, j, length = octets.length;
    function fraction(value) { return ((value - Math.floor(value)) * 4294967296) | 0; }
    function turned(value, by) { return (value >>> by) | (value << (32 - by)); }
    for (candidate = 2; primes.length < 64; candidate += 1) {
      if (!composite[candidate]) {
        if (primes.length < 8) { hash.push(fraction(Math.pow(candidate, 1 / 2))); }
        primes.push(fraction(Math.pow(candidate, 1 / 3)));
        for (multiple = candidate * candidate; multiple < 320; multiple += candidate) {
          composite[multiple] = true;
        }
      }
    }
    octets += "\x80";
    while (octets.length % 64 !== 56) { octets += "\x00"; }
    for (i = 0; i < octets.length; i += 1) {
      words[i >> 2] = (words[i >> 2] || 0) | (octets.charCodeAt(i) << (24 - 8 * (i % 4)));
    }
    words.push(Math.floor(length / 536870912), (length << 3) | 0);
    for (j = 0; j < words.length; j += 16) {
      var before = hash.slice(0);
      for (i = 0; i < 64; i += 1) {
        var w15 = schedule[i - 15], w2 = schedule[i - 2], a = hash[0], e = hash[4];
        schedule[i] = i < 16 ? words[j + i] : (schedule[i - 16] + schedule[i - 7] +
          (turned(w15, 7) ^ turned(w15, 18) ^ (w15 >>> 3)) +
          (turned(w2, 17) ^ turned(w2, 19) ^ (w2 >>> 10))) | 0;
        var one = hash[7] + (turned(e, 6) ^ turned(e, 11) ^ turned(e, 25)) +
          ((e & hash[5]) ^ (~e & hash[6])) + primes[i] + schedule[i];
        var two = (turned(a, 2) ^ turned(a, 13) ^ turned(a, 22)) +
          ((a & hash[1]) ^ (a & hash[2]) ^ (hash[1] & hash[2]));
        hash = [(one + two) | 0].concat(hash.slice(0, 7));
        hash[4] = (hash[4] + one) | 0;
      }
      for (i = 0; i < 8; i += 1) { hash[i] = (hash[i] + before[i]) | 0; }
    }
    return hash.map(function (word) {
      return ("0000000" + (word >>> 0).toString(16)).slice(-8);
    }).join("");
  }

  /* Nothing where the browser shows no cookies inside other sites' pages: that is not "changed". */
  function browserState() {
    var pairs, i;
    try { pairs = document.cookie.split("; "); } catch (blocked) { return ""; }
    for (i = 0; i < pairs.length; i += 1) {
      if (pairs[i].indexOf(COOKIE + "=") === 0) { return pairs[i].slice(COOKIE.length + 1); }
    }
    return "";
  }

  function judged(client, origin, sent) {
    var salt = sent.slice(sent.indexOf(".") + 1), state = browserState();
    if (!state) { return "error"; }
    return sent === sha256([client, origin, state, salt].join(" ")) + "." + salt ?
      "unchanged" : "changed";
  }

  /* The server says once for each page whether it expects this client at this origin. */
  function whenExpected(client, origin, then) {
    var key = client + " " + origin, verdict = verdicts[key], request;
    if (typeof verdict === "boolean") { then(verdict); return; }
    if (verdict) { verdict.push(then); return; }
    verdicts[key] = [then];
    request = new XMLHttpRequest();
    request.open("GET", "check_session_origin?client_id=" + encodeURIComponent(client) +
      "&origin=" + encodeURIComponent(origin));
    request.onloadend = function () {
      var waiting = verdicts[key], known = request.status === 204 || request.status === 403;
      verdicts[key] = known ? request.status === 204 : undefined;
      waiting.forEach(function (tell) { tell(request.status === 204); });
    };
    request.send();
  }

  window.addEventListener("message", function (event) {
    var found = /^(\S+) ([0-9a-f]{64}\.[\w-]+)$/.exec(String(event.data));
    function tell(answer) { event.source.postMessage(answer, event.origin); }
    if (!event.source || !/^https?:/.test(event.origin)) { return; }
    if (!found) { tell("error"); return; }
    whenExpected(found[1], event.origin, function (isExpected) {
      tell(isExpected ? judged(found[1], event.origin, found[2]) : "error");
    });
  });
}());
