// The words of one line as an automaton over characters: a mask on the model's logits.
// A character is allowed only if some words can still complete the line beneath it.

// What the last character was: nothing or a space; a letter; a comma; what ends a
// sentence; a hyphen; two; the end of a word that must not go on; the end of the line.
const [BEGIN, WORD, MARK, STOP, HYPHEN, DASH, WHOLE, END] = [0, 1, 2, 3, 4, 5, 6, 7];
const STOPS = ".!?", MARKS = ",;:";

class Line {
  // demand: measure, ends (rows), firstLetter, closing: whether a sentence must end.
  constructor(lexicon, symbols, { measure, ends, firstLetter, closing }) {
    Object.assign(this, { lexicon, layout: new Layout(measure) });
    this.texts = ["", ...symbols];
    this.after = this.texts.map((text) => {
      if (text === "\n") return END;
      if (text === " ") return BEGIN;
      if (text === "-") return HYPHEN;
      if (text && STOPS.includes(text)) return STOP;
      return text && MARKS.includes(text) ? MARK : WORD;
    });
    this.closing = closing && this.after.includes(STOP);
    this.fill(ends, firstLetter);
  }

  // For each word its ways into the line: where it may begin, how far it reaches.
  fill(ends, firstLetter) {
    const { lexicon, layout } = this;
    const memory = new Map();
    const once = (key, make) => {
      if (!memory.has(key)) memory.set(key, make());
      return memory.get(key);
    };
    let ways = [];
    lexicon.rowWord.forEach((word, row) => {
      const pattern = lexicon.rowPattern[row], kind = lexicon.kind(word);
      const stress = lexicon.patterns[pattern];
      const { bits, smooth } = once(3 * pattern + kind, () => layout.inner(stress, kind));
      const even = lexicon.rowDoubtful[row] ? 0 : smooth;
      if (bits) ways.push({ word, bits, smooth: even, shift: stress.length, end: false });
    });
    for (const row of ends) {
      const stress = lexicon.patterns[lexicon.endPattern[row]];
      const bits = layout.last(stress, lexicon.endSyllable[row]);
      const word = lexicon.endWord[row];
      if (bits) ways.push({ word, bits, smooth: bits, shift: stress.length, end: true });
    }
    for (const way of ways) {
      const first = lexicon.words[way.word][0];
      if (firstLetter && first !== firstLetter) way.bits &= ~layout.start;
    }
    ways = completable(ways).filter((way) => way.bits);
    this.ways = Array.from(lexicon.words, () => []);
    const bits = new Int32Array(lexicon.words.length);
    for (const way of ways) {
      this.ways[way.word].push(way);
      bits[way.word] |= way.bits;
    }
    this.beneath = lexicon.beneath(bits);
    this.possible = (this.beneath[0] & layout.start) !== 0;
  }

  start() {
    return { node: 0, positions: this.layout.start, kind: BEGIN, length: 0 };
  }

  // The positions after the word that ends here, if one does.
  reached({ node, positions, kind }) {
    if (kind !== WORD) return positions;
    const word = this.lexicon.word[node];
    let found = 0;
    for (const { bits, shift } of word < 0 ? [] : this.ways[word]) {
      found |= (bits & positions) << shift;
    }
    return found;
  }

  // Whether each symbol may come next.
  allowed(state) {
    const { kind, node, positions } = state, { final } = this.layout;
    const reached = this.reached(state), inWord = kind === WORD;
    const goesOn = (reached & ~final) !== 0, ends = (reached & final) !== 0;
    const letter = [BEGIN, WORD, HYPHEN, DASH].includes(kind);
    return this.texts.map((text, id) => {
      const after = this.after[id];
      if (id === 0) return false;
      if (after === WORD) {
        const small = text.toLowerCase();
        if (!letter || (inWord && small !== text)) return false;
        const child = this.lexicon.next(node, small);
        return child >= 0 && (this.beneath[child] & positions) !== 0;
      }
      return this.parts(kind, after, goesOn, ends);
    });
  }

  parts(kind, after, goesOn, ends) {
    if (kind === WORD || kind === WHOLE) {
      if (goesOn && after !== END) return true;
      return ends && (after === STOP || (!this.closing && [MARK, END].includes(after)));
    }
    if (goesOn && (kind === MARK || kind === STOP) && after === BEGIN) return true;
    if (goesOn && kind === HYPHEN && after === HYPHEN) return true;
    if (!ends || after !== END) return false;
    return kind === STOP || (!this.closing && (kind === MARK || kind === DASH));
  }

  // The state after a symbol, and the word that it ended, or -1.
  advance(state, id) {
    const after = this.after[id], { kind, node, length } = state;
    const letter = after === WORD;
    let positions = letter ? state.positions : this.reached(state);
    if (after === BEGIN || after === HYPHEN) positions &= ~this.layout.final;
    const small = this.texts[id].toLowerCase();
    const next = {
      node: letter ? this.lexicon.next(node, small) : 0,
      positions,
      kind: after === HYPHEN && kind === HYPHEN ? DASH : after,
      length: length + 1,
    };
    return [next, kind === WORD && !letter ? this.lexicon.word[node] : -1];
  }

  // The fewest syllables that may have been written.
  progress({ positions }) {
    return this.layout.written[31 - Math.clz32(positions & -positions)] ?? 0;
  }

  roughness(word, positions) {
    const smooth = this.ways[word].some((way) => way.bits & positions & way.smooth);
    return smooth ? 0 : this.lexicon.roughness(word);
  }

  // The state of a line that somebody has begun, or null if it cannot begin so.
  begun(text) {
    const { lexicon } = this, words = wordsOf(text);
    const partial = /[^\W\d_]*(?:['’][^\W\d_]*)*$/.exec(text)[0].toLowerCase();
    const whole = lexicon.index.has(plainWord(partial));
    let positions = this.layout.start, node = 0, kind = kindOf(text);
    if (partial && !whole) {
      words.pop();
      for (const letter of plainWord(partial)) {
        node = node < 0 ? node : lexicon.next(node, letter);
      }
      if (node < 0) throw unknownWord(partial);
      kind = WORD;
    }
    for (const word of words) positions = this.past(word, positions);
    return positions ? { node, positions, kind, length: [...text].length } : null;
  }

  // The positions after a word that is given, which may stand where it likes.
  past(word, positions) {
    const stresses = this.lexicon.stresses(word);
    if (!stresses.length) throw unknownWord(word);
    let found = 0;
    for (const { marks, offset } of this.layout.spans) {
      for (let p = 0; p < marks.length; p++) {
        if (!(positions & (1 << (offset + p)))) continue;
        for (const stress of stresses) {
          const end = p + stress.length;
          if (end >= marks.length) continue;
          if (fits(stress, marks.slice(p, end), false, true)) found |= 1 << (offset + end);
        }
      }
    }
    return found;
  }
}

// Leaves the beginnings from which further words can complete the line.
function completable(ways) {
  let good = ways.reduce((bits, way) => (way.end ? bits | way.bits : bits), 0);
  for (let before = null; before !== good;) {
    before = good;
    for (const { end, bits, shift } of ways) if (!end) good |= bits & (good >>> shift);
  }
  for (const way of ways) if (!way.end) way.bits &= good >>> way.shift;
  return ways;
}

const plainWord = (word) => word.toLowerCase().replace(/[‘’]/g, "'");
const wordsOf = (line) =>
  Array.from(line.matchAll(/['’]?[^\W\d_]+(?:['’][^\W\d_]+)*['’]?/g), ([word]) => plainWord(word));
const unknownWord = (word) => new Refused(
  `A form can begin only with words whose stresses it knows, and “${word}” is none.`,
);

function kindOf(text) {
  if (!text || /\s$/.test(text)) return BEGIN;
  if (text.endsWith("--")) return DASH;
  if (text.endsWith("-")) return HYPHEN;
  if (/[\p{L}'’]$/u.test(text)) return WHOLE;
  return STOPS.includes(text.at(-1)) ? STOP : MARK;
}
