const $ = (id) => document.getElementById(id);
const data = JSON.parse($("data").textContent);
const number = (n, digits = 0) =>
  n.toLocaleString("en", { minimumFractionDigits: digits, maximumFractionDigits: digits });
const say = (sentence) => { $("status").textContent = sentence; };
const enable = (id, on) => $(id).setAttribute("aria-disabled", !on);
const enabled = (id) => $(id).getAttribute("aria-disabled") === "false";

const LARGEST = 20_000_000; // bytes of a file
const LONG = 100_000; // characters: a longer text is not shown in the box
const SILENCE = 90_000; // milliseconds without a word, after which a worker is dead
const KEEP_EVERY = 60_000; // milliseconds
const SAMPLES = 40, START = 160; // of the history at most, and characters of each

const curve = new Curve($("curve"));
let text = null; // of a file that is too long for the box: { name, text }
let worker = null, counter = null; // the one that learns, the one that counts
let learning = false, about = null, heardAt = 0, keptAt = 0;
let gates = null, samples = [], began = null;

// ---- The workers

const engine = URL.createObjectURL(
  new Blob([$("engine").textContent], { type: "text/javascript" }));

function start(receive) {
  const made = new Worker(engine);
  made.onmessage = ({ data: message }) => receive(message);
  return made;
}

function ask(task, value) {
  worker?.postMessage({ task, value });
}

function end(sentence) {
  worker?.terminate();
  counter?.terminate();
  worker = counter = about = null;
  setLearning(false);
  for (const id of ["poet", "download"]) enable(id, false);
  say(sentence);
}

function dead() {
  end("The worker that learns has died: what was not kept is lost. Press Learn to begin " +
    "again" + ($("return").hidden ? "." : ", or go on with what is kept in this browser."));
}

function receive(message) {
  heardAt = performance.now();
  if (message.about) told(message.about);
  if (message.progress) progress(message.progress);
  if (message.heldOut) measured(message.heldOut);
  if (message.sample) sampled(message.sample);
  if (message.gates) {
    gates = message.gates;
    paint();
  }
  if (message.state) TAKEN[message.what](message.state);
  if (message.extended) extended(message.extended);
  if (message.stopped) stopped(message.finished);
  if (message.failure) {
    setLearning(false);
    say(message.failure);
  }
}

setInterval(() => {
  if (!learning) return;
  if (performance.now() - heardAt > SILENCE && !document.hidden) dead();
}, 5000);

// ---- To learn

function learn(kept = null) {
  const source = text ? text.name : "a pasted text";
  began = {
    text: kept ? kept.text : text?.text ?? $("text").value,
    settings: kept ? { ...kept.settings, more: Number($("passes").value) } : {
      units: Number($("units").value), passes: Number($("passes").value), rate: rate(),
      seed: String(crypto.getRandomValues(new Uint32Array(1))[0]), source,
    },
    model: $("start").value && !kept
      ? { description: data.model, weights: $("weights").textContent } : null,
    plainForms: data.plainForms, kept,
  };
  worker?.terminate(); // what it held is free at once
  counter?.terminate();
  worker = start(receive);
  worker.onerror = (event) => {
    event.preventDefault();
    dead();
  };
  counter = start(({ counted }) => counted && showCounted(counted));
  heardAt = keptAt = performance.now();
  [samples, about, gates] = [[], null, null];
  $("history").replaceChildren();
  $("remark").textContent = "";
  $("results").hidden = $("losses").hidden = true;
  setLearning(true);
  say("Reading the text…");
  ask("begin", { ...began, line: "" });
}

function told(found) {
  about = found;
  setLearning(learning);
  const { characters, symbols, weights, remarks, updates, uniform, order, heldOut } = about;
  $("remark").textContent = remarks.join(" ");
  say("Learning…");
  $("order").textContent = order;
  $("road").textContent = about.simd
    ? "Matrices are multiplied in WebAssembly, four numbers at a time."
    : "Matrices are multiplied in plain JavaScript, because this browser has no SIMD.";
  $("meaning").textContent = `A model that only knows which ${number(symbols)} ` +
    `characters there are has ${number(uniform, 2)}.`;
  about.size = `${number(characters)} characters, ${number(heldOut)} of them to measure ` +
    `on; ${number(weights)} weights`;
  $("line").value ||= about.line;
  ask("watch", $("line").value);
  curve.begin(updates, uniform);
  for (const id of ["learnt-loss", "held-out-loss", "counted-loss"]) $(id).textContent = "";
  $("results").hidden = $("losses").hidden = false;
  for (const id of ["poet", "download"]) enable(id, true);
  const { text: read, model, plainForms, kept } = began;
  counter?.postMessage({
    task: "count",
    value: { text: read, model: kept ?? (model && { description: model.description }), plainForms },
  });
}

// More passes than there were to be.
function extended({ updates, passes }) {
  Object.assign(about, { updates, passes });
  curve.updates = updates;
}

let drawnAt = 0;

function progress({ update, loss, speed, seconds }) {
  curve.addLearnt(update, loss);
  const now = performance.now();
  if (now - drawnAt < 250 && update < about.updates) return;
  drawnAt = now;
  const pass = Math.min(about.passes, Math.floor((update - 1) / (about.updates / about.passes)) + 1);
  const left = (seconds / update) * (about.updates - update);
  $("facts").textContent = [
    `pass ${pass} of ${about.passes}`, `${number(speed)} characters a second`,
    `${duration(left)} to go`, about.size,
  ].join(" · ");
  $("learnt-loss").textContent = number(loss, 2);
  describe();
  if (now - keptAt > KEEP_EVERY) keepNow();
}

const duration = (seconds) => (seconds < 90
  ? `${number(Math.max(1, seconds))} s` : `${number(seconds / 60)} min`);

function measured({ update, loss }) {
  curve.addHeldOut(update, loss);
  $("held-out-loss").textContent = number(loss, 2);
  describe();
}

function showCounted({ loss }) {
  curve.counted = loss;
  $("counted-loss").textContent = number(loss, 2);
  describe();
  counter.terminate();
  counter = null;
}

function describe() {
  curve.draw();
  const words = ["learnt", "held-out", "counted"]
    .map((name) => document.querySelector(`figcaption .${name}`).textContent.trim());
  $("curve").setAttribute("aria-label", `Loss in nats a character: ${words.join(", ")}`);
}

function stopped(finished) {
  setLearning(false);
  keepNow();
  say(finished ? "Learnt. “Keep it” downloads it; “Go on” learns for as many passes more."
    : "Paused.");
}

function setLearning(now) {
  learning = now;
  enable("pause", about !== null);
  $("learn").textContent = about ? "Begin again" : "Learn";
  $("pause").textContent = now ? "Pause" : "Go on";
}

// ---- What it writes

function sampled({ update, text: written }) {
  $("sample").textContent = written;
  $("written").textContent = `after ${number(update)} updates`;
  const last = samples.at(-1);
  if (last && update < 1.25 * last + 1) return; // more often where it changes most
  samples.push(update);
  const item = document.createElement("li");
  const when = document.createElement("b");
  when.textContent = `after ${number(update)} updates`;
  item.append(when, written.slice(0, START));
  $("history").append(item);
  if (samples.length > SAMPLES) {
    samples.shift();
    $("history").firstChild.remove();
  }
}

const MEANINGS = {
  z: "A row is a unit, a column a character. Blue: the unit keeps its state there.",
  r: "A row is a unit, a column a character. Blue: the candidate sees the state there.",
  h: "A row is a unit, a column a character: the state from −1 (orange) to 1 (blue).",
};

function paint() {
  if (!gates || !gates.characters.length) return;
  const kind = $("kind").value;
  drawGates($("gates"), gates, kind);
  const cost = gates.bits.reduce((sum, bits) => sum + bits, 0) / gates.bits.length;
  const words = `${MEANINGS[kind]} The line costs ${number(cost, 2)} bits a character.`;
  $("gates-meaning").textContent = words;
  $("gates").setAttribute("aria-label", `${$("kind").selectedOptions[0].text} of ` +
    `${gates.units} units on “${gates.characters.join("")}”`);
}

// ---- To keep it

const fileName = () => fileNameOf($("name").value) || "my poet";

const TAKEN = {
  poet(state) {
    save(poetPage(data.poet, fileName(), state), `${fileName()}.html`, "text/html");
    say(`${fileName()}.html is a page of its own: send it to whom you like.`);
  },
  download(state) {
    save(modelFile(fileName(), state), `${fileName()}.json`, "application/json");
    say(`gru-textgen import "${fileName()}.json" turns the file into a model.`);
  },
  async keep(state) {
    try {
      await keep({ ...state, name: fileName(), at: Date.now() });
      await offer();
    } catch {
      $("keep").checked = false;
      say("This browser cannot keep so much for this page: download the model instead.");
    }
  },
};

function keepNow() {
  keptAt = performance.now();
  if ($("keep").checked) ask("give", "keep");
}

// Offers what is kept.
async function offer() {
  let found;
  try {
    found = await kept();
  } catch {
    // Nothing can be kept here.
  }
  $("return").hidden = !found || learning;
  if (found) {
    const when = new Date(found.at).toLocaleString("en", { dateStyle: "medium", timeStyle: "short" });
    $("return").textContent = `Go on with “${found.name}” of ${when}`;
  }
}

for (const id of ["poet", "download"]) {
  $(id).addEventListener("click", () => enabled(id) && ask("give", id));
}
$("keep").addEventListener("change", async () => {
  if ($("keep").checked) return keepNow();
  try {
    await forget();
  } catch {
    // There is nothing.
  }
  await offer();
  say("Deleted from this browser.");
});
$("return").addEventListener("click", async () => {
  const found = await kept();
  if (!found) return say("Nothing is kept in this browser any more.");
  $("name").value = found.name;
  learn(found);
});

// ---- Which text

function useText(name, read) {
  text = read.length > LONG ? { name, text: read } : null;
  $("text").value = text ? read.slice(0, 2000) : read;
  say(`${name}: ${number(read.length)} characters` +
    (text ? ", the first of which are shown." : "."));
  $("remark").textContent = "";
}

async function useFile(file) {
  if (!file) return;
  if (file.size > LARGEST) {
    return say(`${file.name} is larger than ${number(LARGEST / 1e6)} MB: use gru-textgen train for it.`);
  }
  try {
    const bytes = new Uint8Array(await file.arrayBuffer());
    const wide = bytes[0] === 0xff && bytes[1] === 0xfe ? "utf-16le" : "utf-8";
    const read = new TextDecoder(wide, { fatal: true }).decode(bytes);
    if (read.includes("\0")) throw new TypeError("binary");
    useText(file.name, read);
    if ($("name").value === "my poet") $("name").value = file.name.replace(/\.[^.]*$/, "");
  } catch {
    say(`${file.name} is not a text in UTF-8: save it as plain text, and choose that.`);
  }
}

$("file").addEventListener("change", () => {
  useFile($("file").files[0]);
  $("file").value = "";
});
$("example").addEventListener("click", () => useText("anthology.txt", data.example));
for (const name of ["dragover", "dragleave", "drop"]) {
  document.addEventListener(name, (event) => {
    if (!event.dataTransfer.types.includes("Files")) return;
    event.preventDefault();
    document.body.classList.toggle("dropping", name === "dragover");
    if (name === "drop") useFile(event.dataTransfer.files[0]);
  });
}

// ---- The controls

const rate = () => Number((10 ** Number($("rate").value)).toPrecision(2));

$("form").addEventListener("submit", (event) => {
  event.preventDefault();
  learn();
});
$("text").addEventListener("input", () => {
  if (text) say("The text in the box is what will be learnt.");
  text = null;
});
$("text").addEventListener("keydown", (event) => {
  if (event.key === "Enter" && event.ctrlKey) $("form").requestSubmit();
});
$("name").addEventListener("keydown", (event) => {
  if (event.key === "Enter") event.preventDefault(); // which would begin again
});
document.addEventListener("keydown", (event) => {
  if (event.key === "Escape" && learning) ask("pause");
});
$("pause").addEventListener("click", () => {
  if (!enabled("pause")) return;
  if (learning) return ask("pause");
  setLearning(true);
  heardAt = performance.now();
  say("Learning…");
  ask("goOn", Number($("passes").value));
});
$("rate").addEventListener("input", () => {
  $("rate-value").textContent = rate();
  ask("rate", rate());
});
$("rate-value").textContent = rate();
$("line").addEventListener("input", () => ask("watch", $("line").value));
$("kind").addEventListener("change", paint);
$("start").addEventListener("change", () => { $("units").disabled = Boolean($("start").value); });
document.addEventListener("visibilitychange", () => {
  if (!learning) return;
  heardAt = performance.now(); // a browser may have put the worker to sleep
  if (!document.hidden) say("Learning went on while the page was hidden.");
});

if (data.model) {
  $("start-label").hidden = false;
  $("start").add(new Option(data.name, "model", true, true));
  $("units").disabled = true;
}
$("settings").open = matchMedia("(min-width: 52rem)").matches;
themeButton($("theme"), paint);
offer();
