// A text as the model in the page reads it, character by character: what `inspect` finds
// in Python, but for connectivity.

const LIKELIEST = 8;

class Tracer {
  // model: of `readModel`. description: as the page has it, with `resetId` or null.
  // longest: characters.
  constructor(model, description, longest) {
    Object.assign(this, { model, longest, resetId: description.resetId });
    this.vocabulary = new Vocabulary(description);
    const { separator, symbols } = description;
    model.reset();
    for (const id of this.vocabulary.encode(separator || "\n")) model.step(id);
    this.data = {
      text: "", symbols: ["\ufffd", ...symbols], surprise: [], entropy: [], next: [],
      layers: model.layers.map((layer) => this.begun(layer)),
    };
    this.kept = model.layers.map(({ units }) => new Float32Array(longest * units)); // z
    this.length = 0;
  }

  begun({ units, h }) {
    const start = Uint8Array.from(h, signed);
    const [z, r, c, h_] = [0, 1, 2, 3].map(() => new Uint8Array(this.longest * units));
    return { units, z, r, c, h: h_, start };
  }

  get full() {
    return this.length >= this.longest;
  }

  read(id) {
    const { model, data, length } = this;
    data.surprise.push(bitsOf(model.logits, id));
    if (id === this.resetId) model.reset();
    const p = probabilities(model.step(id));
    data.text += data.symbols[id];
    data.entropy.push(-p.reduce((sum, q) => sum + (q ? q * Math.log2(q) : 0), 0));
    const order = Array.from(p, (_, i) => i).sort((a, b) => p[b] - p[a]);
    data.next.push(order.slice(0, LIKELIEST).map((i) => [i, Math.round(1000 * p[i])]));
    model.layers.forEach(({ units, z, r, h, Wx: c }, i) => {
      const layer = data.layers[i], at = length * units;
      this.kept[i].set(z, at);
      for (let u = 0; u < units; u++) {
        layer.z[at + u] = Math.round(255 * z[u]);
        layer.r[at + u] = Math.round(255 * r[u]);
        layer.c[at + u] = signed(c[u]);
        layer.h[at + u] = signed(h[u]);
      }
    });
    this.length += 1;
  }

  // With the half-lives of all units, now that the text is whole.
  finished() {
    const { data, length, kept } = this;
    data.layers.forEach((layer, i) => {
      const { units } = layer, of = (unit) => (t) => kept[i][t * units + unit];
      layer.half_lives =
        Array.from({ length: units }, (_, unit) => halfLife(of(unit), length));
    });
    return data;
  }
}

const signed = (x) => Math.round(127.5 * (x + 1));

// Of all ids, the unknown one among them, as `inspection.trace` has it.
const bitsOf = (logits, id) => -Math.log2(probabilities(logits)[id]);

// How long a unit holds half of what it held, as `inspection.trace.half_lives` says it;
// null for the whole text. z: its update gate at each of `length` characters.
function halfLife(z, length) {
  const lost = [0];
  for (let t = 0; t < length; t++) lost.push(lost[t] - Math.log(Math.max(z(t), 1e-37)));
  let sum = 0, count = 0, end = 0;
  for (let i = 0; i < lost.length; i++) {
    const target = lost[i] + Math.LN2;
    while (end < lost.length && lost[end] < target) end += 1;
    if (end === lost.length) break;
    sum += end - 1 - i + (target - lost[end - 1]) / (lost[end] - lost[end - 1]);
    count += 1;
  }
  return count ? sum / count : null;
}
