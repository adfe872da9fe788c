// The console's own script: what the server can not do. It tells whether the page is live, lets
// holds run down second by second, writes times in the reader's zone, and pauses all of it.
(() => {
  "use strict";

  const TICK_MILLISECONDS = 500;
  const drift = Date.parse(document.body.dataset.now || "") - Date.now() || 0;
  const pause = document.getElementById("pause");
  let paused = false;

  const clock = new Intl.DateTimeFormat(undefined, { timeStyle: "medium" });
  const moment = new Intl.DateTimeFormat(undefined, { dateStyle: "medium", timeStyle: "medium" });

  function tell(state, words) {
    const connection = document.getElementById("connection");
    if (connection && connection.dataset.state !== state) {
      connection.dataset.state = state;
      connection.textContent = words;
    }
  }

  function localize() {
    for (const time of document.querySelectorAll("time[data-local]")) {
      const format = time.dataset.local === "moment" ? moment : clock;
      time.textContent = format.format(new Date(time.dateTime));
      time.removeAttribute("data-local");
    }
  }

  function left(milliseconds) {
    const seconds = Math.ceil(milliseconds / 1000);
    if (seconds <= 0) return "ending";
    const hours = Math.floor(seconds / 3600);
    const minutes = Math.floor((seconds % 3600) / 60);
    const rest = String(seconds % 60).padStart(2, "0");
    return hours ? `${hours}:${String(minutes).padStart(2, "0")}:${rest}` : `${minutes}:${rest}`;
  }

  function runDown() {
    const now = Date.now() + drift;
    for (const hold of document.querySelectorAll("#holds > [data-expires-at]")) {
      const end = Date.parse(hold.dataset.expiresAt);
      const whole = end - Date.parse(hold.dataset.placedAt);
      hold.querySelector("progress").value = Math.max(0, (100 * (end - now)) / whole);
      hold.querySelector("time").textContent = left(end - now);
    }
  }

  function refresh() {
    localize();
    if (!paused) runDown();
  }

  refresh();
  setInterval(refresh, TICK_MILLISECONDS);

  const body = document.body;
  if (document.getElementById("live")) tell("waiting", "Connecting");
  body.addEventListener("htmx:sseOpen", () => tell("live", "Live"));
  body.addEventListener("htmx:sseError", () => tell("waiting", "Reconnecting"));
  body.addEventListener("htmx:sseMessage", refresh);
  body.addEventListener("htmx:sseOpen", (event) => {
    event.detail.source.addEventListener("signedout", () => location.reload());
  });
  body.addEventListener("htmx:sseBeforeMessage", (event) => {
    if (paused) event.preventDefault();
  });

  if (pause) {
    pause.hidden = false;
    pause.addEventListener("click", () => {
      if (paused) {
        location.reload(); // what was missed meanwhile comes with the fresh page
        return;
      }
      paused = true;
      pause.setAttribute("aria-pressed", "true");
      tell("still", "Paused");
    });
  }
})();
