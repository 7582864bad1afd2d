// A model that learns: cross-entropy of the next character, its gradient by all weights,
// and Adam. A batch is some streams of text, which are read one after the other.

class Learner {
  // description: `layers` and `symbols` as a page has them. values: the weights, which
  // change. steps: of back-propagation through time. streams: a batch.
  constructor({ layers, symbols }, values, { steps, streams }, simd = true) {
    if (layers.some(({ resetAfter }) => !resetAfter)) throw new Error("no reset_after");
    const ids = symbols.length + 1;
    Object.assign(this, { ids, steps, streams });
    this.parameters = new Parameters(values);
    const memory = learnersMemory(layers, ids, steps, simd);
    this.model = assembled(this.parameters, memory, layers, ids);
    this.ways = [];
    for (const layer of this.model.layers) {
      this.ways.push(new Way(memory, layer, this.ways.at(-1), this.parameters, steps));
    }
    this.D = new Transposed(memory, [this.model.D]);
    this.errors = new Rows(memory, ids, steps); // gradients by the logits
    this.kept = new Float32Array(ids * steps); // the same, step by step
    this.out = memory.vector(layers.at(-1).units);
    this.adam = new Adam(this.parameters);
    this.forget();
    this.fill();
  }

  // Empties the state of every stream.
  forget() {
    this.states = Array.from({ length: this.streams }, () =>
      this.model.layers.map(({ units }) => new Float32Array(units)));
  }

  // Puts the weights where the products read them.
  fill() {
    for (const matrix of this.parameters.matrices) matrix.fill(matrix.values);
    for (const way of this.ways) way.fill();
    this.D.fill();
  }

  // Learns a batch: ids of `steps` + 1 characters of each stream. Gives the mean loss in
  // nats and the norm of the gradient before it is clipped.
  learn(batch, rate) {
    const loss = this.differentiate(batch);
    const norm = this.adam.update(rate);
    this.fill();
    return { loss, norm };
  }

  // The mean loss of a batch; its gradient is then in `parameters.gradients`.
  differentiate(batch) {
    this.parameters.gradients.fill(0);
    let loss = 0;
    batch.forEach((ids, stream) => {
      const states = this.states[stream];
      this.ways.forEach((way, i) => way.begin(states[i]));
      loss += this.forward(ids);
      this.backward(ids);
      this.ways.forEach(({ layer }, i) => states[i].set(layer.h));
    });
    return loss / (batch.length * this.steps);
  }

  forward(ids) {
    const { model: { logits, bias, D }, ways, errors, kept, steps } = this;
    const share = 1 / (this.streams * steps);
    let loss = 0;
    for (let t = 0; t < steps; t++) {
      let x = ids[t];
      for (const way of ways) {
        way.forward(t, x);
        x = way.layer.h;
      }
      D.times(x, logits);
      for (let i = 0; i < this.ids; i++) logits[i] += bias[i];
      loss += crossEntropy(logits, ids[t + 1]); // logits are its gradient now
      for (let i = 0; i < this.ids; i++) {
        logits[i] *= share;
        errors.set(i, t, logits[i]);
      }
      kept.set(logits, t * this.ids);
    }
    return loss;
  }

  backward(ids) {
    const { model, ways, errors, kept, steps, parameters, D } = this;
    for (let t = steps - 1; t >= 0; t--) {
      D.x.set(kept.subarray(t * this.ids, (t + 1) * this.ids));
      let d = D.times();
      for (let i = ways.length - 1; i >= 0; i--) d = ways[i].backward(t, d);
    }
    errors.addProducts(parameters.of(model.D.values), ways.at(-1).states, false, this.out);
    errors.addSums(parameters.of(model.bias));
    for (const way of ways) way.addGradients(ids.subarray(0, steps));
  }

  // The mean loss in nats of a text that is read from an empty state.
  measure(ids) {
    this.model.reset();
    let loss = 0;
    for (let i = 0; i + 1 < ids.length; i++) {
      loss += crossEntropy(this.model.step(ids[i]), ids[i + 1]);
    }
    return loss / (ids.length - 1);
  }
}

// Minus the logarithm of the probability of an id. Logits become the gradient by them.
function crossEntropy(logits, id) {
  let largest = -Infinity, sum = 0;
  for (let i = 0; i < logits.length; i++) largest = Math.max(largest, logits[i]);
  const loss = largest - logits[id];
  for (let i = 0; i < logits.length; i++) sum += logits[i] = Math.exp(logits[i] - largest);
  for (let i = 0; i < logits.length; i++) logits[i] /= sum;
  logits[id] -= 1;
  return loss + Math.log(sum);
}

// Room for the model, and for what `Way` and `Learner` lay beside it.
function learnersMemory(layers, ids, steps, simd) {
  const widest = Math.max(ids, ...layers.map(({ units }) => units));
  let floats = floatsOf(layers, ids), below = 0;
  for (const { units } of layers) {
    floats += padded(units) * (steps + 1) + 4 * units * (steps + 2); // states, rows
    floats += (padded(units) + padded(below)) * (3 * units + 1); // transposed, and out
    floats += 2 * padded(3 * units) + padded(widest); // their vectors, and `out`
    below = units;
  }
  floats += padded(below) * (ids + 2) + padded(ids) + ids * (steps + 2); // of D
  return new Memory(floats, widest, simd);
}

// Adam (Kingma & Ba 2015) as Keras computes it, of gradients that are clipped so that
// their norm is at most 1.
class Adam {
  constructor(parameters) {
    const { length } = parameters.values;
    Object.assign(this, { parameters, updates: 0 });
    this.mean = new Float32Array(length);
    this.square = new Float32Array(length);
  }

  update(rate) {
    const { parameters: { values, gradients }, mean, square } = this;
    let sum = 0;
    for (let i = 0; i < gradients.length; i++) sum += gradients[i] * gradients[i];
    const norm = Math.sqrt(sum), scale = norm > 1 ? 1 / norm : 1;
    this.updates += 1;
    const alpha = rate * Math.sqrt(1 - 0.999 ** this.updates) / (1 - 0.9 ** this.updates);
    for (let i = 0; i < values.length; i++) {
      const g = gradients[i] * scale;
      const m = mean[i] += (g - mean[i]) * 0.1;
      const v = square[i] += (g * g - square[i]) * 0.001;
      values[i] -= alpha * m / (Math.sqrt(v) + 1e-7);
    }
    return norm;
  }
}

// The rate of an update, counted from 0: up to the peak in a twentieth of all, 200 at
// most, then down along a cosine, as `gru-textgen train` has it.
function cosineRate(peak, update, updates) {
  const warmup = Math.min(Math.floor(updates * 0.05), 200);
  if (update < warmup) return peak * update / warmup;
  const share = Math.min(1, (update - warmup) / Math.max(1, updates - warmup));
  return peak * 0.5 * (1 + Math.cos(Math.PI * share));
}
