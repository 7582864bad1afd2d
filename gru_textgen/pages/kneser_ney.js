// Interpolated modified Kneser-Ney smoothing (Chen & Goodman 1999): a model that only
// counts, to hold a network's loss against. The package's `inference.kneser_ney` in
// JavaScript; an n-gram is one number, so that counting is sorting.

// The highest order whose n-grams are whole numbers that a double holds.
const longestOrder = (ids) => Math.floor(53 / Math.log2(Math.max(2, ids)));

// Each n-gram of some ids, as a number to the base `size`.
function gramsOf(ids, n, size) {
  const grams = new Float64Array(Math.max(0, ids.length - n + 1));
  for (let i = 0; i < grams.length; i++) {
    let gram = 0;
    for (let k = 0; k < n; k++) gram = gram * size + ids[i + k];
    grams[i] = gram;
  }
  return grams;
}

// The different ones among sorted numbers, and how often each is there.
function distinct(sorted) {
  const values = new Float64Array(sorted.length), counts = new Int32Array(sorted.length);
  let length = 0;
  for (const value of sorted) {
    if (!length || values[length - 1] !== value) values[length++] = value;
    counts[length - 1] += 1;
  }
  return { values: values.subarray(0, length), counts: counts.subarray(0, length) };
}

// Where a value stands in increasing ones, or -1.
function find(values, value) {
  let low = 0, high = values.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (values[middle] < value) low = middle + 1;
    else high = middle;
  }
  return values[low] === value ? low : -1;
}

// What is taken off counts of 0, 1, 2, and 3 or more.
function discountsOf(counts) {
  const of = new Array(6).fill(0);
  for (const count of counts) of[Math.min(count, 5)] += 1;
  const fallback = [0, 0.5, 1, 1.5];
  if (!(of[1] && of[2] && of[3] && of[4])) return fallback;
  const y = of[1] / (of[1] + 2 * of[2]);
  const found = [1, 2, 3].map((k) => k - ((k + 1) * y * of[k + 1]) / of[k]);
  return found.every((discount) => discount > 0) ? [0, ...found] : fallback;
}

// Makes p_n of each character of a text out of p_{n-1}.
function interpolate(p, { values, counts }, text, n, size) {
  const discounts = discountsOf(counts), taken = (c) => discounts[Math.min(c, 3)];
  const contexts = distinct(values.map((gram) => Math.floor(gram / size))).values;
  const totals = new Float64Array(contexts.length), left = new Float64Array(contexts.length);
  for (let i = 0, at = -1, last = -1; i < values.length; i++) {
    const context = Math.floor(values[i] / size);
    if (context !== last) [at, last] = [at + 1, context];
    totals[at] += counts[i];
    left[at] += taken(counts[i]);
  }
  gramsOf(text, n, size).forEach((gram, i) => {
    const context = find(contexts, Math.floor(gram / size));
    if (context < 0) return; // never seen: p_{n-1} stays
    const place = find(values, gram), count = place < 0 ? 0 : counts[place];
    const at = i + n - 1;
    p[at] = (count - taken(count) + left[context] * p[at]) / totals[context];
  });
}

// The mean loss in nats of a text, for a model that has counted the n-grams of another.
// size: number of ids.
function kneserNeyLoss(train, text, size, order) {
  const p = new Float64Array(text.length).fill(1 / size);
  let counted = distinct(gramsOf(train, 1, size).sort());
  for (let n = 1; n <= order; n++) {
    if (n === order) interpolate(p, counted, text, n, size);
    else { // below, what counts is how many characters have come before
      const longer = distinct(gramsOf(train, n + 1, size).sort());
      const shorter = longer.values.map((gram) => gram % size ** n).sort();
      interpolate(p, distinct(shorter), text, n, size);
      counted = longer;
    }
  }
  return -p.reduce((sum, q) => sum + Math.log(q), 0) / text.length;
}
