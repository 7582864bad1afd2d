// The weights: out of the page's base64 into a model.

// Reads arrays one after the other. Matrices have the page's precision, and at int8 each
// of their rows a scale; vectors are in float32.
class WeightReader {
  constructor(base64, precision) {
    const text = atob(base64.trim());
    this.bytes = Uint8Array.from(text, (c) => c.charCodeAt(0));
    Object.assign(this, { precision, at: 0 });
  }

  take(type, count) { // a copy, for it may begin anywhere
    const end = this.at + count * type.BYTES_PER_ELEMENT;
    const taken = new type(this.bytes.slice(this.at, end).buffer);
    this.at = end;
    return taken;
  }

  vector(count) {
    return this.take(Float32Array, count);
  }

  matrix(rows, columns) {
    const count = rows * columns;
    if (this.precision === "float32") return this.take(Float32Array, count);
    if (this.precision === "float16") {
      return Float32Array.from(this.take(Uint16Array, count), fromFloat16);
    }
    const scales = this.vector(rows);
    const values = this.take(Int8Array, count);
    return Float32Array.from(values, (v, i) => v * scales[Math.floor(i / columns)]);
  }
}

// IEEE 754 binary16: a sign, five bits of exponent, ten of fraction.
function fromFloat16(bits) {
  const sign = bits >> 15 ? -1 : 1, exponent = (bits >> 10) & 31, fraction = bits & 1023;
  if (exponent === 0) return sign * fraction * 2 ** -24;
  return sign * (1024 + fraction) * 2 ** (exponent - 25);
}

// One buffer for all that a product reads and writes.
class Memory {
  constructor(floats, module) {
    const pages = Math.ceil((4 * floats) / 65536);
    const wasm = module && new WebAssembly.Memory({ initial: pages });
    this.f32 = new Float32Array(wasm ? wasm.buffer : new ArrayBuffer(65536 * pages));
    this.product = module ? simdProduct(module, wasm) : plainProduct(this.f32);
    this.free = 0;
  }

  place(floats) {
    this.free += floats;
    return this.free - floats;
  }

  vector(length) {
    const start = this.place(padded(length));
    return this.f32.subarray(start, start + length);
  }
}

const padded = (rows) => Math.ceil(rows / PANEL) * PANEL;

// description: `units` and `resetAfter` of each layer, `precision`, `symbols`.
// module: of `simdModule`, or null for the product in plain JavaScript.
function readModel({ layers, precision, symbols }, base64, module) {
  const reader = new WeightReader(base64, precision);
  const ids = symbols.length + 1; // 0 is the unknown character
  const memory = new Memory(floatsOf(layers, ids), module);
  const gates = (make) => ({ z: make(), r: make(), h: make() });
  let inputs = ids;
  const grus = layers.map(({ units, resetAfter }, i) => {
    const W = gates(() => (i === 0
      ? new OneHotMatrix(units, ids, reader.matrix(ids, units))
      : new Matrix(memory, units, inputs, reader.matrix(units, inputs))));
    const U = gates(() => new Matrix(memory, units, units, reader.matrix(units, units)));
    const b = gates(() => reader.vector(units));
    const bU = gates(() => reader.vector(units));
    inputs = units;
    return new GRU(memory, { units, resetAfter, W, U, b, bU });
  });
  const D = new Matrix(memory, ids, inputs, reader.matrix(ids, inputs));
  return new Model(memory, grus, D, reader.vector(ids));
}

// What the matrices, and the six vectors of each layer and the logits, take up.
function floatsOf(layers, ids) {
  let floats = 0, inputs = 0; // the first layer's input is one-hot: no product
  for (const { units } of layers) {
    floats += padded(units) * (3 * inputs + 3 * units + 6);
    inputs = units;
  }
  return floats + padded(ids) * (inputs + 1);
}
