// The weights: out of the page's base64 into a model.

// Reads arrays one after the other: matrices in the page's precision, vectors in float32.
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

  // Numbers in float32, or int8 and the scale of each row.
  rows(rows, columns) {
    const count = rows * columns;
    if (this.precision === "float32") return { values: this.vector(count) };
    if (this.precision === "float16") {
      return { values: Float32Array.from(this.take(Uint16Array, count), fromFloat16) };
    }
    return { scales: this.vector(rows), values: this.take(Int8Array, count) };
  }

  oneHot(rows, columns) { // stored the other way round
    return new OneHotMatrix(rows, inFloats(this.rows(columns, rows), rows));
  }

  // A matrix of any vectors. (Those of integers take states alone, from -1 to 1.)
  floats(memory, rows, columns) {
    return new Matrix(memory, rows, columns, inFloats(this.rows(rows, columns), columns));
  }

  matrix(memory, rows, columns) {
    const stored = this.rows(rows, columns);
    if (stored.scales && memory.simd) {
      return new IntegerMatrix(memory, rows, columns, stored.values, stored.scales);
    }
    return new Matrix(memory, rows, columns, inFloats(stored, columns));
  }
}

function inFloats({ values, scales }, columns) {
  if (!scales) return values;
  return Float32Array.from(values, (v, i) => v * scales[Math.floor(i / columns)]);
}

// IEEE 754 binary16: a sign, five bits of exponent, ten of fraction.
function fromFloat16(bits) {
  const sign = bits >> 15 ? -1 : 1, exponent = (bits >> 10) & 31, fraction = bits & 1023;
  if (exponent === 0) return sign * fraction * 2 ** -24;
  return sign * (1024 + fraction) * 2 ** (exponent - 25);
}

// description: `units`, `resetAfter` and `hardGates` of each layer, `precision`, `symbols`;
// `embedding`, the size of a word's vector, 0 for one-hot ids, and whether it is `projected`.
// simd: false for the product in plain JavaScript.
function readModel(description, base64, simd = true) {
  const { layers, precision, symbols, embedding = 0 } = description;
  const ids = symbols.length + 1; // 0 is the unknown character
  const widest = Math.max(ids, embedding, ...layers.map(({ units }) => units));
  const floats = embedding ? floatsOfWords(description, ids) : floatsOf(layers, ids);
  const memory = new Memory(floats, widest, simd);
  const reader = new WeightReader(base64, precision);
  return assembled(reader, memory, layers, ids, description);
}

// A model of the arrays that a reader hands out, one after the other.
function assembled(reader, memory, layers, ids, { embedding = 0, projected = false } = {}) {
  const gates = (make) => ({ z: make(), r: make(), h: make() });
  const table = embedding ? reader.floats(memory, ids, embedding) : null;
  let inputs = ids;
  const first = (units) => (table
    ? reader.floats(memory, units, embedding) : reader.oneHot(units, ids));
  const grus = layers.map(({ units, resetAfter, hardGates }, i) => {
    const W = gates(() => (i ? reader.matrix(memory, units, inputs) : first(units)));
    const U = gates(() => reader.matrix(memory, units, units));
    const b = gates(() => reader.vector(units));
    const bU = gates(() => reader.vector(units));
    inputs = units;
    return new GRU(memory, { units, resetAfter, hardGates, W, U, b, bU });
  });
  let D = table; // the output is tied to the embedding
  if (projected) D = new Projected(memory, reader.matrix(memory, embedding, inputs), table);
  const E = table && new Embedding(memory, table);
  D ??= reader.matrix(memory, ids, inputs);
  return new Model(memory, grus, D, reader.vector(ids), E);
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

// The same with an embedding, to which the output is tied.
function floatsOfWords({ layers, embedding }, ids) {
  let floats = padded(ids) * (embedding + 1), inputs = embedding;
  for (const { units } of layers) {
    floats += padded(units) * (3 * inputs + 3 * units + 6);
    inputs = units;
  }
  return floats + padded(embedding) * (inputs + 2); // the projection, and two vectors
}
