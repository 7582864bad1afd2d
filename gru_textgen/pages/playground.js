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
const PASTED = "a pasted text";
const NAME_LENGTH = 40; // characters of a name that is a text's first line
const SAMPLES = 40, START = 160; // of the history at most, and characters of each
const NO_TEXT = $("status").textContent, NAME = $("name").value;

const curve = new Curve($("curve"));
let text = null; // of a file, until the box is edited: { name, text }
let worker = null, counter = null; // the one that learns, the one that counts
let learning = false, heardAt = 0, keptAt = 0;
let about = null; // what is learnt, as the worker has read it; null if there is nothing
let began = null; // with what it was asked to
let named = false; // whether somebody typed the name for the text in the box
let gates = null, samples = []; // { update, text }: the beginnings of samples

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

// Ends both workers; what they held is free at once, and what they said late is not heard.
function halt() {
  for (const ended of [worker, counter]) {
    if (ended) ended.onmessage = null;
    ended?.terminate();
  }
  worker = counter = about = null;
  whenKept = [];
}

function end(sentence) {
  halt();
  setLearning(false);
  for (const id of ["poet", "download"]) enable(id, false);
  say(sentence);
}

function dead() {
  end("The worker that learns has died: what was not kept is lost. Press Learn to begin " +
    "again" + ($("kept").hidden ? "." : ", or open what is kept in this browser."));
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
  if (message.stopped) stopped(message);
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

// Asks before something is lost. Gives whether the reader agrees.
function sure(question, yes) {
  const dialog = $("sure");
  $("question").textContent = question;
  $("yes").textContent = yes;
  dialog.returnValue = ""; // as Escape leaves it
  dialog.showModal();
  return new Promise((resolve) => {
    dialog.onclose = () => resolve(dialog.returnValue === "yes");
  });
}

// Whether the network that is here may make room for another.
async function mayLeave() {
  if (!about) return true;
  const keeps = $("keep").checked;
  if (learning || !keeps) {
    const what = keeps ? "is kept in this browser, where it can be opened again."
      : "is not kept in this browser, and will be lost.";
    if (!await sure(`Stop the network that is here? It ${what}`, "Stop it")) return false;
  }
  if (learning || whenKept.length) await keepNow();
  return $("keep").checked === keeps; // or there was no room
}

const inTheBox = () => text?.text ?? $("text").value;
const nameAsked = () => $("name").value.trim() || NAME;

// The name of a text: that of its file, or the beginning of its first line.
function nameOf(file, read) {
  if (file && file !== PASTED) return file.replace(/\.[^.]*$/, "");
  let line = /\S.*/.exec(read)?.[0].trim() ?? "";
  const characters = Array.from(line.slice(0, 3 * NAME_LENGTH));
  if (characters.length > NAME_LENGTH) {
    line = characters.slice(0, NAME_LENGTH).join("").replace(/\s+\S*$/, "");
  }
  return line.replace(/[^\p{L}\p{M}\p{N}]+$/u, "") || "pasted text";
}

// found: what is kept, which then waits until it is to go on; null to begin.
function learn(found = null) {
  const begins = $("start").value, read = found?.text ?? inTheBox();
  if (!found && !named && read !== began?.text) $("name").value = nameOf(text?.name, read);
  began = {
    text: read, name: nameAsked(),
    settings: found?.settings ?? {
      units: Number($("units").value), passes: passesAsked(), rate: rate(),
      seed: String(crypto.getRandomValues(new Uint32Array(1))[0]), begins,
      source: text?.name ?? PASTED, id: Date.now(),
    },
    model: begins && !found
      ? { description: data.model, weights: $("weights").textContent } : null,
    plainForms: data.plainForms, kept: found,
  };
  halt();
  worker = start(receive);
  worker.onerror = (event) => {
    event.preventDefault();
    dead();
  };
  heardAt = keptAt = performance.now();
  [samples, gates, latest] = [[], null, null];
  $("history").replaceChildren();
  for (const id of ["remark", "facts", "verdict", "taken"]) $(id).textContent = "";
  $("results").hidden = $("losses").hidden = true;
  setLearning(!found);
  say("Reading the text…");
  ask("begin", { ...began, line: found ? found.shown.line : "" });
}

function told(found) {
  about = found;
  const { symbols, weights, remarks, uniform, order } = about;
  $("remark").textContent = remarks.join(" ");
  $("order").textContent = order;
  $("road").textContent = about.simd
    ? "Matrices are multiplied in WebAssembly, four numbers at a time."
    : "Matrices are multiplied in plain JavaScript, because this browser has no SIMD.";
  $("meaning").textContent = `Guessing among its ${number(symbols)} characters has ` +
    `${number(uniform, 2)}, the toss of a coin 0.69.`;
  about.size = `${number(about.characters)} characters, ${number(about.heldOut)} of them ` +
    `to measure on; ${number(weights)} weights, the numbers that it learns`;
  const { kept } = began;
  $("line").value = kept ? kept.shown.line : about.line;
  curve.begin(about.updates, uniform);
  for (const id of ["learnt-loss", "held-out-loss", "counted-loss"]) $(id).textContent = "";
  $("results").hidden = $("losses").hidden = false;
  for (const id of ["poet", "download"]) enable(id, true);
  if (kept) restore(kept);
  else say("Learning…");
  setLearning(learning);
  if (curve.counted === null) count();
  if (!kept) keepNow();
}

function count() {
  const { text: read, model, plainForms, kept } = began;
  counter = start(({ counted }) => counted && showCounted(counted));
  counter.postMessage({
    task: "count",
    value: { text: read, model: kept ?? (model && { description: model.description }), plainForms },
  });
}

// More passes than there were to be.
function extended({ updates, passes }) {
  Object.assign(about, { updates, passes, finished: false });
  curve.updates = updates;
}

let latest = null, drawnAt = 0; // what the worker has said of its progress, and when it was drawn

function progress(found) {
  latest = found;
  curve.addLearnt(found.update, found.loss);
  const now = performance.now();
  if (now - drawnAt < 250) return;
  drawnAt = now;
  showProgress();
  if (now - keptAt > KEEP_EVERY) keepNow();
}

function showProgress() {
  const { update, loss, speed, seconds } = latest;
  const left = (seconds / update) * (about.updates - update);
  $("facts").textContent = [
    passesDone(update), `${number(speed)} characters a second`,
    left ? `${duration(left)} to go` : `in ${duration(seconds)}`, about.size,
  ].join(" · ");
  $("learnt-loss").textContent = number(loss, 2);
  describe();
}

// The pass that an update is of, counted from 1.
const passOf = (update, { updates, passes }) => Math.ceil(update / (updates / passes));
const passesDone = (update, of = about) =>
  `pass ${Math.max(1, passOf(update, of))} of ${of.passes}`;

const duration = (seconds) => (seconds < 90
  ? `${number(Math.max(1, seconds))} s` : `${number(seconds / 60)} min`);

function measured({ update, loss }) {
  curve.addHeldOut(update, loss);
  if (!about.best || loss < about.best.loss) about.best = { update, loss };
  $("held-out-loss").textContent = number(loss, 2);
  describe();
  warn();
}

const losses = () => ({
  learnt: curve.learnt.at(-1)?.[1] ?? about.uniform, heldOut: curve.heldOut.at(-1)[1],
  best: about.best.loss, bestPass: passOf(about.best.update, about), uniform: about.uniform,
});

// Says at once what goes wrong; the same sentence is not said again.
function warn() {
  const sentence = warning(losses());
  if ($("verdict").textContent !== sentence) $("verdict").textContent = sentence;
}

function showCounted({ loss }) {
  curve.counted = loss;
  $("counted-loss").textContent = number(loss, 2);
  describe();
  counter?.terminate();
  counter = null;
  if (about.finished && !learning) conclude();
}

function describe() {
  curve.draw();
  const words = ["learnt", "held-out", "counted"]
    .map((name) => document.querySelector(`figcaption .${name}`).textContent.trim());
  $("curve").setAttribute("aria-label", `Loss in nats a character: ${words.join(", ")}`);
}

function stopped({ finished, best }) {
  Object.assign(about, { finished, best });
  setLearning(false);
  if (latest) showProgress();
  if (finished) conclude();
  say(finished ? `Learnt. Open “Keep it” to download it; “${goesOn()}” goes on learning.`
    : "Paused.");
  keepNow();
}

// Says what came of it, and again when counting is done.
function conclude() {
  const { passes, characters } = about;
  const found = verdict({ ...losses(), counted: curve.counted, passes, characters });
  const advice = characters < PLENTY && !data.model
    ? "A short text alone teaches few words: a page made with “gru-textgen playground " +
      "anthology --output page.html” begins with a model that knows English ones." : "";
  $("verdict").textContent = `${found} ${advice}`.trim();
}

function setLearning(now) {
  learning = now;
  if (now) $("verdict").textContent = "";
  showSettings();
  enable("pause", about !== null);
  $("learn").textContent = about ? "Begin again" : "Learn";
  $("pause").textContent = now || !about ? "Pause" : goesOn();
}

// What the button says that goes on.
function goesOn() {
  const more = passesAsked();
  if (!about.finished) return "Go on";
  return `${number(more)} more ${more === 1 ? "pass" : "passes"}`;
}

// ---- What it writes

const after = (update) => `after ${number(update)} updates, the steps in which it learns`;

function sampled({ update, text: written }) {
  $("sample").textContent = written;
  $("written").textContent = after(update);
  const last = samples.at(-1)?.update;
  if (last !== undefined && update < 1.25 * last + 1) return; // more often where it changes most
  remember({ update, text: written.slice(0, START) });
}

function remember({ update, text: beginning }) {
  samples.push({ update, text: beginning });
  const item = document.createElement("li"), when = document.createElement("b");
  when.textContent = `after ${number(update)} updates`;
  item.append(when, beginning);
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
const ENDS = { // of the scale of colours
  z: ["0, nothing kept", "1, all kept"], r: ["0, nothing seen", "1, all seen"], h: ["−1", "1"],
};

function paint() {
  if (!gates || !gates.characters.length) return;
  const kind = $("kind").value;
  drawGates($("gates"), gates, kind);
  const cost = gates.bits.reduce((sum, bits) => sum + bits, 0) / gates.bits.length;
  const words = `${MEANINGS[kind]} A character of the line surprises it by ` +
    `${number(cost, 2)} bits; 1 bit is the toss of a coin.`;
  $("gates-meaning").textContent = words;
  $("gates-key").hidden = false;
  $("gates-key").classList.toggle("signed", kind === "h");
  $("gates-key").querySelectorAll("span").forEach((end, i) => {
    end.textContent = ENDS[kind][i];
  });
  $("gates").setAttribute("aria-label", `${$("kind").selectedOptions[0].text} of ` +
    `${gates.units} units on “${gates.characters.join("")}”`);
}
