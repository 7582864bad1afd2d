// From a prompt to text: one character, or word, after the other, chosen as Python chooses
// them.

class Writer {
  // options: prompt, temperature, topP, minP, length (about so many characters),
  // aboutLines (0: as many as there come), seed (a string), number (of the text; 0).
  constructor(model, vocabulary, separator, options) {
    Object.assign(this, { model, vocabulary, separator, ...options });
    const { text, remark } = vocabulary.read(this.prompt);
    this.remark = remark;
    this.spelt = vocabulary.decoder(this.prompt);
    this.random = new PCG64([this.seed, options.number ?? 0]);
    this.written = 0; // characters
    this.guard = new LoopGuard(model.runs, vocabulary.symbols);
    this.goodEnd = this.length < 40 ? null : new GoodEnd(this.length, this.aboutLines);
    this.ends = DocumentEnds.of(vocabulary, model.resetId);
    this.held = []; // what may be the beginning of the separator
    this.finished = false;
    model.reset();
    for (const id of vocabulary.encode((separator || "\n") + text)) model.step(id);
  }

  // Writes one character, or word. Gives what can be shown now, none or several: each with
  // its surprise in bits and the share of the state that each layer kept.
  next() {
    const { model } = this;
    const id = choose(model.logits, this.random, this, this.guard, this.ends);
    this.guard.push(id);
    const surprise = bits(model.logits, id);
    model.step(id);
    const kept = model.layers.map((layer) => layer.kept);
    const symbol = { surprise, kept }, shown = [];
    for (const text of this.spelt(id)) {
      shown.push(...this.push({ text, symbol }));
      if (this.finished) break;
    }
    return whole(shown);
  }

  // Takes the next character; gives those that can be shown now.
  push(character) {
    const { separator, held } = this;
    held.push(character);
    this.written += 1;
    const text = held.map((character) => character.text).join("");
    if (separator && text.endsWith(separator)) {
      this.finished = true;
      return held.splice(0).slice(0, -[...separator].length);
    }
    let keptBack = begun(held, [...separator]);
    if (this.goodEnd) {
      this.finished = this.goodEnd.push(character.text);
      if (this.goodEnd.near && character.text === "\n") keptBack = Math.max(keptBack, 1);
    } else {
      this.finished = this.written >= this.length;
    }
    if (!this.finished) return held.splice(0, held.length - keptBack);
    while (this.goodEnd && held.length && isSpace(held.at(-1).text)) held.pop();
    return held.splice(0);
  }
}

// Characters joined to the symbols of the model that they spell. What is left of a symbol
// whose beginning has been shown surprises no more.
function whole(characters) {
  const found = [];
  let last = null;
  for (const { text, symbol } of characters) {
    if (symbol === last) {
      found.at(-1).text += text;
    } else {
      found.push({ text, ...symbol });
      symbol.surprise = 0;
      last = symbol;
    }
  }
  return found;
}

const isSpace = (character) => /^\s$/u.test(character);

// Watches for a good place to end, as the package's `inference.ending` does.
class GoodEnd {
  constructor(length, aboutLines) {
    Object.assign(this, { length, aboutLines, written: 0, lines: 0, column: 0 });
    this.sentence = false; // whether one has ended, with nothing after it
    this.before = "";
  }

  get near() {
    return this.has(0.9, 0.75);
  }

  has(share, shareOfLines) {
    const enough = this.aboutLines && this.lines >= shareOfLines * this.aboutLines;
    return enough || this.written >= share * this.length;
  }

  push(character) {
    const { before, sentence, column } = this;
    this.before = character;
    this.written += 1;
    this.column = character === "\n" ? 0 : column + 1;
    if (!isSpace(character) && !"\"'”’»)]」』".includes(character)) {
      this.sentence = ".!?…。！？؟".includes(character);
    }
    if (character === "\n") {
      if (before !== "\n") this.lines += 1;
      return (this.near && (sentence || before === "\n")) || this.has(1.25, 1.25);
    }
    if (isSpace(character)) {
      if (this.near && sentence && column > 100) return true;
      return this.written >= 1.5 * this.length;
    }
    return this.written >= 2 * this.length;
  }
}

// Lets a document end as often as the model itself says: see the package's
// `inference.ending.DocumentEnds`.
class DocumentEnds {
  // null for a model of no documents, or of documents of one line.
  static of(vocabulary, end) {
    const newline = vocabulary.ids.get("\n");
    return end == null || newline == null || end === newline
      ? null : new DocumentEnds(newline, end);
  }

  constructor(newline, end) {
    Object.assign(this, { newline, end });
  }

  // Both as one, in the place of the newline. Gives as well what each was.
  join(logits, barred) {
    const [line, own] = [this.newline, this.end].map((id) => (
      barred.has(id) ? -Infinity : logits[id]
    ));
    const joined = Float32Array.from(logits), open = new Set(barred);
    const both = Math.max(line, own) + Math.log1p(Math.exp(-Math.abs(line - own)));
    joined[this.newline] = Number.isNaN(both) ? -Infinity : both;
    open.delete(this.newline);
    return { logits: joined, barred: open.add(this.end), line, own };
  }

  // The id, or the document's end in its place.
  part(id, { line, own }, gumbel) {
    const share = 1 / (1 + Math.exp(own - line)); // of the newline
    return id === this.newline && uniform(gumbel) >= share ? this.end : id;
  }
}

// Says which ids would go on with a run that is longer than any of the model's text.
class LoopGuard {
  constructor(limits, symbols) {
    Object.assign(this, { limits, symbols, runs: limits.map(() => 0), past: [] });
  }

  // The last id, if it is a blank that may go on; otherwise 0.
  get blank() {
    const symbol = this.symbols[this.past.at(-1) - 1];
    return /^[\t\p{Zs}]$/u.test(symbol) ? this.past.at(-1) : 0;
  }

  barred() {
    const found = new Set();
    this.runs.forEach((run, i) => {
      if (run >= this.limits[i]) found.add(this.past.at(-1 - i));
    });
    return found;
  }

  push(id) {
    this.limits.forEach((_, i) => {
      this.runs[i] = this.past.at(-1 - i) === id ? this.runs[i] + 1 : 0;
    });
    this.past.push(id);
    if (this.past.length > this.limits.length) this.past.shift();
  }
}

// How many of the last characters are the beginning of the separator.
function begun(held, separator) {
  for (let n = Math.min(separator.length - 1, held.length); n > 0; n--) {
    const end = held.slice(-n);
    if (end.every((character, i) => character.text === separator[i])) return n;
  }
  return 0;
}

// The id of the largest of logits + temperature * Gumbel noise: it falls on each with
// exactly its probability (Gumbel 1954). Id 0, the unknown one, is never written.
function choose(logits, random, { temperature, topP, minP }, guard, ends = null) {
  let barred = guard.barred();
  // In a vocabulary of a symbol or two all may be barred: then none is.
  if (barred.size >= logits.length - 1) barred = new Set();
  const noise = Float32Array.from(logits, (_, id) => (
    id ? random.gumbel() * Math.fround(temperature) : 0
  ));
  const { blank } = guard;
  if (blank && temperature > 0 && isLikeliest(blank, logits, barred)) {
    if (goesOn(blank, logits, noise[blank] / temperature, barred)) return blank;
    barred = new Set([...barred, blank]);
  }
  if (ends && temperature > 0) {
    const joined = ends.join(logits, barred);
    const id = draw(joined.logits, noise, { temperature, topP, minP }, joined.barred);
    return ends.part(id, joined, noise[ends.end] / temperature);
  }
  return draw(logits, noise, { temperature, topP, minP }, barred);
}

// The id of the largest of logits + noise among those that are open.
function draw(logits, noise, { temperature, topP, minP }, barred) {
  const allowed = topP < 1 ? nucleus(logits, temperature, topP, barred) : null;
  const lowest = minP ? likely(logits, temperature, minP, barred) : -Infinity;
  let best = 1, largest = -Infinity;
  for (let id = 1; id < logits.length; id++) {
    const value = Math.fround(logits[id] + noise[id]);
    const open = !barred.has(id) && logits[id] >= lowest;
    if (value > largest && open && (!allowed || allowed.has(id))) {
      [best, largest] = [id, value];
    }
  }
  return best;
}

function isLikeliest(blank, logits, barred) {
  if (barred.has(blank)) return false;
  return logits.every((x, id) => id === 0 || barred.has(id) || x <= logits[blank]);
}

// Whether a row of blanks goes on, as often as the model itself says: see the package's
// `inference.loops.BlankRows`.
function goesOn(blank, logits, gumbel, barred) {
  let others = 0;
  for (let id = 1; id < logits.length; id++) {
    if (id !== blank && !barred.has(id)) others += Math.exp(logits[id] - logits[blank]);
  }
  return !others || uniform(gumbel) >= others / (1 + others);
}

// The random number from 0 to 1 that a Gumbel number was made of.
const uniform = (gumbel) => Math.exp(-Math.exp(-gumbel));

// The smallest set of likeliest ids that holds the probability topP (Holtzman et al.
// 2020).
function nucleus(logits, temperature, topP, barred) {
  const ids = Array.from(logits, (_, id) => id).slice(1).filter((id) => !barred.has(id));
  ids.sort((a, b) => logits[b] - logits[a]);
  if (temperature === 0) return new Set([ids[0]]);
  const p = ids.map((id) => Math.exp((logits[id] - logits[ids[0]]) / temperature));
  const sum = p.reduce((a, b) => a + b, 0);
  const kept = new Set();
  for (let i = 0, before = 0; i < ids.length && before < topP; i++) {
    kept.add(ids[i]);
    before += p[i] / sum;
  }
  return kept;
}

// The least logit of an id that is at least minP times as likely as the likeliest
// (Nguyen et al. 2024).
function likely(logits, temperature, minP, barred) {
  let largest = -Infinity;
  for (let id = 1; id < logits.length; id++) {
    if (!barred.has(id)) largest = Math.max(largest, logits[id]);
  }
  return largest + temperature * Math.log(minP);
}

// Minus the binary logarithm of the probability of an id at temperature 1.
function bits(logits, id) {
  let sum = 0;
  for (let i = 1; i < logits.length; i++) sum += Math.exp(logits[i] - logits[id]);
  return Math.log2(sum);
}

// Of every id at temperature 1.
function probabilities(logits) {
  const top = Math.max(...logits), p = Array.from(logits, (x) => Math.exp(x - top));
  const sum = p.reduce((a, b) => a + b, 0);
  return p.map((x) => x / sum);
}
