// The weights of a model that learns: one long array, and their gradients in another.

class Parameters {
  // values: Float32Array of all arrays in the order in which a page stores them.
  constructor(values) {
    this.values = values;
    this.gradients = new Float32Array(values.length);
    this.at = 0;
    this.matrices = []; // those that lie in panels, to be filled after each update
  }

  // ---- As `WeightReader`, but what it hands out are views

  vector(count) {
    this.at += count;
    return this.values.subarray(this.at - count, this.at);
  }

  oneHot(rows, columns) {
    return new OneHotMatrix(rows, this.vector(rows * columns));
  }

  matrix(memory, rows, columns) {
    const values = this.vector(rows * columns);
    const matrix = Object.assign(new Matrix(memory, rows, columns), { values });
    this.matrices.push(matrix);
    return matrix;
  }

  // The gradients of a view.
  of(view) {
    const start = view.byteOffset / 4;
    return this.gradients.subarray(start, start + view.length);
  }
}

// How many weights a model has.
function countOf(layers, ids) {
  let count = 0, inputs = ids;
  for (const { units } of layers) {
    count += 3 * units * (inputs + units + 2);
    inputs = units;
  }
  return count + ids * (inputs + 1);
}

// New weights: matrices uniform after Glorot & Bengio (2010), over all gates together,
// as Keras has it; biases zero. `random` is a PCG64.
function freshValues(layers, ids, random) {
  const values = new Float32Array(countOf(layers, ids));
  let at = 0, inputs = ids;
  const uniform = (count, fans) => {
    const limit = Math.sqrt(6 / fans);
    for (const end = at + count; at < end; at++) {
      values[at] = limit * (2 * random.random() - 1);
    }
  };
  layers.forEach(({ units }, i) => {
    const start = at;
    uniform(3 * units * inputs, inputs + 3 * units);
    if (i === 0) { // an unknown character says nothing
      for (let g = 0; g < 3; g++) {
        values.fill(0, start + g * ids * units, start + (g * ids + 1) * units);
      }
    }
    uniform(3 * units * units, 4 * units);
    at += 6 * units;
    inputs = units;
  });
  uniform(ids * inputs, ids + inputs);
  return values;
}

// The weights that a page stores, as `values` of Parameters.
function storedValues({ layers, precision, symbols }, base64) {
  const ids = symbols.length + 1, reader = new WeightReader(base64, precision);
  const parts = [];
  let inputs = ids;
  const take = (times, rows, columns) => {
    for (let i = 0; i < times; i++) {
      parts.push(columns ? inFloats(reader.rows(rows, columns), columns) : reader.vector(rows));
    }
  };
  layers.forEach(({ units }, i) => {
    if (i === 0) take(3, ids, units);
    else take(3, units, inputs);
    take(3, units, units);
    take(6, units);
    inputs = units;
  });
  take(1, ids, inputs);
  take(1, ids);
  const values = new Float32Array(countOf(layers, ids));
  let at = 0;
  for (const part of parts) {
    values.set(part, at);
    at += part.length;
  }
  return values;
}
