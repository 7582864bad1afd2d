// A text for a learner: its characters as ids, the part that is held out, and streams.

const MOST_SYMBOLS = 1000, LEAST = 200, HELD_OUT = 0.1; // the last part is held out
const MEASURED = 10_000; // characters of it, at most
const WINDOW = 64, MOST_STREAMS = 64, UPDATES_A_PASS = 100;
const PERIODS = 128, LOOKED_AT = 1 << 20; // characters, for loops

// The commonest characters, in the order of their code points, without U+FFFD, which
// stands for a character that was lost.
function symbolsOf(text) {
  const counts = new Map();
  for (const c of text) counts.set(c, (counts.get(c) ?? 0) + 1);
  counts.delete("\ufffd");
  const byPoint = (a, b) => a.codePointAt(0) - b.codePointAt(0);
  const all = [...counts.keys()].sort(byPoint);
  if (all.length <= MOST_SYMBOLS) return all;
  all.sort((a, b) => counts.get(b) - counts.get(a)); // stable: ties by code point
  return all.slice(0, MOST_SYMBOLS).sort(byPoint);
}

// Ids, each character by its closest form that the vocabulary knows; 0 if there is none.
function idsOf(text, vocabulary) {
  const known = new Map();
  const idOf = (c) => {
    const form = vocabulary.ids.has(c) ? c : vocabulary.knownForm(c);
    return vocabulary.ids.get(form) ?? 0;
  };
  const ids = new Uint16Array(text.length);
  let length = 0;
  for (const c of text) {
    if (!known.has(c)) known.set(c, idOf(c));
    ids[length++] = known.get(c);
  }
  return ids.subarray(0, length);
}

// A text as it is learnt. model: the description of the one to go on from, or null.
// Gives `description` with its vocabulary, `ids`, and what is to be said: `remarks`.
// Throws an Error with a sentence if there is nothing to learn.
function readText(text, model, plainForms) {
  text = text.replace(/\r\n?/g, "\n").replace(/\p{Surrogate}/gu, "\ufffd");
  const own = { separator: "", normalisation: { normalise: "NFC" }, plainForms };
  const description = { ...own, ...model };
  text = new Vocabulary({ ...description, symbols: [] }).normalised(text);
  if (!text.trim()) throw new Error("There is no text yet: paste one, or choose a file.");
  if (!model) description.symbols = symbolsOf(text);
  const ids = idsOf(text, new Vocabulary(description));
  if (ids.length < LEAST) {
    throw new Error(`The text has only ${ids.length} characters: the network needs ` +
      `${LEAST} at least.`);
  }
  const remarks = [], unknown = ids.reduce((sum, id) => sum + (id === 0), 0);
  if (unknown) {
    const share = `${(100 * unknown / ids.length).toFixed(1)}% of the text`;
    remarks.push(model
      ? `The model does not know some characters, ${share}, and reads them as unknown.`
      : `The text has too many different characters: the ${MOST_SYMBOLS} commonest are ` +
        `learnt, and the others, ${share}, are read as unknown.`);
  }
  const loops = longestRuns(ids);
  Object.assign(description, { precision: "float32", runs: runLimits(loops) });
  // As `default_min_p` of the package has it; one symbol is the unknown one.
  const minP = description.symbols.length < 999 ? 0.1 : 0.01;
  if (!model) Object.assign(description, { longest: 1000, aboutLines: 24, minP });
  return { description, ids, loops, remarks };
}

// The longest run of each period, as the package's `text.loops` finds them.
function longestRuns(ids) {
  const end = Math.min(ids.length, LOOKED_AT);
  return Array.from({ length: PERIODS }, (_, i) => {
    const period = i + 1;
    let longest = 0, run = 0;
    for (let at = period; at < end; at++) {
      run = ids[at] === ids[at - period] ? run + 1 : 0;
      if (run > longest) longest = run;
    }
    return longest;
  });
}

// How long a run may get: a phrase may come twice, whatever the text has shown.
const runLimits = (longest) => longest.map((run, i) => Math.max(run, 2 * (i + 1), 3));

// The text cut into streams that lie side by side, as `gru-textgen train` cuts it.
class Streams {
  constructor(ids) {
    const cut = Math.floor(ids.length * (1 - HELD_OUT));
    this.ids = ids.subarray(0, cut);
    this.heldOut = ids.subarray(cut, cut + MEASURED);
    const wanted = Math.floor((cut - 1) / (UPDATES_A_PASS * WINDOW));
    this.count = Math.max(1, Math.min(MOST_STREAMS, wanted));
    this.windows = Math.floor(Math.floor((cut - 1) / this.count) / WINDOW);
  }

  // The k-th window of every stream, with the character after it; all are moved along
  // the text by `offset`, as on a ring.
  batch(k, offset) {
    const { ids, count, windows } = this;
    return Array.from({ length: count }, (_, stream) => {
      const start = (stream * windows + k) * WINDOW + offset;
      return Int32Array.from({ length: WINDOW + 1 }, (_, t) => ids[(start + t) % ids.length]);
    });
  }
}
