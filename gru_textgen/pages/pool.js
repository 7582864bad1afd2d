// Lines written side by side, each weighted by the probability that its mask left to the
// model (sequential Monte Carlo, Lew et al. 2023), and one of them drawn by weight.

const POOL = 32, LONGEST = 120; // lines; characters of one
const FORM_TEMPERATURE = 0.5;
const BLOCK = 32; // steps whose random numbers are drawn together
const SYLLABLES = 2; // between two comparisons

// What the model makes of a text: of each layer the state, and the next one's logits.
const pointOf = (model) => ({
  state: model.layers.map(({ h }) => h.slice()), logits: model.logits.slice(),
});
function goTo(model, { state, logits }) {
  model.layers.forEach((layer, i) => layer.h.set(state[i]));
  model.logits.set(logits);
}
function readOn(model, point, ids) {
  goTo(model, point);
  for (const id of ids) model.step(id);
  return pointOf(model);
}

// Writes a line from a state of `line`; gives the ids, or null. price: what a word costs,
// in nats, after the line's others, at some positions.
function writeLine(model, line, begun, point, random, price) {
  let lines = Array.from({ length: POOL }, () => (
    { state: begun, point, weight: 0, ids: [], words: [] }));
  const noise = new Noise(random, POOL, model.logits.length - 1);
  for (let target = SYLLABLES; ; target += SYLLABLES) {
    let live = lines.filter(({ state, weight }) => state.kind !== END && weight > -Infinity);
    const longest = Math.max(...lines.map(({ ids }) => ids.length));
    if (!live.length || longest >= LONGEST) {
      for (const one of live) one.weight = -Infinity;
      break;
    }
    while (live.length) {
      const numbers = noise.next();
      live.forEach((one, row) => stepOn(model, line, one, numbers, row, price));
      live = live.filter(({ state, weight, ids }) => !(
        (state.kind === BEGIN && line.progress(state) >= target) || state.kind === END
        || weight === -Infinity || ids.length >= LONGEST));
    }
    lines = resampled(lines, random);
  }
  if (lines.every(({ weight }) => weight === -Infinity)) return null;
  const { sums } = shares(lines);
  return lines[place(sums, random.double())].ids;
}

function stepOn(model, line, one, noise, row, price) {
  const { logits } = one.point, allowed = line.allowed(one.state);
  let top = -Infinity, open = -Infinity;
  for (let id = 1; id < logits.length; id++) {
    const value = logits[id] / FORM_TEMPERATURE;
    top = Math.max(top, value);
    if (allowed[id]) open = Math.max(open, value);
  }
  let all = 0, left = 0, best = 0, largest = -Infinity;
  for (let id = 1; id < logits.length; id++) {
    const value = logits[id] / FORM_TEMPERATURE - top;
    all += Math.exp(value);
    if (!allowed[id]) continue;
    left += Math.exp(value - (open - top));
    const noisy = value + noise(row, id - 1);
    if (noisy > largest) [largest, best] = [noisy, id];
  }
  if (!best) {
    one.weight = -Infinity;
    return;
  }
  one.weight += Math.log(left) + open - top - Math.log(all);
  const [state, word] = line.advance(one.state, best);
  if (word >= 0) {
    one.weight -= price(one.words, word, one.state.positions);
    one.words = [...one.words, word];
  }
  one.state = state;
  one.ids = [...one.ids, best];
  one.point = readOn(model, one.point, [best]);
}

// The shares of the weights, summed up, and the logarithm of their mean.
function shares(lines) {
  const top = Math.max(...lines.map(({ weight }) => weight));
  const p = lines.map(({ weight }) => Math.exp(weight - top));
  const total = p.reduce((a, b) => a + b, 0);
  let sum = 0;
  const sums = p.map((x) => (sum += x / total));
  const squares = p.reduce((a, x) => a + (x / total) ** 2, 0);
  return { sums, mean: top + Math.log(total / p.length), effective: 1 / squares };
}

function place(sums, point) {
  const found = sums.findIndex((sum) => sum >= point);
  return found < 0 ? sums.length - 1 : found;
}

// Lines of little weight replaced by those of much, when few weigh much.
function resampled(lines, random) {
  if (lines.every(({ weight }) => weight === -Infinity)) return lines;
  const { sums, mean, effective } = shares(lines);
  if (effective > lines.length / 2) return lines;
  const first = random.double();
  return lines.map((_, i) => (
    { ...lines[place(sums, (i + first) / lines.length)], weight: mean }));
}

// Gumbel numbers for step after step, in the order in which Python draws them.
class Noise {
  constructor(random, lines, symbols) {
    Object.assign(this, { random, lines, symbols, at: BLOCK });
  }

  next() {
    if (this.at === BLOCK) {
      const count = BLOCK * this.lines * this.symbols;
      this.block = Float32Array.from({ length: count }, () => this.random.gumbel());
      this.at = 0;
    }
    const start = this.at * this.lines * this.symbols;
    this.at += 1;
    return (row, symbol) => this.block[start + row * this.symbols + symbol];
  }
}
