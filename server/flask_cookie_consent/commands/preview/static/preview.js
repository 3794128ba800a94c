// The preview's page: shows at once what a control changes, and measures what the frame shows.
// Without it the form's button does the former.

/** @param {string} id @returns {any} */
const $ = (id) => document.getElementById(id);
const form = /** @type {HTMLFormElement} */ ($("controls"));
const stage = /** @type {HTMLElement} */ (document.querySelector(".stage"));

const control = (name) => new FormData(form).get(name);

// -- The frame ----------------------------------------------------------------------------

/** Where the focus was before a frame came, which may take it. @type {HTMLElement | null} */
let focused = null;

/** The frame's consent cookie ends with it: other ports of this machine would get it too. */
const forget = () => {
  const name = $("frame").dataset.cookie;
  if (name) document.cookie = `${name}=; path=/; max-age=0`;
};

let asked = 0;
/** Asks for the page anew, as the controls are now, and takes over what differs. */
const update = () => {
  const turn = ++asked;
  const query = new URLSearchParams(/** @type {any} */ (new FormData(form)));
  history.replaceState(null, "", `?${query}`);
  const request = new XMLHttpRequest();
  request.open("GET", location.href);
  request.responseType = "document";
  request.onload = () => {
    if (turn != asked || !request.response) return;
    focused = /** @type {HTMLElement} */ (document.activeElement);
    forget();
    for (const id of ["frame", "lines", "bytes"]) $(id).replaceWith(request.response.getElementById(id));
    $("alone").href = request.response.getElementById("alone").href;
    look();
    watch();
  };
  request.onerror = () => $("told").replaceChildren(make("span", { class: "bad" }, "The preview has ended."));
  request.send();
};

/** What needs no new frame. */
const look = () => {
  const [size, scheme] = [control("size"), control("scheme")];
  Object.assign(stage.dataset, { size, scheme });
  fit();
};

/** Draws the frame's window as small as it has to be. */
const fit = () => {
  const [width, height] = String(control("size")).split("x").map(Number);
  const floor = /** @type {HTMLElement} */ (stage.querySelector(".floor"));
  const { paddingLeft, paddingRight } = getComputedStyle(floor);
  const place = floor.clientWidth - parseFloat(paddingLeft) - parseFloat(paddingRight);
  const scaled = Boolean(height);
  const narrow = matchMedia("(max-width: 899px) and (min-height: 600px)").matches;
  const high = narrow ? innerHeight * 0.34 : Math.max(innerHeight * 0.78, 320);
  const k = scaled ? Math.min(1, place / width, high / height) : 1;
  stage.classList.toggle("is-scaled", scaled);
  for (const [name, value] of Object.entries({ w: width, h: height, k }))
    stage.style.setProperty(`--${name}`, String(value));
  caption(scaled ? width : $("screen").clientWidth, scaled ? height : $("screen").clientHeight, k);
};

const caption = (width, height, k) => {
  const share = k < 1 ? `, drawn at ${Math.round(k * 100)} %` : "";
  $("caption").textContent = `${width} × ${height}${share}`;
};

/** Measures the frame when it is there, and whenever it changes. */
const watch = () => {
  const frame = $("frame");
  tell(null);
  if (frame.localName == "iframe") frame.addEventListener("load", () => enter(frame));
};

/** @param {HTMLIFrameElement} frame */
const enter = (frame) => {
  const page = frame.contentWindow;
  const doc = frame.contentDocument;
  // Before the frame's page comes there is an empty one, under this page's own policy.
  if (!page || !doc || doc.URL == "about:blank") return;
  if (frame.dataset.scripts == "off") return tell(null);
  for (const event of ["pointerdown", "keydown"]) page.addEventListener(event, () => (focused = null));
  const script = doc.createElement("script");
  script.src = "/measure.js";
  script.onload = () => {
    const schedule = soon(() => measure(frame));
    new MutationObserver(schedule).observe(doc, { subtree: true, childList: true, attributes: true });
    page.addEventListener("resize", schedule);
    page.matchMedia("(prefers-color-scheme: dark)").addEventListener("change", schedule);
    schedule();
    if (frame.dataset.show == "preferences") /** @type {any} */ (page).cookieConsent?.show();
  };
  doc.head.append(script);
};

/** @param {() => void} act */
const soon = (act, wait = 60) => {
  let timer = 0;
  return () => {
    clearTimeout(timer);
    timer = setTimeout(act, wait);
  };
};

// -- Colours ------------------------------------------------------------------------------

/** @returns {Iterable<any>} */
const pickers = () => form.querySelectorAll("[data-for]");

/**
 * Each picker stands at the colour that its text says, or that the frame has for want of one.
 * @param {any} surface
 */
const paint = (surface) => {
  const part = (name) => surface?.contrasts.find((c) => c.part == name && c.kind == "text");
  const [text, button] = [part("text"), part("accept")];
  const shown = text && { background: text.background, text: text.foreground };
  const all = { ...shown, ...(button && { button: button.background, button_text: button.foreground }) };
  for (const picker of pickers()) {
    const name = picker.dataset.for;
    const isDark = name.startsWith("dark_");
    const said = $(name).value.trim().replace(/^#(.)(.)(.)$/, "#$1$1$2$2$3$3");
    if (/^#[0-9a-f]{6}$/i.test(said)) picker.value = said;
    else if (!said && isDark == (control("scheme") == "dark")) picker.value = all[name.replace("dark_", "")] || picker.value;
  }
};

// -- The figures --------------------------------------------------------------------------

/** @param {HTMLIFrameElement} frame */
const measure = (frame) => {
  if (!frame.isConnected) return;
  // A dialog takes the focus when it opens; it belongs to the control that one is at.
  if (focused?.isConnected && document.activeElement == frame) focused.focus({ preventScroll: true });
  const page = /** @type {any} */ (frame.contentWindow);
  tell(page.fccMeasure({ focus: false }));
};

/** @param {any} found what fccMeasure() gives, or null */
const tell = (found) => {
  const surface = found?.dialog || found?.layer;
  const [first] = document.querySelectorAll("#bytes tbody tr");
  const size = first ? `First visit ${first.cells[2].textContent} B` : "";
  const words = size ? [make("span", {}, size)] : [];
  if ($("frame").dataset?.scripts == "off") words.push(make("span", {}, "Without JavaScript nothing can measure the frame."));
  else if (found && !surface) words.push(make("span", {}, "Nothing is asked here."));
  if (found && found.scheme != control("scheme"))
    words.push(verdict(false, `This browser shows frames in its own scheme: ${found.scheme}.`));
  if (surface) {
    const text = surface.contrasts.filter((c) => c.kind == "text" && c.ratio);
    const faintest = Math.min(...text.map((c) => c.ratio));
    words.push(verdict(surface.contrasts.every((c) => c.passes), `Contrast ${faintest}:1 at least`));
    if (surface.compared.length) words.push(verdict(isFair(surface), "Refusing as easy as accepting"));
    if (found.layer && !found.dialog) words.push(make("span", {}, `Covers ${Math.round(found.layer.covered * 100)} % of the window`));
  }
  $("told").replaceChildren(...words);
  $("copy").disabled = !$("lines").textContent.trim();
  paint(surface);
  $("contrast").replaceChildren(surface ? contrasts(surface) : none());
  $("equal").replaceChildren(surface?.compared.length ? compared(surface) : none());
  $("tools").replaceChildren(found?.layer ? signs(found.layer) : none());
};

// -- The page -----------------------------------------------------------------------------

const VIEW = ["size", "scheme"];
form.addEventListener("change", ({ target }) => {
  const { name, value, dataset } = /** @type {HTMLInputElement} */ (target);
  if (dataset.for) $(dataset.for).value = value;
  if (!VIEW.includes(name)) return update();
  look();
  history.replaceState(null, "", `?${new URLSearchParams(/** @type {any} */ (new FormData(form)))}`);
});
form.addEventListener("submit", (event) => {
  event.preventDefault();
  update();
});
form.querySelector(".apply")?.remove();

for (const picker of pickers()) picker.hidden = false;
$("again").hidden = false;
$("again").addEventListener("click", update);
$("copy").hidden = !navigator.clipboard;
$("copy").addEventListener("click", async () => {
  await navigator.clipboard.writeText($("lines").textContent);
  $("copy").textContent = "Copied";
  setTimeout(() => ($("copy").textContent = "Copy"), 2000);
});
addEventListener("pagehide", forget);
for (const option of $("language").options)
  option.text = `${new Intl.DisplayNames([option.value], { type: "language" }).of(option.value)} (${option.value})`;
new ResizeObserver(() => {
  const { clientWidth, clientHeight } = $("screen");
  if (control("size") == "free") caption(clientWidth, clientHeight, 1);
}).observe($("screen"));
addEventListener("resize", fit);
look();
watch();
if ($("frame").contentDocument?.readyState == "complete") enter($("frame"));
