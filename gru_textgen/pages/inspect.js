const data = JSON.parse(document.getElementById("data").textContent);
const $ = (id) => document.getElementById(id);
let letters = Array.from(data.text);

// Arrays come as bytes: z and r from 0 to 1, the candidate c and the state h from -1 to 1.
const bytes = (base64) => Uint8Array.from(atob(base64), (c) => c.charCodeAt(0));
for (const layer of data.layers) {
  for (const name of ["z", "r", "c", "h", "start"]) layer[name] = bytes(layer[name]);
}
data.sway = bytes(data.sway);
const value = (layer, name, i, unit) => {
  const signed = name === "h" || name === "c";
  const byte = i < 0 ? layer.start[unit] : layer[name][i * layer.units + unit];
  return signed ? byte / 127.5 - 1 : byte / 255;
};

// What can be said of a layer or one unit at character i.
const mean = (layer, name, i) => {
  let sum = 0;
  for (let u = 0; u < layer.units; u++) sum += value(layer, name, i, u);
  return sum / layer.units;
};
const change = (layer, i) => {
  let sum = 0;
  for (let u = 0; u < layer.units; u++) {
    sum += (value(layer, "h", i, u) - value(layer, "h", i - 1, u)) ** 2;
  }
  return Math.sqrt(sum);
};
// Of each: its name, the ends of its scale, what a key of its colours calls it, its value at i.
const MODES = {
  surprise: ["surprise", 0, 8, "bits of surprise", (i) => data.surprise[i]],
  doubt: ["entropy: uncertainty of the prediction", 0, 5, "bits of entropy",
    (i) => data.entropy[i]],
  z: ["update gate, mean of the layer", 0, 1, "mean of z", (i) => mean(layer(), "z", i)],
  r: ["reset gate, mean of the layer", 0, 1, "mean of r", (i) => mean(layer(), "r", i)],
  unit_h: ["state of the unit", -1, 1, "state", (i) => value(layer(), "h", i, unit())],
  unit_z: ["update gate of the unit", 0, 1, "z", (i) => value(layer(), "z", i, unit())],
  unit_r: ["reset gate of the unit", 0, 1, "r", (i) => value(layer(), "r", i, unit())],
  sway: ["connectivity: influence on the prediction", 0, 1,
    "influence on the framed character, relative to the strongest", (i) => sway(i)],
};
const LONG = 500; // characters
let pinned = 0, here = 0;
let anchor = null, passage = null; // from where one is selected; its first and last character
const layer = () => data.layers[$("layer").value];
// Layers and units are counted from 0 here, and from 1 in all that is shown.
const unit = () => Math.min(Math.max(1, $("unit").valueAsNumber || 1), layer().units) - 1;
const sway = (i) => {
  const k = here - i;
  return k >= 0 && k < data.lags ? data.sway[here * data.lags + k] / 255 : 0;
};

// Colours: between stops, as in the package's pictures.
// They begin, or have their middle, at the colour of the sheet that the text is on.
const SHEETS = { light: "#fdfbf5", dark: "#1f2125" };
const stopsFor = (low) => {
  const name = isDark() ? "dark" : "light", { sequential, diverging, paper } = data.themes[name];
  return (low < 0 ? diverging : sequential).map((stop) => (stop === paper ? SHEETS[name] : stop));
};
const rgb = (hex) => [1, 3, 5].map((i) => parseInt(hex.slice(i, i + 2), 16));
const colour = (x, low, high) => {
  const stops = stopsFor(low);
  const place = Math.min(Math.max((x - low) / (high - low), 0), 1) * (stops.length - 1);
  const i = Math.min(Math.floor(place), stops.length - 2), part = place - i;
  const from = rgb(stops[i]), to = rgb(stops[i + 1]);
  return from.map((c, j) => Math.round(c + part * (to[j] - c)));
};
const inkOn = (c) => {
  const [r, g, b] = c.map((x) => x / 255)
    .map((x) => (x <= 0.04045 ? x / 12.92 : ((x + 0.055) / 1.055) ** 2.4));
  return 0.2126 * r + 0.7152 * g + 0.0722 * b > 0.179 ? "#000000" : "#ffffff";
};
const css = (c) => `rgb(${c.join(" ")})`;

const NAMES = { "\n": "↵", " ": "␣", "\t": "⇥" };
const shown = (c) => NAMES[c] || c;
const spoken = (c) => ({ "\n": "line end", " ": "space" })[c] || c;
const fixed = (x, digits = 2) => x.toFixed(digits).replace("-", "−");
const named = (l, u) => `layer ${Number(l) + 1}, unit ${u + 1}`;
// The scores of units that follow something: what is weaker says nothing to a reader.
const WEAKEST = 0.2;
const followers = data.scores.filter((s) => Math.abs(s.score) >= WEAKEST);
const MEAN = "How long a unit holds is a mean over the text that the page shows now";
const inWords = (l, u) => {
  const life = data.layers[l].half_lives[u];
  const holds = life === null ? "throughout this text" : life < 1 ? "less than one character"
    : `about ${life < 1.5 ? "one character" : `${fixed(life, 0)} characters`}`;
  const follows = followers.filter((s) => s.layer === Number(l) && s.unit === u)
    .map((s) => `; follows “${s.feature}”, correlation ${fixed(s.score)}`);
  return `holds ${life === null ? "" : "for "}${holds}${follows.join("")}`;
};
const element = (tag, text = "", className = "") =>
  Object.assign(document.createElement(tag), { textContent: text, className });

const spanOf = (c, i) => {
  const span = element("span", c === "\n" ? "↵\n" : c);
  span.dataset.i = i;
  return span;
};
let spans = [];

// Puts the text on the page.
function lay() {
  letters = Array.from(data.text);
  const ends = letters.slice(0, -1).flatMap((c, i) => (c === "\n" ? i + 1 : []));
  data.lines = [0, ...ends];
  spans = letters.map(spanOf);
  $("text").replaceChildren(...spans);
  select(null);
  document.body.classList.toggle("long", letters.length > LONG);
  $("whole").hidden = true; // until it is painted
}

// Takes over another text, read by the same model; its connectivity is not known.
function exchange(found, place = 0) {
  Object.assign(data, found, { lags: 0 });
  for (const option of $("mode").options) option.disabled = option.value === "sway";
  if ($("mode").value === "sway") $("mode").value = "surprise";
  here = pinned = place;
  lay();
  nameUnits();
  refresh();
}

// The same text has one character more.
function grow(c) {
  data.text += c;
  letters.push(c);
  spans.push(spanOf(c, letters.length - 1));
  $("text").append(spans.at(-1));
  const [, low, high, , f] = MODES[$("mode").value];
  dye(spans.at(-1), colour(f(letters.length - 1), low, high));
  move(pinned = letters.length - 1);
  $("text").scrollTop = $("text").scrollHeight;
}

function dye(span, c) {
  span.style.background = css(c);
  span.style.color = inkOn(c);
}

function paint() {
  const [, low, high, of, f] = MODES[$("mode").value];
  spans.forEach((span, i) => dye(span, colour(f(i), low, high)));
  const words = $("mode").value.startsWith("unit")
    ? `${of} of ${named($("layer").value, unit())}` : of;
  const beyond = ["surprise", "doubt"].includes($("mode").value);
  $("scale").replaceChildren(key(low, high, words, beyond));
  $("keys").replaceChildren(
    key(0, 1, "z and r"), key(-1, 1, "c and h"), key(-1, 1, "change Δh", true));
  const now = `${$("layer").value}.${unit()}`, colouring = $("mode").value === "unit_h";
  for (const button of $("units").querySelectorAll("button")) {
    button.setAttribute("aria-pressed", colouring && button.dataset.unit === now);
  }
  paintWhole(letters.map((_, i) => colour(f(i), low, high)), words);
}

// A key to colours: the ends of their scale in numbers, and what they are of. beyond: whether
// there is something beyond the ends, which has their colours.
function key(low, high, words, beyond = false) {
  const all = element("p", "", "key"), ramp = element("span", "", "ramp");
  const stops = [...Array(9).keys()].map((i) => css(colour(low + i / 8 * (high - low), low, high)));
  ramp.style.background = `linear-gradient(to right, ${stops})`;
  all.append(element("span", fixed(low, 0) + (beyond && low ? " or less" : "")), ramp,
    element("span", fixed(high, 0) + (beyond ? " or more" : "")), element("span", words));
  return all;
}

// A long text at once: a column for each character.
function paintWhole(colours, words) {
  const whole = $("whole");
  if (letters.length <= LONG) return;
  whole.hidden = false;
  whole.width = letters.length;
  const pixels = new ImageData(letters.length, 1);
  colours.forEach((c, i) => pixels.data.set([...c, 255], 4 * i));
  whole.getContext("2d").putImageData(pixels, 0, 0);
  whole.setAttribute("aria-label", `The whole text, coloured by ${words}`);
}

function square(name, title, at) {
  const { units } = layer(), side = Math.ceil(Math.sqrt(units));
  const figure = element("figure"), canvas = element("canvas");
  canvas.width = canvas.height = side;
  const pixels = new ImageData(side, side), low = "zr".includes(name) ? 0 : -1;
  for (let u = 0; u < units; u++) pixels.data.set([...colour(at(u), low, 1), 255], 4 * u);
  const context = canvas.getContext("2d");
  context.putImageData(pixels, 0, 0);
  canvas.setAttribute("role", "img");
  canvas.setAttribute("aria-label", `${title} of all units; unit ${unit() + 1}: ${fixed(at(unit()))}`);
  canvas.onclick = (event) => {
    const box = canvas.getBoundingClientRect();
    const [x, y] = [event.clientX - box.left, event.clientY - box.top]
      .map((p) => Math.floor(p / box.width * side));
    choose($("layer").value, Math.min(y * side + x, units - 1));
  };
  const mark = element("span");
  const [row, column] = [Math.floor(unit() / side), unit() % side];
  mark.style.cssText = `position:absolute;pointer-events:none;border:2px solid var(--ink);box-shadow:0 0 0 2px var(--paper);
    width:${100 / side}%;aspect-ratio:1;left:${100 * column / side}%;min-width:7px`;
  const frame = element("div");
  frame.style.position = "relative";
  mark.style.top = `${100 * row / side}%`;
  frame.append(canvas, mark);
  figure.append(frame, element("figcaption", title));
  return figure;
}

function show() {
  for (const name of ["here", "next"]) {
    for (const span of $("text").querySelectorAll(`.${name}`)) span.classList.remove(name);
  }
  spans[here].classList.add("here");
  if (here + 1 < spans.length && $("mode").value === "sway") spans[here + 1].classList.add("next");
  const c = letters[here];
  $("character").textContent = shown(c);
  $("facts").textContent = `character ${here + 1} of ${letters.length}, surprise ` +
    `${fixed(data.surprise[here], 1)} bits`;
  const doubt = data.entropy[here];
  $("doubt").textContent = `Entropy of the prediction ${fixed(doubt, 1)} bits: the model is as ` +
    `unsure of the next character as among ${fixed(2 ** doubt, doubt < 2 ? 1 : 0)} equally likely ones.`;
  $("likeliest").replaceChildren(...data.next[here].map(([id, p]) => {
    const symbol = data.symbols[id], came = symbol === letters[here + 1];
    const row = element("tr", "", came ? "came" : "");
    const bar = element("span", "", "bar"), wide = element("td", "", "wide");
    bar.style.width = `${p / 10}%`;
    wide.append(bar);
    row.append(element("td", shown(symbol) + (came ? " (this came)" : ""), "symbol"),
      element("td", `${fixed(p / 10, 1)}%`, "number"), wide);
    return row;
  }));
  $("layers").replaceChildren(...data.layers.map((l, n) => {
    const row = element("tr");
    const numbers = [mean(l, "z", here), mean(l, "r", here), change(l, here)];
    row.append(element("td", n + 1), ...numbers.map((x) => element("td", fixed(x))));
    return row;
  }));
  const u = unit(), l = layer();
  const at = (name) => (j) => value(l, name, here, j), before = (j) => value(l, "h", here - 1, j);
  $("units-of").textContent = `All units of layer ${Number($("layer").value) + 1}`;
  $("squares").replaceChildren(square("z", "update gate z", at("z")), square("r", "reset gate r", at("r")),
    square("c", "candidate c", at("c")), square("b", "h before", before),
    square("h", "h after", at("h")), square("d", "change Δh", (j) => at("h")(j) - before(j)));
  const [z, h0, c1, h1] = [at("z")(u), before(u), at("c")(u), at("h")(u)].map((x) => fixed(x));
  const name = named($("layer").value, u);
  $("unit-name").textContent = name[0].toUpperCase() + name.slice(1);
  $("in-words").textContent = `It ${inWords($("layer").value, u)}. ${MEAN}, not of this character.`;
  $("equation").textContent = `h ← z·h + (1 − z)·c = ${z} × ${h0} + (1 − ${z}) × ${c1} = ${h1}`;
  if ($("mode").value === "sway") paint();
  showMore();
}

// Ends the panels with the window, and says that they go on beneath as long as they do.
function showMore() {
  $("panels").style.setProperty("--top", `${$("panels").getBoundingClientRect().top}px`);
  const { scrollTop, scrollHeight, clientHeight } = $("panels");
  const more = scrollTop + clientHeight < scrollHeight - 4;
  $("more").style.visibility = more ? "visible" : "hidden";
}
$("panels").addEventListener("scroll", showMore);
for (const moved of ["scroll", "resize"]) addEventListener(moved, showMore);

const move = (i, say = false) => {
  here = Math.min(Math.max(0, i), letters.length - 1);
  show();
  if (!say) return;
  spans[here].scrollIntoView({ block: "nearest" });
  const best = data.next[here][0];
  $("said").textContent = `${spoken(letters[here])}; next, most likely ` +
    `${spoken(data.symbols[best[0]])}, ${fixed(best[1] / 10, 0)} percent`;
};
const choose = (layerIndex, u, mode = "unit_h") => {
  $("layer").value = layerIndex;
  $("unit").value = u + 1;
  $("mode").value = mode;
  refresh();
};
const refresh = () => {
  $("unit").max = layer().units;
  if ($("unit").value !== "") $("unit").value = unit() + 1;
  if (passage) seek();
  paint();
  show();
};
// A line up or down, by where characters stand on the screen.
const vertical = (way) => {
  const from = spans[here].getBoundingClientRect();
  let best = here, least = Infinity;
  spans.forEach((span, i) => {
    const box = span.getClientRects()[0];
    const rows = way * (box.top - from.top);
    const far = rows * 1000 + Math.abs(box.left - from.left);
    if (rows > 2 && far < least) [best, least] = [i, far];
  });
  return best;
};
const lineStart = (i) => data.lines.findLast((start) => start <= i);
const lineEnd = (i) => (data.lines.find((start) => start > i) ?? letters.length) - 1;
const KEYS = {
  ArrowLeft: () => here - 1, ArrowRight: () => here + 1,
  ArrowUp: () => vertical(-1), ArrowDown: () => vertical(1),
  Home: () => lineStart(here), End: () => lineEnd(here),
};
$("text").onkeydown = (event) => {
  if (!(event.key in KEYS) || event.ctrlKey || event.metaKey || event.altKey) return;
  event.preventDefault();
  anchor = event.shiftKey ? anchor ?? here : null;
  pinned = KEYS[event.key]();
  move(pinned, true);
  pinned = here;
  if (anchor !== null) select([Math.min(anchor, here), Math.max(anchor, here)]);
};
const under = (event) => event.target.dataset.i;
$("text").onpointerover = (event) => under(event) !== undefined && move(Number(under(event)));
$("text").onpointerleave = () => move(pinned);
$("text").onclick = (event) => {
  if (under(event) !== undefined) move(pinned = Number(under(event)));
};

// The passage that the pointer has selected, if it has.
$("text").onpointerup = () => {
  const selection = getSelection(), text = $("text");
  if (selection.isCollapsed) return;
  const character = (node, offset, outside) => (!text.contains(node) ? outside
    : node === text ? offset : Number(node.parentElement.dataset.i) + Math.sign(offset));
  const { startContainer, startOffset, endContainer, endOffset } = selection.getRangeAt(0);
  const first = character(startContainer, startOffset, 0);
  const last = character(endContainer, endOffset, letters.length) - 1;
  if (first <= last) select([first, last]);
};

$("whole").onclick = (event) => {
  const box = $("whole").getBoundingClientRect();
  move(pinned = Math.floor((event.clientX - box.left) / box.width * letters.length));
  spans[here].scrollIntoView({ block: "nearest" });
};

// ---- Where else the state looks like this

const quoted = (from, to) => letters.slice(Math.max(0, from), to)
  .map((c) => (c === "\n" ? "↵" : c)).join("");

function select(chosen) {
  passage = chosen;
  $("places").replaceChildren();
  for (const span of spans) span.classList.remove("passage", "alike");
  if (passage) seek();
  else $("alike").textContent = "Select a passage of the text.";
}

function seek() {
  const [first, last] = passage, { units } = layer(), stop = last + 1;
  const state = (i, u) => value(layer(), "h", i, u);
  const found = match(state, letters.length, units, first, stop);
  const on = found.units.length, of = `of layer ${Number($("layer").value) + 1}`;
  const marked = (start, name) => {
    for (let i = start; i < start + stop - first; i++) spans[i].classList.add(name);
  };
  for (const span of spans) span.classList.remove("passage", "alike");
  marked(first, "passage");
  for (const { start } of found.places) marked(start, "alike");
  const text = `“${quoted(first, stop)}”`;
  $("alike").textContent = !on
    ? `No unit ${of} stays beyond ±${ON} through ${text}: select a shorter passage.`
    : `${on} ${on === 1 ? "unit" : "units"} ${of} ${on === 1 ? "stays" : "stay"} beyond ` +
      `±${ON} through ${text}. ${found.places.length ? "So they do in:" : "Nowhere else do they."}`;
  $("places").replaceChildren(...found.places.map(({ start, shared }) => {
    const item = element("li"), button = element("button"), end = start + stop - first;
    button.type = "button";
    button.append(quoted(start - 15, start), element("b", quoted(start, end)),
      `${quoted(end, end + 15)} (${shared} of ${on})`);
    button.onclick = () => {
      move(pinned = start);
      spans[start].scrollIntoView({ block: "nearest" });
    };
    item.append(button);
    return item;
  }));
}

lay();
$("name").textContent = data.name;
document.title = `Inside ${data.name}`;
for (const [name, [title]] of Object.entries(MODES)) $("mode").append(new Option(title, name));
data.layers.forEach((l, i) => $("layer").append(new Option(i + 1, i)));
$("layer").value = data.layers.length - 1;
const many = (n) => n.toLocaleString("en");
const ON_HALVES = `on the second half of ${many(data.scored_on)} characters; the unit was chosen ` +
  "on the first";
$("scored").textContent = followers.length
  ? `The state of each unit follows the feature that its button names. The correlation is that ` +
    `${ON_HALVES}, of the text with which this page was made. Below ±${WEAKEST} nothing is ` +
    `listed. ${MEAN}.`
  : data.enough
    ? "The text with which this page was made is too short to tell: it has " +
      `${many(data.scored_on)} ${data.scored_on === 1 ? "character" : "characters"}, and ` +
      `${many(data.enough)} would be enough; with thousands it is surer.`
    : `No unit follows anything readable: all correlations are below ±${WEAKEST} ${ON_HALVES}.`;
// Each unit once, whatever it follows.
const buttons = new Map(followers.map((s) => [`${s.layer}.${s.unit}`, s]));
for (const { layer: l, unit: u } of buttons.values()) {
  const item = element("li");
  const button = element("button");
  button.type = "button";
  button.dataset.unit = `${l}.${u}`;
  button.onclick = () => choose(l, u);
  item.append(button);
  $("units").append(item);
}
// What their buttons say of them: it changes with the text.
function nameUnits() {
  for (const button of $("units").querySelectorAll("button")) {
    const [l, u] = button.dataset.unit.split(".").map(Number);
    button.textContent = `${named(l, u)}: ${inWords(l, u)}`;
  }
}

nameUnits();
for (const id of ["mode", "layer", "unit"]) $(id).oninput = refresh;
if (followers.length) {
  const { layer: l, unit: u } = followers[0];
  [$("layer").value, $("unit").value, $("mode").value] = [l, u + 1, "unit_h"];
}
themeButton($("theme"), refresh);
