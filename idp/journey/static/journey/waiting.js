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

  function show() {
    window.location.replace(line.getAttribute("data-refresh-url"));
  }

  /* Whoever chooses another way, or listens, keeps the page. */
  function look() {
    var speech = window.speechSynthesis;
    if (Date.now() - touched < 8000 || (speech && speech.speaking)) {
      setTimeout(look, 1000);
    } else if (newsUrl) {
      ask();
    } else {
      show();
    }
  }

  /* 204: nothing new yet; a server that is busy or away is asked again. Else there is something. */
  function ask() {
    var request = new XMLHttpRequest();
    request.open("GET", newsUrl);
    request.onloadend = function () {
      var status = request.status;
      if (status === 204 || status === 0 || status === 429 || status >= 500) {
        setTimeout(look, pause);
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
  setTimeout(look, pause);
})();
