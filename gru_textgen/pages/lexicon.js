// The words that a poem is written with: how they are stressed, and which rhyme.

const UNSTRESSED = 1, LIGHT = 2, NEVER_LAST = 4, GRAMMAR = 8, LONGER = 16;

// The columns of a table, of the rows whose words have a place, with that in the place of
// the word's number.
function rowsOf({ word: steps, ...columns }, place) {
  let sum = 0;
  const words = steps.map((step) => (sum += step));
  const found = { word: words.filter((i) => place.has(i)).map((i) => place.get(i)) };
  for (const [name, column] of Object.entries(columns)) {
    found[name] = column.filter((_, row) => place.has(words[row]));
  }
  return found;
}

class Lexicon {
  // Of each word `flags`; a row for each way to stress a word, and one for each end that a
  // rhyme may rest on. Their words are given as differences. symbols: the characters that the
  // model knows; words that have others are left out.
  constructor({ words, patterns, flags, rows, ends }, symbols) {
    const known = new Set(symbols), place = new Map(); // of a word, by its number in the table
    const spelled = (word) => Array.from(word).every((c) => known.has(c));
    this.words = words.split(" ").filter((word, i) => spelled(word) && place.set(i, place.size));
    this.flags = flags.filter((_, i) => place.has(i));
    this.patterns = patterns;
    const row = rowsOf(rows, place), end = rowsOf(ends, place);
    this.rowWord = row.word;
    this.rowPattern = row.pattern;
    this.rowDoubtful = row.doubtful;
    this.endWord = end.word;
    this.endPattern = end.pattern;
    this.endSyllable = end.syllable;
    this.endKey = end.key;
    this.endOnset = end.onset;
    this.index = new Map(this.words.map((word, i) => [word, i]));
    this.plant();
  }

  // The trie: `child` of a node and a character, -1 for none; `word` that ends there.
  plant() {
    this.columns = new Map([...new Set(this.words.join(""))].sort().map((c, i) => [c, i]));
    const width = this.columns.size, room = this.words.join("").length + 1;
    this.child = new Int32Array(room * width).fill(-1);
    this.word = new Int32Array(room).fill(-1);
    this.parent = new Int32Array(room);
    this.end = new Int32Array(this.words.length);
    this.nodes = 1;
    this.words.forEach((word, i) => {
      let node = 0;
      for (const character of word) {
        const at = node * width + this.columns.get(character);
        if (this.child[at] < 0) {
          this.child[at] = this.nodes;
          this.parent[this.nodes] = node;
          this.nodes += 1;
        }
        node = this.child[at];
      }
      this.word[node] = i;
      this.end[i] = node;
    });
  }

  next(node, character) {
    const column = this.columns.get(character);
    return column === undefined ? -1 : this.child[node * this.columns.size + column];
  }

  // The bits of all words at or under each node. A child comes after its parent.
  beneath(bits) {
    const found = new Int32Array(this.nodes);
    this.words.forEach((_, i) => { found[this.end[i]] = bits[i]; });
    for (let node = this.nodes - 1; node > 0; node--) {
      found[this.parent[node]] |= found[node];
    }
    return found;
  }

  stresses(word) {
    const i = this.index.get(word), found = [];
    this.rowWord.forEach((w, row) => {
      if (w === i) found.push(this.patterns[this.rowPattern[row]]);
    });
    return found;
  }

  kind(word) {
    if (this.flags[word] & UNSTRESSED) return 2;
    return this.flags[word] & LIGHT ? 1 : 0;
  }

  // In nats, of a word off its place.
  roughness(word) {
    if (this.flags[word] & UNSTRESSED) return 0;
    return this.flags[word] & (LIGHT | LONGER) ? 0.7 : 1.5;
  }

  // The ends that a line may have, as rows. own: its rhyme, or null: `needed` words, and
  // those that are there; others: the rhymes that it must not have.
  ends(own, others, used) {
    const rows = [...this.endWord.keys()];
    const taken = new Set(used), alike = new Set();
    for (const { words } of others) {
      rows.forEach((row) => {
        if (this.endWord[row] === words[0]) alike.add(this.endKey[row]);
      });
    }
    const allowed = rows.filter((row) => !(this.flags[this.endWord[row]] & NEVER_LAST)
      && !taken.has(this.endWord[row]) && !alike.has(this.endKey[row]));
    if (!own) return allowed;
    if (!own.words.length) return own.needed < 2 ? allowed : this.rich(allowed, own.needed);
    return own.words.reduce((left, word) => this.rhyming(left, word), allowed);
  }

  // Of ends, those with four partners more than needed, each with an onset of its own.
  rich(rows, needed) {
    const onsets = new Map();
    for (const row of rows) {
      const key = this.endKey[row];
      if (!onsets.has(key)) onsets.set(key, new Set());
      onsets.get(key).add(this.endOnset[row]);
    }
    return rows.filter((row) => onsets.get(this.endKey[row]).size >= needed + 4);
  }

  rhyming(rows, word) {
    const own = [];
    this.endWord.forEach((w, row) => { if (w === word) own.push(row); });
    const key = (row, other) => this.endKey[row] === this.endKey[other];
    const onset = (row, other) => this.endOnset[row] === this.endOnset[other];
    const alike = new Set();
    this.endWord.forEach((w, row) => {
      if (own.some((other) => key(row, other) && onset(row, other))) alike.add(w);
    });
    return rows.filter((row) => !alike.has(this.endWord[row])
      && own.some((other) => key(row, other) && !onset(row, other)));
  }
}
