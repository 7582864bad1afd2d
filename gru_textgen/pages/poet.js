const $ = (id) => document.getElementById(id);
const number = (n, digits = 0) =>
  n.toLocaleString("en", { minimumFractionDigits: digits, maximumFractionDigits: digits });

// ---- The worker that writes

const engine = URL.createObjectURL(
  new Blob([$("engine").textContent], { type: "text/javascript" }));
let worker = null, run = 0, writing = false;
let last = null; // what was asked for last, and how it went

function start(weights) {
  worker?.terminate();
  worker = new Worker(engine);
  worker.onmessage = ({ data }) => receive(data);
  worker.onerror = () => say("Generation failed: reload the page.");
  worker.postMessage({ model, weights });
}

// ---- The models that the page holds

const models = document.querySelectorAll(".model"), weights = document.querySelectorAll(".weights");
let model = null; // the one that writes

models.forEach(({ dataset: { name } }, i) => $("poet").add(new Option(name, i + 1)));
$("poets").hidden = models.length === 1;

// Loads the model that is chosen.
function choosePoet() {
  const chosen = $("poet").selectedIndex, { dataset: { name } } = models[chosen];
  model = JSON.parse(models[chosen].textContent);
  if (writing) stop();
  start(weights[chosen].textContent);
  document.querySelector("h1").textContent = name;
  document.title = `${name}: a poet on one page`;
  $("about").textContent = model.about;
  document.querySelectorAll(".symbol").forEach((name) => { name.textContent = noun(); });
  $("length-words").textContent = model.aboutLines
    ? `Without a number of characters it writes about ${model.aboutLines} lines, or about ` +
      `${number(model.longest)} characters of longer ones.`
    : "Without a number of characters it writes until the text ends.";
  setMinP();
  offerColours();
  offerForms();
}

// Unless it was moved, it is what suits the model.
function setMinP() {
  const field = $("min-p"), moved = field.value !== field.defaultValue;
  field.defaultValue = model.minP;
  if (!moved) field.value = model.minP;
  field.dispatchEvent(new Event("input"));
}

const noun = () => (model.words ? "word" : "character");

function write() {
  const seed = $("seed").value || String(crypto.getRandomValues(new Uint32Array(1))[0]);
  const prompt = $("prompt").value;
  const length = Number($("length").value);
  const form = formAsked();
  const given = Object.fromEntries(SHARED.filter((id) => !(form && FREE_ONLY.includes(id)))
    .map((id) => [id, !form && OF_FORMS.includes(id) ? "" : field(id).value]));
  last = { seed, given, written: 0, seconds: 0, surprise: 0, facts: "" };
  run += 1;
  clear(prompt);
  setWriting(true);
  enable("keep", true);
  enable("copy", true);
  say("Writing…");
  if (form) {
    worker.postMessage({ run, prompt, seed, ...form });
    return;
  }
  worker.postMessage({
    run, prompt, seed,
    temperature: Number($("temperature").value),
    topP: Number($("top-p").value),
    minP: Number($("min-p").value),
    length: length || model.longest,
    aboutLines: length ? 0 : model.aboutLines,
    pace: $("slowly").checked ? 60 : 0,
  });
}

function receive({ simd, run: from, remark, refused, lines, characters, ...progress }) {
  if (simd !== undefined) showRoad(simd);
  if (from !== run || !writing) return; // of a text that was stopped
  if (remark !== undefined) $("remark").textContent = remark;
  if (refused) {
    setWriting(false);
    say(refused);
  }
  if (lines) { // of a poem in a form: all that stand now
    characters = joined(lines);
    progress.written = characters.length;
    last.surprise = 0;
    clear("");
  }
  if (!characters) return;
  characters.forEach(add);
  colour();
  Object.assign(last, progress);
  if (progress.finished) end("");
}

// The characters of lines, with an empty line between stanzas.
function joined(lines) {
  const gap = { text: "\n", surprise: 0, kept: model.layers.map(() => 1) };
  const all = lines.flatMap(({ stanza, characters }, i) => (
    i && stanza !== lines[i - 1].stanza ? [gap, ...characters] : characters));
  return all.at(-1)?.text === "\n" ? all.slice(0, -1) : all;
}

function stop() {
  if (!writing) return;
  worker.postMessage({ run: run + 1 });
  end("Stopped. ");
}

function end(how) {
  setWriting(false);
  const { seed, written, seconds, surprise } = last;
  const symbols = characters.length, shown = characters.reduce((sum, c) => sum + c.length, 0);
  const lines = poem.querySelectorAll(".line:not(:empty)").length;
  const facts = [
    `Seed ${seed}`,
    `${number(lines)} ${lines === 1 ? "line" : "lines"}`,
    `${number(shown)} characters`,
  ];
  if (shown) facts.push(`${number(surprise / symbols, 2)} bits of surprise a ${noun()}`);
  if (seconds) facts.push(`${number(written / seconds)} characters a second`);
  last.facts = facts.join(" · ");
  say(how + last.facts);
}

function setWriting(now) {
  writing = now;
  poem.classList.toggle("writing", now);
  enable("stop", now);
}

function showRoad(simd) {
  $("road").textContent = simd
    ? "Matrices are multiplied in WebAssembly, four numbers at a time."
    : "Matrices are multiplied in plain JavaScript, because this browser has no SIMD.";
}

const enable = (id, on) => $(id).setAttribute("aria-disabled", !on);
const enabled = (id) => $(id).getAttribute("aria-disabled") === "false";
const say = (sentence) => { $("status").textContent = sentence; };

// ---- The text, a line an element

const poem = $("poem");
let text = "", characters = []; // those written: where they stand, and their figures

function clear(prompt) {
  [text, characters, coloured, scale] = ["", [], 0, NOTHING];
  poem.replaceChildren();
  newLine();
  CSS.highlights?.clear();
  const ranges = Array.from(prompt, place).filter((range) => range);
  if (ranges.length && CSS.highlights) {
    CSS.highlights.set("prompt", new Highlight(...ranges));
  }
}

function newLine() {
  poem.append(Object.assign(document.createElement("div"), { className: "line", dir: "auto" }));
}

// Puts a character at the end; gives where it stands, but for a line's end.
function place(character) {
  text += character;
  if (character === "\n") return newLine();
  const line = poem.lastChild;
  const node = line.firstChild ?? line.appendChild(document.createTextNode(""));
  const startOffset = node.length;
  node.appendData(character);
  return new StaticRange({
    startContainer: node, startOffset, endContainer: node, endOffset: node.length,
  });
}

// A character, or a word with the space before it.
function add({ text: symbol, surprise, kept }) {
  last.surprise += surprise;
  characters.push({ range: place(symbol), length: [...symbol].length, surprise, kept });
}

// ---- Its colours

const TINTS = 8, MOST_BITS = 6;
const colours = $("colour");
const NOTHING = [Infinity, -Infinity];
let coloured = 0, scale = NOTHING; // how many characters have their colour, between what

// By surprise, and by each layer of the model.
function offerColours() {
  colours.length = 2;
  for (const i of model.layers.keys()) {
    const of = model.layers.length > 1 ? `, layer ${i + 1}` : "";
    colours.add(new Option(`by the update gate${of}`, `layer-${i}`));
  }
}

function measure(character) {
  const [kind, layer] = colours.value.split("-");
  return kind === "surprise" ? character.surprise : character.kept[layer];
}

// Gives their colours to the characters that have none yet, or to all of them again.
function colour(again = false) {
  const kind = colours.value;
  document.documentElement.dataset.colour = kind;
  $("legend").hidden = kind === "none";
  if (again) {
    [coloured, scale] = [0, NOTHING];
    for (let i = 0; i < TINTS; i++) CSS.highlights.delete(`tint-${i}`);
  }
  if (kind === "none") return;
  const fresh = characters.slice(coloured);
  const [low, high] = kind === "surprise" ? [0, MOST_BITS] : reach(fresh);
  if (coloured && (low < scale[0] || high > scale[1])) return colour(true);
  [coloured, scale] = [characters.length, [low, high]];
  for (const character of fresh) {
    if (!character.range) continue;
    const share = (measure(character) - low) / (high - low || 1);
    const tint = `tint-${Math.min(TINTS - 1, Math.floor(share * TINTS))}`;
    if (!CSS.highlights.has(tint)) CSS.highlights.set(tint, new Highlight());
    CSS.highlights.get(tint).add(character.range);
  }
  explain(kind);
}

// The scale, so far as characters reach beyond it.
function reach(fresh) {
  const values = fresh.map(measure);
  return [Math.min(scale[0], ...values), Math.max(scale[1], ...values)];
}

function explain(kind) {
  const known = characters.length > 0, [low, high] = scale;
  const words = kind === "surprise"
    ? ["0 bits", `${MOST_BITS} bits or more`,
      `How unlikely each ${noun()} was: 1 bit is a probability of 1/2, 6 bits of 1/64.`]
    : [known ? `${number(low, 2)} kept` : "less kept", known ? number(high, 2) : "more",
      `Fraction of its state that the layer kept as it read each ${noun()}.`];
  [$("low").textContent, $("high").textContent, $("meaning").textContent] = words;
}

// ---- Verse in a form

const FREE = { rhyme: "", lines: 0, syllables: [], metre: "none" };

function offerForms() {
  $("verse").hidden = !model.verse;
  $("form-name").length = 1;
  for (const name of Object.keys(model.verse?.forms ?? {})) {
    $("form-name").add(new Option(name, name));
  }
  showUse();
}

// A form leaves alone what is for free text only.
function showUse() {
  const form = formAsked() !== null;
  for (const id of [...FREE_ONLY, "slowly"]) $(id).disabled = form;
  $("free-only").textContent = form
    ? "A form is asked for: it has its own length and temperature, 0.5, and leaves out no " +
      `${noun()}. What is grey here holds for text without a form.` : "";
}

function formAsked() {
  if (!model.verse) return null;
  const [name, rhyme, acrostic] = ["form-name", "rhyme", "acrostic"].map((id) => $(id).value);
  if (!name && !rhyme.trim() && !acrostic.trim()) return null;
  return { form: name ? model.verse.forms[name] : FREE, rhyme, acrostic };
}

for (const id of ["form-name", "rhyme", "acrostic"]) $(id).addEventListener("input", showUse);

// ---- The controls

$("form").addEventListener("submit", (event) => {
  event.preventDefault();
  write();
});
$("stop").addEventListener("click", stop);
document.addEventListener("keydown", (event) => {
  if (event.key === "Escape") stop();
  if (event.key === "Enter" && event.ctrlKey && event.target === $("prompt")) {
    $("form").requestSubmit();
  }
});

$("copy").addEventListener("click", async () => {
  if (!enabled("copy")) return;
  try {
    await navigator.clipboard.writeText(text);
    say(`Copied. ${last.facts}`);
  } catch {
    getSelection().selectAllChildren(poem);
    say("The text is selected: copy it with Ctrl+C or ⌘C.");
  }
});

$("keep").addEventListener("click", () => {
  if (enabled("keep")) $("seed").value = last.seed;
});

for (const id of ["temperature", "top-p", "min-p"]) {
  const show = () => { $(`${id}-value`).textContent = number(Number($(id).value), 2); };
  $(id).addEventListener("input", show);
  show();
}

$("settings").open = matchMedia("(min-width: 52rem)").matches;
$("slowly").checked = !matchMedia("(prefers-reduced-motion: reduce)").matches;
if (CSS.highlights) colours.addEventListener("change", () => colour(true));
else {
  colours.disabled = true;
  colours.title = "This browser cannot colour characters.";
}

// ---- Taking it away

// By a link; which model, only where there is a choice. What a form does not use, only of a
// text without one.
const OF_FORMS = ["form", "rhyme", "acrostic"];
const FREE_ONLY = ["temperature", "top-p", "min-p", "length"];
const SHARED = ["prompt", "seed", ...OF_FORMS, ...FREE_ONLY];
if (models.length > 1) SHARED.unshift("poet"); // first: it decides which forms there are

const field = (id) => $(id === "form" ? "form-name" : id);
const defaultOf = (id) => field(id).defaultValue ?? "";

$("save").addEventListener("click", () => {
  const name = `${fileNameOf(document.querySelector("h1").textContent) || "poem"}.txt`;
  save(`${text}\n`, name, "text/plain");
  say(`Saved as ${name}. ${last.facts}`);
});
$("print").addEventListener("click", () => print());
$("link").addEventListener("click", async () => {
  const given = new URLSearchParams();
  for (const id of SHARED) {
    const value = id === "seed" ? last.seed : last.given[id];
    if (value === undefined) continue;
    // What stands before the "#" holds where the link says nothing else.
    if (location.search || value !== defaultOf(id)) given.set(id, value);
  }
  history.replaceState(null, "", `#${given}`);
  const who = location.protocol === "file:"
    ? "it opens this text on this machine only, for the page is a file here. For others, " +
      "put the page on a web site, or send them the file or the text"
    : "whoever opens it reads this text";
  try {
    await navigator.clipboard.writeText(location.href);
    say(`The link is copied: ${who}.`);
  } catch {
    say(`The address of this page is the link: ${who}.`);
  }
});

// Takes over what a link gives after "?" or "#", as far as the fields admit it. What it does
// not name is at its default, but for the model.
function readLink() {
  const parts = [location.search, location.hash].map((part) => new URLSearchParams(part.slice(1)));
  const given = new Map(parts.flatMap((part) => [...part]));
  const any = SHARED.some((id) => given.has(id));
  for (const id of any ? SHARED : []) {
    const value = given.get(id), poet = id === "poet";
    if (poet && value === undefined) continue;
    if (!poet && !model) choosePoet(); // it offers the forms
    field(id).value = value ?? defaultOf(id);
    const taken = value === undefined || (field(id).value === value && field(id).checkValidity());
    if (!taken) field(id).value = poet ? "1" : defaultOf(id);
    field(id).dispatchEvent(new Event("input"));
  }
  if (!model) choosePoet();
  if (any && formAsked()) $("verse").open = true;
}

addEventListener("hashchange", () => {
  readLink();
  write();
});

$("poet").addEventListener("input", choosePoet);
$("poet").addEventListener("change", write);
themeButton($("theme"), () => {});
readLink();
write(); // a text stands there on arrival
