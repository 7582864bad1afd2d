// From a prompt to text: one character after the other, chosen as Python chooses them.

class Writer {
  // options: prompt, temperature, topP, minP, length (characters at most), lines (0: as
  // many as there come), seed (a string).
  constructor(model, vocabulary, separator, options) {
    Object.assign(this, { model, vocabulary, separator, ...options });
    const { text, remark } = vocabulary.read(this.prompt);
    this.remark = remark;
    this.random = new PCG64([this.seed, 0]);
    this.written = 0;
    this.ended = 0; // lines
    this.held = []; // what may be the beginning of the separator
    this.finished = false;
    model.reset();
    for (const id of vocabulary.encode((separator || "\n") + text)) model.step(id);
  }

  // Writes one character. Gives those, none or several, that can be shown now: each
  // with its surprise in bits and the share of the state that each layer kept.
  next() {
    const { model, vocabulary, separator, held } = this;
    const id = choose(model.logits, this.random, this);
    const surprise = bits(model.logits, id);
    model.step(id);
    const kept = model.layers.map((layer) => layer.kept);
    const symbol = vocabulary.symbols[id - 1];
    held.push({ text: symbol, surprise, kept });
    this.written += 1;
    const text = held.map((character) => character.text).join("");
    if (separator && text.endsWith(separator)) {
      this.finished = true;
      return held.splice(0).slice(0, -[...separator].length);
    }
    if (this.lines && symbol === "\n" && ++this.ended === this.lines) {
      this.finished = true;
      return held.splice(0).slice(0, -1);
    }
    if (this.written >= this.length) {
      this.finished = true;
      return held.splice(0);
    }
    return held.splice(0, held.length - begun(held, [...separator]));
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
// exactly its probability (Gumbel 1954). Id 0, the unknown character, is never written.
function choose(logits, random, { temperature, topP, minP }) {
  const allowed = topP < 1 ? nucleus(logits, temperature, topP) : null;
  const lowest = minP ? likely(logits, temperature, minP) : -Infinity;
  let best = 1, largest = -Infinity;
  for (let id = 1; id < logits.length; id++) {
    const noise = Math.fround(random.gumbel() * Math.fround(temperature));
    const value = Math.fround(logits[id] + noise);
    if (value > largest && logits[id] >= lowest && (!allowed || allowed.has(id))) {
      [best, largest] = [id, value];
    }
  }
  return best;
}

// The smallest set of likeliest ids that holds the probability topP (Holtzman et al.
// 2020).
function nucleus(logits, temperature, topP) {
  const ids = Array.from(logits, (_, id) => id).slice(1);
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
function likely(logits, temperature, minP) {
  let largest = -Infinity;
  for (let id = 1; id < logits.length; id++) largest = Math.max(largest, logits[id]);
  return largest + temperature * Math.log(minP);
}

// Minus the binary logarithm of the probability of an id at temperature 1.
function bits(logits, id) {
  let sum = 0;
  for (let i = 1; i < logits.length; i++) sum += Math.exp(logits[i] - logits[id]);
  return Math.log2(sum);
}
