/* Opens the machine's own camera and takes one frame for each prompt, which the form then sends. */
(function () {
  "use strict";

  var form = document.getElementById("step-form");
  var frame = form && form.querySelector("[data-capture]");
  if (!frame) {
    return;
  }
  var video = form.querySelector("[data-picture]");
  var say = form.querySelector("[data-say]");
  var start = form.querySelector("[data-start]");
  var send = form.querySelector("[data-send]");
  var trouble = document.querySelector("[data-no-camera]");
  var prompts = form.querySelectorAll("[data-prompt]");
  var inputs = form.querySelectorAll("input[name=frame]");
  var stream = null;

  function showAll(selector, isShown) {
    Array.prototype.forEach.call(document.querySelectorAll(selector), function (each) {
      each.hidden = !isShown;
    });
  }

  function close() {
    if (stream) {
      stream.getTracks().forEach(function (track) {
        track.stop();
      });
      stream = null;
    }
  }

  /* Refused, covered or absent: said in words, and everything else on the page still works. */
  function fail() {
    close();
    frame.hidden = true;
    say.textContent = "";
    trouble.hidden = false;
    trouble.focus();
    start.hidden = false;
  }

  function take(at) {
    var canvas = document.createElement("canvas");
    canvas.width = video.videoWidth;
    canvas.height = video.videoHeight;
    canvas.getContext("2d").drawImage(video, 0, 0);
    canvas.toBlob(function (blob) {
      if (!blob) {
        fail();
        return;
      }
      var files = new DataTransfer();
      files.items.add(new File([blob], "frame.jpg", { type: "image/jpeg" }));
      inputs[at].files = files.files;
      prompts[at].classList.add("prompt-done");
      next(at + 1);
    }, "image/jpeg", 0.9);
  }

  function next(at) {
    if (at === prompts.length) {
      close();
      frame.hidden = true;
      say.textContent = say.getAttribute("data-done");
      send.click();
      return;
    }
    Array.prototype.forEach.call(prompts, function (each, index) {
      each.classList.toggle("prompt-now", index === at);
    });
    say.textContent = prompts[at].textContent.trim();
    setTimeout(function () {
      if (stream) {
        take(at);
      }
    }, parseFloat(frame.getAttribute("data-pace")) * 1000);
  }

  function open() {
    trouble.hidden = true;
    start.hidden = true;
    if (!navigator.mediaDevices || typeof DataTransfer !== "function") {
      fail();
      return;
    }
    var wanted = { video: { width: { ideal: 1280 }, facingMode: "user" }, audio: false };
    navigator.mediaDevices.getUserMedia(wanted).then(function (opened) {
      stream = opened;
      video.srcObject = opened;
      return video.play();
    }).then(function () {
      frame.hidden = false;
      next(0);
    }).catch(fail);
  }

  showAll("[data-capture-only]", true);
  start.addEventListener("click", open);
  window.addEventListener("pagehide", close);
})();
