/* A page that waits for somebody else goes on by itself. ECMAScript 5, like its neighbour. */
(function () {
  "use strict";

  var line = document.querySelector("[data-refresh]");
  if (!line) {
    return;
  }
  var pause = parseInt(line.getAttribute("data-refresh"), 10) * 1000;
  var newsUrl = line.getAttribute("data-news-url");
  var touched = 0;
  var timer = null;
  var LONGEST = 30000;

  function show() {
    window.location.replace(line.getAttribute("data-refresh-url"));
  }

  function lookIn(milliseconds) {
    clearTimeout(timer);
    timer = setTimeout(look, milliseconds);
  }

  /* Whoever chooses another way, or listens, keeps the page. */
  function look() {
    var speech = window.speechSynthesis;
    timer = null;
    if (Date.now() - touched < 8000 || (speech && speech.speaking)) {
      lookIn(1000);
    } else if (newsUrl) {
      ask();
    } else {
      show();
    }
  }

  /* 204: nothing new yet; a server that is busy or away is asked again, when it says so. Else there
     is something. */
  function ask() {
    var request = new XMLHttpRequest();
    request.open("GET", newsUrl);
    request.onloadend = function () {
      var status = request.status;
      if (status === 204 || status === 0 || status === 429 || status >= 500) {
        var told = parseInt(request.getResponseHeader("Retry-After"), 10) * 1000;
        lookIn(Math.min(told || pause, LONGEST));
      } else {
        show();
      }
    };
    request.send();
  }

  ["keydown", "mousedown"].forEach(function (kind) {
    document.addEventListener(kind, function () {
      touched = Date.now();
    });
  });
  /* Whoever comes back from another app looks at once: there the page's clock may have stood still. */
  document.addEventListener("visibilitychange", function () {
    if (newsUrl && timer !== null && document.visibilityState === "visible") {
      lookIn(0);
    }
  });
  lookIn(pause);
})();
