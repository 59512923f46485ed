/* Asks the browser for a passkey; every page has another way. ECMAScript 5, so that old engines
   can read it and then do nothing. */
(function () {
  "use strict";

  var section = document.querySelector("[data-passkey]");
  var able = document.querySelector("[data-passkey-able]");
  var credentials = window.PublicKeyCredential && navigator.credentials;
  if (!credentials) {
    return;
  }

  if (able && window.PublicKeyCredential.isUserVerifyingPlatformAuthenticatorAvailable) {
    window.PublicKeyCredential.isUserVerifyingPlatformAuthenticatorAvailable().then(
      function (is) {
        able.value = is ? "1" : "";
      },
      function () {}
    );
  }
  if (!section) {
    return;
  }

  var form = section;
  while (form && form.nodeName !== "FORM") {
    form = form.parentNode;
  }
  var button = section.querySelector("[data-passkey-button]");
  var failed = section.querySelector("[data-passkey-failed]");
  var unable = document.querySelector("[data-passkey-unable]");
  var field = section.querySelector("[name=passkey]");
  var makes = section.getAttribute("data-passkey") === "create";
  var waiting = null;

  function bytes(text) {
    var plain = window.atob(text.replace(/-/g, "+").replace(/_/g, "/"));
    var found = new Uint8Array(plain.length);
    for (var i = 0; i < plain.length; i += 1) {
      found[i] = plain.charCodeAt(i);
    }
    return found;
  }

  function text(buffer) {
    var found = new Uint8Array(buffer);
    var plain = "";
    for (var i = 0; i < found.length; i += 1) {
      plain += String.fromCharCode(found[i]);
    }
    return window.btoa(plain).replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "");
  }

  function asked() {
    var options = JSON.parse(section.getAttribute("data-options"));
    var listed = (options.allowCredentials || []).concat(options.excludeCredentials || []);
    for (var i = 0; i < listed.length; i += 1) {
      listed[i].id = bytes(listed[i].id);
    }
    options.challenge = bytes(options.challenge);
    if (options.user) {
      options.user.id = bytes(options.user.id);
    }
    return options;
  }

  function answer(made) {
    var got = made.response;
    var response = { clientDataJSON: text(got.clientDataJSON) };
    if (got.attestationObject) {
      response.attestationObject = text(got.attestationObject);
      response.transports = got.getTransports ? got.getTransports() : [];
    } else {
      response.authenticatorData = text(got.authenticatorData);
      response.signature = text(got.signature);
      if (got.userHandle) {
        response.userHandle = text(got.userHandle);
      }
    }
    field.value = JSON.stringify({
      id: made.id,
      rawId: text(made.rawId),
      type: made.type,
      response: response,
      clientExtensionResults: {},
    });
    form.submit();
  }

  function ask(mediation) {
    if (waiting) {
      waiting.abort();
    }
    waiting = window.AbortController ? new window.AbortController() : null;
    var wish = { publicKey: asked() };
    if (waiting) {
      wish.signal = waiting.signal;
    }
    if (mediation) {
      wish.mediation = mediation;
    }
    return makes ? credentials.create(wish) : credentials.get(wish);
  }

  button.hidden = false;
  if (unable) {
    unable.hidden = true;
  }
  button.addEventListener("click", function () {
    failed.hidden = true;
    button.disabled = true;
    ask("").then(answer, function () {
      button.disabled = false;
      failed.hidden = false;
      failed.setAttribute("role", "alert");
      field.value = "";
    });
  });

  /* Passkeys among the suggestions of the first field, while nothing else was begun. */
  var first = document.querySelector('[autocomplete~="webauthn"]');
  var offers = window.PublicKeyCredential.isConditionalMediationAvailable;
  if (!makes && first && offers) {
    offers.call(window.PublicKeyCredential).then(function (is) {
      if (is) {
        ask("conditional").then(answer, function () {});
      }
    });
  }
})();
