// Back-propagation through time for a layer, one stream of text at a time. The steps
// forward are those of gru.js; `Way` keeps what the steps back need of them.
//
// d… is the gradient of the loss by the quantity named; h' is the state before a step,
// p = U_h h' + b'_h. From h = z h' + (1 - z) c with c = tanh(W_h x + r p + b_h):
//
//   da_h = dh (1 - z) (1 - c^2)         da_z = dh (h' - c) z (1 - z)
//   dp   = da_h r                       da_r = da_h p r (1 - r)
//   dh'  = dh z + U_z^T da_z + U_r^T da_r + U_h^T dp
//   dx   = W_z^T da_z + W_r^T da_r + W_h^T da_h
//
// Each matrix receives the sum, over the steps, of its gradient times its input. That is
// a product too: `states` has the inputs as a matrix of units by steps, and a row of d's
// over the steps is the vector.

// Rows of gradients over the steps, each between two zeros: from its first number on a
// row goes with the states after the steps, from its second with those before them.
class Rows {
  constructor(memory, count, steps) {
    Object.assign(this, { memory, count, width: steps + 2 });
    this.start = memory.place(count * (steps + 2));
  }

  set(row, t, value) {
    this.memory.f32[this.start + row * this.width + 1 + t] = value;
  }

  sum(row) {
    const { memory: { f32 }, start, width } = this;
    let sum = 0;
    for (let at = start + row * width, end = at + width; at < end; at++) sum += f32[at];
    return sum;
  }

  // Adds to the gradient of a matrix, row by row. before: whether the matrix was
  // multiplied by the states before the steps. out: a vector to work in.
  addProducts(gradient, states, before, out) {
    const { memory, start, width } = this, { rows, columns } = states;
    for (let row = 0; row < this.count; row++) {
      const vector = start + row * width + (before ? 1 : 0);
      memory.product(states.start, vector, out.byteOffset / 4, rows, columns);
      const to = row * rows;
      for (let k = 0; k < rows; k++) gradient[to + k] += out[k];
    }
  }

  addSums(gradient) {
    for (let row = 0; row < this.count; row++) gradient[row] += this.sum(row);
  }
}

// Transposed matrices side by side: their product with the vectors one after the other
// is the sum of the products.
class Transposed {
  constructor(memory, matrices) {
    const columns = matrices.reduce((sum, { rows }) => sum + rows, 0);
    this.matrices = matrices;
    this.matrix = new Matrix(memory, matrices[0].columns, columns);
    this.x = memory.vector(columns);
    this.out = memory.vector(matrices[0].columns);
  }

  fill() {
    let start = 0;
    for (const { rows, columns, values } of this.matrices) {
      for (let j = 0; j < rows; j++) {
        for (let k = 0; k < columns; k++) {
          this.matrix.set(k, start + j, values[j * columns + k]);
        }
      }
      start += rows;
    }
  }

  times() {
    this.matrix.times(this.x, this.out);
    return this.out;
  }
}

class Way {
  // layer: a GRU with resetAfter. below: the Way of the layer below, or null.
  constructor(memory, layer, below, parameters, steps) {
    const { units } = layer;
    Object.assign(this, { layer, below, parameters, units });
    const kept = () => new Float32Array(units * steps);
    this.kept = { before: kept(), z: kept(), r: kept(), c: kept(), p: kept() };
    this.states = new Matrix(memory, units, steps + 1); // the one before all steps, too
    const rows = () => new Rows(memory, units, steps);
    this.rows = { z: rows(), r: rows(), h: rows(), p: rows() };
    const { z, r, h } = layer.U;
    this.U = new Transposed(memory, [z, r, h]);
    if (below) this.W = new Transposed(memory, [layer.W.z, layer.W.r, layer.W.h]);
    this.carried = new Float32Array(units); // dh' of the step after
    this.out = memory.vector(Math.max(units, below ? below.units : 0));
  }

  fill() {
    this.U.fill();
    if (this.below) this.W.fill();
  }

  begin(state) {
    const { layer, states, units } = this;
    layer.h.set(state);
    for (let i = 0; i < units; i++) states.set(i, 0, state[i]);
    this.carried.fill(0);
  }

  forward(t, x) {
    const { layer, kept, states, units } = this, from = t * units;
    kept.before.set(layer.h, from);
    layer.step(x);
    const { z, r, h, Wx: c, Uh, bU } = layer;
    kept.z.set(z, from);
    kept.r.set(r, from);
    kept.c.set(c, from);
    for (let i = 0; i < units; i++) {
      kept.p[from + i] = Uh[i] + bU.h[i];
      states.set(i, t + 1, h[i]);
    }
  }

  // d: the gradient by the layer's output at t. Gives that by its input, if the input
  // is a layer.
  backward(t, d) {
    const { units, kept, rows, carried, U, W } = this, from = t * units;
    for (let i = 0; i < units; i++) {
      const z = kept.z[from + i], r = kept.r[from + i], c = kept.c[from + i];
      const dh = d[i] + carried[i];
      const ah = dh * (1 - z) * (1 - c * c);
      const az = dh * (kept.before[from + i] - c) * z * (1 - z);
      const p = ah * r;
      const ar = ah * kept.p[from + i] * r * (1 - r);
      carried[i] = dh * z;
      U.x[i] = az;
      U.x[units + i] = ar;
      U.x[2 * units + i] = p;
      if (W) W.x[2 * units + i] = ah;
      rows.z.set(i, t, az);
      rows.r.set(i, t, ar);
      rows.h.set(i, t, ah);
      rows.p.set(i, t, p);
    }
    const back = U.times();
    for (let i = 0; i < units; i++) carried[i] += back[i];
    if (!W) return null;
    W.x.set(U.x.subarray(0, 2 * units));
    return W.times();
  }

  // Adds the gradients of the layer's weights over all steps. ids: what a first layer
  // read.
  addGradients(ids) {
    const { layer: { W, U, b, bU }, rows, parameters, out } = this;
    const of = (view) => parameters.of(view);
    for (const gate of ["z", "r", "h"]) {
      const state = gate === "h" ? rows.p : rows[gate];
      if (this.below) {
        rows[gate].addProducts(of(W[gate].values), this.below.states, false, out);
      } else this.addPicked(of(W[gate].values), rows[gate], ids);
      state.addProducts(of(U[gate].values), this.states, true, out);
      rows[gate].addSums(of(b[gate]));
      state.addSums(of(bU[gate]));
    }
  }

  // Of a one-hot input: to the row that each character picked.
  addPicked(gradient, { memory: { f32 }, start, width }, ids) {
    const { units } = this;
    for (let t = 0; t < ids.length; t++) {
      const to = ids[t] * units, from = start + 1 + t;
      for (let i = 0; i < units; i++) gradient[to + i] += f32[from + i * width];
    }
  }
}
