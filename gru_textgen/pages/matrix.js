// Matrices, each in the form in which its product is quickest, and where they lie.

const padded = (rows) => Math.ceil(rows / PANEL) * PANEL;

// One buffer for all that a product reads and writes.
class Memory {
  // widest: the longest vector that is multiplied, or comes of it.
  constructor(floats, widest, simd = true) {
    const pages = Math.ceil((4 * (floats + 2 * padded(widest + 1))) / 65536);
    try {
      if (!simd) throw new Error("not wanted");
      const memory = new WebAssembly.Memory({ initial: pages });
      this.f32 = new Float32Array(memory.buffer);
      this.product = simdProduct(memory, FLOAT);
      this.pairProduct = simdProduct(memory, PAIRS);
      this.simd = true;
    } catch { // an older browser: the same text, more slowly
      this.f32 = new Float32Array((65536 / 4) * pages);
      this.product = plainProduct(this.f32);
      this.simd = false;
    }
    this.free = 0;
    this.pairs = new Int16Array(this.f32.buffer, 4 * this.place(padded(widest + 1)));
    this.sums = new Int32Array(this.f32.buffer, 4 * this.place(padded(widest)));
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

class Matrix {
  constructor(memory, rows, columns, values) {
    Object.assign(this, { memory, rows, columns });
    this.start = memory.place(padded(rows) * columns);
    if (values) this.fill(values);
  }

  // values: row by row.
  fill(values) {
    const { rows, columns } = this;
    for (let j = 0; j < rows; j++) {
      for (let k = 0; k < columns; k++) this.set(j, k, values[j * columns + k]);
    }
  }

  set(j, k, value) {
    this.memory.f32[panelIndex(this.start, j, k, this.columns)] = value;
  }

  times(x, out) {
    const { memory, start, rows, columns } = this;
    memory.product(start, x.byteOffset / 4, out.byteOffset / 4, rows, columns);
  }
}

// Of int8, each row with its scale. It is multiplied in integers: x, which must lie
// between -1 and 1, as all states do, is rounded to multiples of 1 / fine, so small that
// no sum is beyond an int32.
class IntegerMatrix {
  constructor(memory, rows, columns, values, scales) {
    const fine = Math.min(32767, Math.floor((2 ** 31 - 1) / (127 * columns)));
    const pairs = Math.ceil(columns / 2);
    Object.assign(this, { memory, rows, columns, pairs, fine });
    this.scales = scales.map((scale) => scale / fine);
    this.start = memory.place(padded(rows) * pairs);
    const numbers = new Int16Array(memory.f32.buffer);
    for (let j = 0; j < rows; j++) {
      for (let k = 0; k < columns; k++) {
        const pair = panelIndex(this.start, j, k >> 1, pairs);
        numbers[2 * pair + (k & 1)] = values[j * columns + k];
      }
    }
  }

  times(x, out) {
    const { memory, start, rows, columns, pairs, fine, scales } = this;
    const { pairs: xs, sums } = memory;
    for (let k = 0; k < columns; k++) xs[k] = Math.round(x[k] * fine);
    xs[columns] = 0; // the other of the last, where they are odd
    memory.pairProduct(start, xs.byteOffset / 4, sums.byteOffset / 4, rows, pairs);
    for (let j = 0; j < rows; j++) out[j] = sums[j] * scales[j];
  }
}

// A matrix that is multiplied by one-hot vectors only: each picks a column, which is
// stored as a row.
class OneHotMatrix {
  constructor(rows, values) {
    Object.assign(this, { rows, values });
  }

  times(id, out) {
    const start = id * this.rows;
    for (let j = 0; j < this.rows; j++) out[j] = this.values[start + j];
  }
}

// The rows of a matrix by their ids: vectors of words.
class Embedding {
  constructor(memory, table) {
    Object.assign(this, { table, f32: memory.f32, row: memory.vector(table.columns) });
  }

  of(id) {
    const { table: { start, columns }, f32, row } = this;
    for (let k = 0; k < columns; k++) row[k] = f32[panelIndex(start, id, k, columns)];
    return row;
  }
}

// One matrix after the other.
class Projected {
  constructor(memory, first, second) {
    Object.assign(this, { first, second, between: memory.vector(first.rows) });
  }

  times(x, out) {
    this.first.times(x, this.between);
    this.second.times(this.between, out);
  }
}
