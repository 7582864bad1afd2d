// NumPy's random numbers, so that a seed gives here the text that it gives in Python:
// numpy.random.default_rng([seed, 0]).random(dtype=float32).

// SeedSequence: spreads integers over four words, and those over as many as are asked for
// (after M. E. O'Neill's seed_seq_fe). All arithmetic is modulo 2^32.
function seedWords(integers, count) {
  const entropy = integers.flatMap((integer) => {
    const words = [];
    for (let n = BigInt(integer); n || !words.length; n >>= 32n) {
      words.push(Number(n & 0xffffffffn));
    }
    return words;
  });
  const hasher = (constant, multiplier) => (value) => {
    value ^= constant;
    constant = Math.imul(constant, multiplier);
    value = Math.imul(value, constant);
    return value ^ (value >>> 16);
  };
  const mix = (x, y) => {
    const mixed = Math.imul(x, 0xca01f9dd) - Math.imul(y, 0x4973f715);
    return mixed ^ (mixed >>> 16);
  };
  const hash = hasher(0x43b0d7e5, 0x931e8875);
  const pool = [0, 1, 2, 3].map((i) => hash(entropy[i] ?? 0));
  for (let from = 0; from < 4; from++) {
    for (let to = 0; to < 4; to++) {
      if (from !== to) pool[to] = mix(pool[to], hash(pool[from]));
    }
  }
  for (const word of entropy.slice(4)) {
    for (let to = 0; to < 4; to++) pool[to] = mix(pool[to], hash(word));
  }
  const output = hasher(0x8b51f9dd, 0x58f38ded);
  return Array.from({ length: count }, (_, i) => output(pool[i % 4]) >>> 0);
}

// PCG64 (O'Neill 2014): a linear congruential generator of 128 bits, whose two halves
// are put together and rotated.
class PCG64 {
  constructor(integers) {
    const words = seedWords(integers, 8).map(BigInt);
    const wide = (i) =>
      (words[i + 1] << 96n) | (words[i] << 64n) | (words[i + 3] << 32n) | words[i + 2];
    this.increment = BigInt.asUintN(128, (wide(4) << 1n) | 1n);
    this.state = this.increment + wide(0);
    this.advance();
    this.kept = null; // the upper half of the last 64 bits, until it is used
  }

  advance() {
    const product = this.state * 0x2360ed051fc65da44385df649fccf645n;
    this.state = BigInt.asUintN(128, product + this.increment);
  }

  next64() {
    this.advance();
    const folded = BigInt.asUintN(64, this.state ^ (this.state >> 64n));
    const turn = this.state >> 122n;
    return BigInt.asUintN(64, (folded >> turn) | (folded << (64n - turn)));
  }

  next32() {
    if (this.kept !== null) {
      const word = this.kept;
      this.kept = null;
      return word;
    }
    const bits = this.next64();
    this.kept = Number(bits >> 32n);
    return Number(BigInt.asUintN(32, bits));
  }

  // Uniform in steps of 2^-24.
  random() {
    return (this.next32() >>> 8) * 2 ** -24;
  }

  // Uniform in steps of 2^-53. Half of 64 bits that was kept waits for the next 32.
  double() {
    return Number(this.next64() >> 11n) * 2 ** -53;
  }

  // An integer from `low` to below `high` (Lemire 2019).
  below(low, high) {
    const range = high - low, least = 2 ** 32 % range;
    if (range === 1) return low; // nothing is drawn
    for (;;) {
      const product = BigInt(this.next32()) * BigInt(range);
      if (BigInt.asUintN(32, product) >= least) return low + Number(product >> 32n);
    }
  }

  // The place of one of some weights, drawn by weight.
  choice(weights) {
    let sum = 0;
    const sums = weights.map((weight) => (sum += weight)), point = this.double();
    return sums.findIndex((x) => x / sum > point);
  }

  // A standard Gumbel number, rounded at each step as Python's in float32.
  gumbel() {
    const uniform = Math.max(this.random(), 2 ** -25); // for 0 has no logarithm
    return -Math.fround(Math.log(-Math.fround(Math.log(uniform))));
  }
}
