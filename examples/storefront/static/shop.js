// Long Rail. Every page works without this; with it, stock is live, time runs, and lists change in place.

document.documentElement.classList.add("scripted");
const main = document.querySelector("main");
const ahead = Date.parse(main.dataset.now) - Date.now(); // the shop's clock decides, not this one's
const now = () => Date.now() + ahead;

// Stock: the shop tells in words what changed of what this page shows.

let source = null;
let watched = "";

function followStock() {
  const ids = [...new Set([...document.querySelectorAll("[data-stock]:not(body)")].map((each) => each.dataset.stock))];
  const wanted = ids.slice(0, 60).sort().join(",");
  if (wanted === watched) return;
  source?.close();
  watched = wanted;
  if (!wanted) return;
  source = new EventSource(`/live?ids=${encodeURIComponent(wanted)}`);
  source.addEventListener("stock", ({ data }) => {
    for (const [id, shown] of Object.entries(JSON.parse(data))) showStock(id, shown);
  });
  source.addEventListener("state", ({ data }) => showState(JSON.parse(data)));
  source.onerror = () => showState("stale");
}

// A browser has few connections to one shop, and many windows: those out of sight let theirs go.
document.addEventListener("visibilitychange", () => {
  if (document.hidden) {
    source?.close();
    watched = "";
  } else {
    followStock();
  }
});

function showStock(id, shown) {
  for (const badge of document.querySelectorAll(`[data-stock="${CSS.escape(id)}"]:not(body)`)) {
    say(badge, shown.state, shown.words);
  }
  for (const chip of document.querySelectorAll("[data-variant]")) {
    const told = shown.skus[chip.dataset.variant];
    if (!told) continue;
    chip.dataset.state = told[0];
    chip.querySelector("[data-words]").textContent = told[1];
  }
  showChosen();
  if (document.querySelector(".about")?.contains(document.querySelector(`[data-stock="${CSS.escape(id)}"]`))) {
    if (!document.querySelector("[data-variant]")) showWhetherToBeHad(shown.state);
  }
}

function say(badge, state, words) {
  if (badge.textContent === words) return;
  badge.dataset.state = state;
  badge.textContent = words;
  badge.classList.remove("is-new");
  requestAnimationFrame(() => badge.classList.add("is-new"));
}

function showState(state) {
  document.body.dataset.stock = state;
  const told = document.getElementById("live");
  told.dataset.state = state;
  told.textContent = state === "live" ? "Live" : "Waiting for news";
}

// A product's variants: the badge and the price are those of the chosen one.

function showChosen() {
  const chip = document.querySelector("[data-variant]:has(:checked)");
  if (!chip) return;
  document.getElementById("price").textContent = chip.querySelector("input").dataset.price;
  const badge = document.querySelector(".about > .badge");
  if (badge) say(badge, chip.dataset.state, chip.querySelector("[data-words]").textContent);
  showWhetherToBeHad(chip.dataset.state);
}

function showWhetherToBeHad(state) {
  const button = document.getElementById("add");
  if (!button) return;
  const free = state === "in" || state === "few";
  button.disabled = !free;
  button.textContent = free ? button.dataset.words : "Not to be had just now";
}

// Time: what is left of each hold.

function tick() {
  for (const shown of document.querySelectorAll("[data-ends]")) {
    const seconds = Math.max(0, Math.ceil(shown.dataset.ends - now() / 1000));
    const clock = `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")}`;
    const short = "short" in shown.dataset;
    shown.textContent = seconds ? (short ? clock : `yours for ${clock}`) : short ? "" : "the time is over";
    shown.toggleAttribute("data-near", seconds > 0 && seconds <= 60);
    if (seconds === 60) speak("One minute is left.");
    if (!seconds && !short) ended();
  }
}

function speak(words) {
  const spoken = document.getElementById("spoken");
  if (spoken && spoken.textContent !== words) spoken.textContent = words;
}

let isOver = false;
function ended() {
  if (isOver || !document.querySelector("[data-bag]")) return;
  isOver = true;
  setTimeout(() => location.reload(), 1500);
}

// Lists: choices are followed in place, and the address says what was chosen.

async function show(address, { push }) {
  const listing = document.getElementById("listing");
  const focused = document.activeElement?.id;
  const open = document.getElementById("fold")?.open;
  listing.setAttribute("aria-busy", "true");
  try {
    const answer = await fetch(address, { headers: { accept: "text/html" } });
    if (!answer.ok || answer.redirected) return location.assign(address);
    const fresh = new DOMParser().parseFromString(await answer.text(), "text/html");
    const found = document.getElementById("found");
    listing.replaceChildren(...fresh.getElementById("listing").childNodes);
    const toldNow = document.getElementById("found");
    const words = toldNow.textContent;
    toldNow.replaceWith(found); // the same element changes, so that it is spoken
    found.textContent = words;
    document.title = fresh.title;
    document.getElementById("fold").open = open;
    if (push) history.pushState(null, "", address);
    if (focused) document.getElementById(focused)?.focus({ preventScroll: true });
    followStock();
  } catch {
    location.assign(address);
  } finally {
    listing.removeAttribute("aria-busy");
  }
}

function chosen(form) {
  const pairs = [...new FormData(form)].filter(([, value]) => value);
  return `/shop?${new URLSearchParams(pairs)}`;
}

async function showMore(link) {
  const answer = await fetch(link.href);
  if (!answer.ok) return location.assign(link.href);
  const fresh = new DOMParser().parseFromString(await answer.text(), "text/html");
  const cards = fresh.querySelectorAll("#cards .card");
  document.querySelector("#cards .cards").append(...cards);
  const next = fresh.getElementById("more");
  if (next) link.href = next.href;
  else link.closest(".more").remove();
  cards[0]?.querySelector("a").focus();
  followStock();
}

// Models: the component that shows them is loaded when somebody wants to see one.

function offerModel(button) {
  button.hidden = false;
  button.addEventListener("click", async () => {
    const told = button.closest(".turn");
    button.setAttribute("aria-busy", "true");
    try {
      if (!document.createElement("canvas").getContext("webgl2")) throw new Error("nothing draws it");
      await import(button.dataset.viewer);
    } catch {
      told.textContent = "This browser can not show it in 3D."; // the picture stays
      return;
    }
    const viewer = document.createElement("model-viewer");
    const facts = { src: button.dataset.model, poster: button.dataset.poster, alt: button.dataset.alt };
    if (button.dataset.modelForIos) facts["ios-src"] = button.dataset.modelForIos;
    Object.assign(facts, { ar: "", "ar-modes": "webxr scene-viewer quick-look", "camera-controls": "" });
    facts["shadow-intensity"] = "0.7";
    facts["touch-action"] = "pan-y";
    facts["interaction-prompt"] = "none";
    facts["camera-orbit"] = "20deg 82deg 105%";
    if (!matchMedia("(prefers-reduced-motion: reduce)").matches) facts["auto-rotate"] = "";
    for (const [name, value] of Object.entries(facts)) viewer.setAttribute(name, value);
    const picture = document.querySelector("#picture img");
    picture.replaceWith(viewer);
    viewer.addEventListener("error", () => viewer.replaceWith(picture));
    told.textContent = "Drag it, or turn it with the arrow keys.";
    viewer.focus();
  });
}

addEventListener("change", ({ target }) => {
  const form = target.closest("#choices");
  if (form) show(chosen(form), { push: true });
  if (target.closest("[data-variant]")) showChosen();
});
addEventListener("submit", (event) => {
  const form = event.target;
  if (form.id === "choices") {
    event.preventDefault();
    show(chosen(form), { push: true });
  }
  if ("once" in form.dataset) {
    if (form.dataset.sent) return event.preventDefault();
    form.dataset.sent = "yes";
    form.querySelector("button").setAttribute("aria-busy", "true");
  }
});
addEventListener("click", (event) => {
  const link = event.target.closest("#more");
  if (!link || event.ctrlKey || event.metaKey || event.shiftKey) return;
  event.preventDefault();
  showMore(link);
});
addEventListener("popstate", () => {
  if (document.getElementById("listing")) show(location.href, { push: false });
});
addEventListener("pageshow", ({ persisted }) => {
  if (!persisted) return;
  for (const form of document.querySelectorAll("[data-once]")) delete form.dataset.sent;
});

const fold = document.getElementById("fold");
if (fold && matchMedia("(max-width: 55.99rem)").matches) fold.open = false;
const turn = document.getElementById("turn");
if (turn) offerModel(turn);
followStock();
showChosen();
tick();
setInterval(tick, 1000);
