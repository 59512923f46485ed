/* Sends the answer to the client at once (OAuth 2.0 Form Post Response Mode §2). */
(function () {
  "use strict";
  var form = document.querySelector("form[data-form-post]");
  if (form) {
    form.submit();
  }
})();
