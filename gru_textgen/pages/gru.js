// A language model of gated recurrent units (Cho et al. 2014), of characters or of words: all
// its equations, one of them at a time. Gates: z update, r reset; c candidate; h state.
// `M.times(x, out)` is out = M x.

const sigmoid = (a) => 1 / (1 + Math.exp(-a));
const hardSigmoid = (a) => Math.min(Math.max(a / 6 + 0.5, 0), 1);

class GRU {
  // W, U: for each gate z, r, h, the matrix of the input, and that of the state.
  // b, bU: for each, the bias, and the one inside the reset gate's product.
  constructor(memory, { units, resetAfter, hardGates, W, U, b, bU }) {
    const gate = hardGates ? hardSigmoid : sigmoid;
    Object.assign(this, { units, resetAfter, gate, W, U, b, bU });
    for (const name of ["h", "z", "r", "rh", "Wx", "Uh"]) {
      this[name] = memory.vector(units);
    }
  }

  // Moves h on by one step. x is what the layer reads: a character's id, a word's vector,
  // or the state of the layer below.
  step(x) {
    const { units, resetAfter, gate, W, U, b, bU, h, z, r, rh, Wx, Uh } = this;

    W.z.times(x, Wx); // z = sigmoid(W_z x + U_z h + b_z)
    U.z.times(h, Uh);
    for (let i = 0; i < units; i++) z[i] = gate(Wx[i] + Uh[i] + b.z[i] + bU.z[i]);

    W.r.times(x, Wx); // r = sigmoid(W_r x + U_r h + b_r)
    U.r.times(h, Uh);
    for (let i = 0; i < units; i++) r[i] = gate(Wx[i] + Uh[i] + b.r[i] + bU.r[i]);

    W.h.times(x, Wx);
    const c = Wx; // overwritten in place, number by number
    if (resetAfter) { // c = tanh(W_h x + r * (U_h h + b'_h) + b_h)
      U.h.times(h, Uh);
      for (let i = 0; i < units; i++) {
        c[i] = Math.tanh(Wx[i] + r[i] * (Uh[i] + bU.h[i]) + b.h[i]);
      }
    } else { // c = tanh(W_h x + U_h (r * h) + b_h)
      for (let i = 0; i < units; i++) rh[i] = r[i] * h[i];
      U.h.times(rh, Uh);
      for (let i = 0; i < units; i++) c[i] = Math.tanh(Wx[i] + Uh[i] + b.h[i]);
    }

    for (let i = 0; i < units; i++) h[i] = z[i] * h[i] + (1 - z[i]) * c[i];
  }

  // How much of the state the last step kept, on average over the units.
  get kept() {
    return this.z.reduce((sum, z) => sum + z, 0) / this.units;
  }
}

// Layers, and the matrix from the last one's state to the logits. E gives the vector that
// is read of an id; without it, the id is.
class Model {
  constructor(memory, layers, D, bias, E = null) {
    Object.assign(this, { layers, D, bias, E, simd: memory.simd });
    this.logits = memory.vector(bias.length);
  }

  reset() {
    for (const layer of this.layers) layer.h.fill(0);
  }

  // Reads a character, or a word; gives the logits of the next one.
  step(id) {
    let x = this.E ? this.E.of(id) : id;
    for (const layer of this.layers) {
      layer.step(x);
      x = layer.h;
    }
    this.D.times(x, this.logits);
    for (let i = 0; i < this.bias.length; i++) this.logits[i] += this.bias[i];
    return this.logits;
  }
}
