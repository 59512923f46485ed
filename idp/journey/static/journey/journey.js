/* Makes the pages nicer; none of them needs it. ECMAScript 5, so that old engines can read it. */
(function () {
  "use strict";

  function each(selector, work) {
    var found = document.querySelectorAll(selector);
    for (var i = 0; i < found.length; i += 1) {
      work(found[i]);
    }
  }

  /* An error summary is what a reader should hear first. */
  each("[data-focus]", function (summary) {
    summary.focus();
  });

  /* "Send a new code" counts down. Without this script the server says how long to wait. */
  each("[data-countdown]", function (button) {
    var shown = button.querySelector("[data-seconds]");
    var left = parseInt(button.getAttribute("data-countdown"), 10);
    button.disabled = true;
    var timer = setInterval(function () {
      left -= 1;
      shown.textContent = left;
      if (left <= 0) {
        clearInterval(timer);
        button.disabled = false;
        button.removeChild(shown.parentNode);
      }
    }, 1000);
  });

  /* "Show" beside a password: made here, so that no button without effect stands in the form. */
  each("[data-reveal]", function (line) {
    var input = line.querySelector("input");
    var button = document.createElement("button");
    button.type = "button";
    button.className = "reveal-button";
    button.setAttribute("aria-pressed", "false");
    button.textContent = line.getAttribute("data-reveal");
    button.addEventListener("click", function () {
      var show = input.type === "password";
      input.type = show ? "text" : "password";
      button.setAttribute("aria-pressed", show ? "true" : "false");
    });
    line.appendChild(button);
  });

  /* A long number is easier to compare in groups: 110105 19491231 002X. */
  each("[data-echo]", function (input) {
    var echo = document.getElementById(input.getAttribute("data-echo"));
    function show() {
      var typed = input.value.replace(/\s/g, "").toUpperCase();
      echo.hidden = !/^\d{7,17}[\dX]?$/.test(typed);
      echo.textContent = (typed.slice(0, 6) + " " + typed.slice(6, 14) + " " + typed.slice(14)).trim();
    }
    input.addEventListener("input", show);
    show();
  });

  /* Reads the page aloud in the elder view, where the engine can speak. */
  each("[data-read-aloud]", function (button) {
    var speech = window.speechSynthesis;
    if (!speech || !window.SpeechSynthesisUtterance) {
      return;
    }
    var start = button.querySelector("[data-label-start]");
    var stop = button.querySelector("[data-label-stop]");
    var voices = { "zh-Hans": "zh-CN", "zh-Hant": "zh-HK", en: "en-GB" };
    function reading(is) {
      start.hidden = is;
      stop.hidden = !is;
    }
    button.hidden = false;
    button.addEventListener("click", function () {
      if (!stop.hidden) {
        speech.cancel();
        reading(false);
        return;
      }
      var card = button.parentNode;
      var words = new window.SpeechSynthesisUtterance(card.innerText.replace(button.innerText, ""));
      words.lang = voices[document.documentElement.lang] || "zh-CN";
      words.rate = 0.85;
      words.onend = function () {
        reading(false);
      };
      reading(true);
      speech.speak(words);
    });
    window.addEventListener("pagehide", function () {
      speech.cancel();
    });
  });

  /* Engines that do not know a button's `form` attribute would lose what was typed on a switch. */
  each("form[data-keeps-typing] button", function (button) {
    var step = document.getElementById("step-form");
    if (!step || !button.getAttribute("form") || button.form === step) {
      return;
    }
    button.addEventListener("click", function (event) {
      var choice = document.createElement("input");
      choice.type = "hidden";
      choice.name = button.name;
      choice.value = button.getAttribute("value");
      step.appendChild(choice);
      step.action = button.getAttribute("formaction");
      event.preventDefault();
      step.submit();
    });
  });

  /* Going back after leaving. */
  each("[data-go-after]", function (link) {
    setTimeout(function () {
      window.location.replace(link.href);
    }, parseInt(link.getAttribute("data-go-after"), 10) * 1000);
  });

  /* A double click sends a form once. */
  each("form", function (form) {
    form.addEventListener("submit", function (event) {
      if (form.getAttribute("data-sent")) {
        event.preventDefault();
        return;
      }
      form.setAttribute("data-sent", "yes");
      setTimeout(function () {
        form.removeAttribute("data-sent");
      }, 5000);
    });
  });
})();
