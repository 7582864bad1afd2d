// The matrix-vector product, where nearly all the time goes, by two roads.
//
// A matrix lies in panels of 32 rows, each panel column by column: its element [j][k]
// stands at panel (j >> 5), column k, place (j & 31). Rows are filled up with zeros to a
// multiple of 32. All arrays lie in one buffer, `f32`, each named by where it begins.

const PANEL = 32;

const panelIndex = (matrix, j, k, columns) =>
  matrix + (j - (j % PANEL)) * columns + k * PANEL + (j % PANEL);

// out[j] = the sum over k of matrix[j][k] * x[k], in plain JavaScript.
function plainProduct(f32) {
  return (matrix, x, out, rows, columns) => {
    for (let j = 0; j < rows; j += 4) { // four rows together, which share each x[k]
      let at = panelIndex(matrix, j, 0, columns);
      let a = 0, b = 0, c = 0, d = 0;
      for (let k = 0; k < columns; k++, at += PANEL) {
        const xk = f32[x + k];
        a += f32[at] * xk;
        b += f32[at + 1] * xk;
        c += f32[at + 2] * xk;
        d += f32[at + 3] * xk;
      }
      f32[out + j] = a;
      f32[out + j + 1] = b;
      f32[out + j + 2] = c;
      f32[out + j + 3] = d;
    }
  };
}

// The same as a WebAssembly module: a panel's 32 sums are eight vectors of four, and each
// column is added to them, times x[k]. The module is put together here, byte by byte,
// from the instructions as the specification encodes them. Throws where SIMD is missing.
//
// With FLOAT a number is a float32. With PAIRS it is two int16 that are multiplied by
// the two of x and added, into sums of int32: twice as many columns in the same time.
const FLOAT = { multiply: [0xfd, 0xe6, 1], add: [0xfd, 0xe4, 1] }; // f32x4: mul, add
const PAIRS = { multiply: [0xfd, 0xba, 1], add: [0xfd, 0xae, 1] }; // i32x4: dot, add

function simdProduct(memory, kind) {
  const [matrix, x, out, rows, columns, k, xk, sum] = [0, 1, 2, 3, 4, 5, 6, 7];
  const get = (local) => [0x20, local], set = (local) => [0x21, local];
  const number = (n) => [0x41, ...(n < 64 ? [n] : [(n & 127) | 128, n >> 7])];
  const add = 0x6a, subtract = 0x6b;
  const load = (offset) => [0xfd, 0, 2, offset], store = (offset) => [0xfd, 11, 2, offset];
  const splat = [0xfd, 9, 2, 0], zero = [0xfd, 12, ...Array(16).fill(0)];
  const loop = [0x03, 0x40], again = [0x0d, 0], end = 0x0b;
  const eight = (code) => [0, 1, 2, 3, 4, 5, 6, 7].map(code);

  const body = [
    2, 1, 0x7f, 9, 0x7b, // locals: k is a number; xk and eight sums are vectors
    loop, // panel by panel
      eight((i) => [zero, set(sum + i)]),
      get(columns), set(k),
      loop, // column by column
        get(x), splat, set(xk),
        eight((i) => [
          get(matrix), load(16 * i), get(xk), kind.multiply, get(sum + i), kind.add,
          set(sum + i),
        ]),
        get(matrix), number(128), add, set(matrix),
        get(x), number(4), add, set(x),
        get(k), number(1), subtract, [0x22, k], again,
      end,
      eight((i) => [get(out), get(sum + i), store(16 * i)]),
      get(out), number(128), add, set(out),
      get(x), get(columns), number(2), 0x74, subtract, set(x),
      get(rows), number(32), subtract, [0x22, rows], number(0), 0x4a, again, // rows > 0
    end,
    end,
  ].flat(Infinity);
  const text = (s) => [s.length, ...[...s].map((c) => c.charCodeAt(0))];
  const sized = (bytes) => [(bytes.length & 127) | 128, bytes.length >> 7, ...bytes];
  const section = (id, ...content) => [id, ...sized(content.flat())];
  const module = new WebAssembly.Module(new Uint8Array([
    ...text("\0asm").slice(1), 1, 0, 0, 0, // the preamble, version 1
    ...section(1, [1, 0x60, 5, 0x7f, 0x7f, 0x7f, 0x7f, 0x7f, 0]), // five i32, no result
    ...section(2, [1], text("js"), text("memory"), [2, 0, 1]), // imports a memory
    ...section(3, [1, 0]), // holds one function of that type
    ...section(7, [1], text("product"), [0, 0]), // exports it
    ...section(10, [1], sized(body)),
  ]));
  const { product } = new WebAssembly.Instance(module, { js: { memory } }).exports;
  return (matrix, x, out, rows, columns) =>
    product(4 * matrix, 4 * x, 4 * out, rows, columns);
}
