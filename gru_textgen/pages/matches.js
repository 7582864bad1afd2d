// Where else in a text the same units are on, as the package's `inspection.matches` finds it
// (LSTMVis, Strobelt et al. 2016).

const ON = 0.5, MOST_PLACES = 5; // a state from which on a unit is on; places to find

// state: a function of character and unit, from -1 to 1. The passage is from `start` up to
// `stop`. Gives `units`, each with the sign of its state, that stay on through the passage,
// and `places`, the best first: where a passage of the same length starts, how many of the
// units stay on through it (`shared`), and how many others do (`extra`).
function match(state, characters, units, start, stop) {
  const span = stop - start, count = characters - span + 1; // passages of this length
  const shared = new Int32Array(count), extra = new Int32Array(count), found = [];
  for (const sign of [1, -1]) {
    for (let unit = 0; unit < units; unit++) {
      const on = new Uint8Array(count);
      for (let i = 0, run = 0; i < characters; i++) {
        run = sign * state(i, unit) >= ON ? run + 1 : 0;
        if (run >= span) on[i - span + 1] = 1;
      }
      if (on[start]) found.push({ unit, sign });
      const sums = on[start] ? shared : extra;
      on.forEach((whole, i) => { sums[i] += whole; });
    }
  }
  const order = Array.from(shared, (_, i) => i)
    .sort((a, b) => shared[b] - shared[a] || extra[a] - extra[b]);
  const places = [];
  for (const i of order) {
    if (places.length === MOST_PLACES || !shared[i]) break;
    const apart = [start, ...places.map((place) => place.start)]
      .every((other) => Math.abs(i - other) >= span);
    if (apart) places.push({ start: i, shared: shared[i], extra: extra[i] });
  }
  return { units: found, places };
}
