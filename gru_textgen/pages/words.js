// Words and marks as the tokens of a model: a text cut into them, and written with the spaces
// between them, as the package's `text.units` and `text.words` do.

const BREAKS = ["\n", "\u001e"]; // the ends of a line and of a document: no space beside them
const UNKNOWN = "<unk>", END_OF_LINE = "<eos>";
const WITHIN = "'’.,"; // marks that would join two words, or numbers, to one

// Python's \w, with combining accents, and \s.
const LETTER = "[\\p{L}\\p{N}_\\u0300-\\u036f]";
const SPACE = "\\t-\\r\\x1c-\\x20\\x85\\xa0\\u1680\\u2000-\\u200a\\u2028\\u2029\\u202f\\u205f\\u3000";
const TOKENS = {
  text: new RegExp([
    "[\\n\\x1e]", UNKNOWN, `\\p{Nd}+(?:[.,]\\p{Nd}+)*(?!${LETTER})`,
    `${LETTER}+(?:['’]${LETTER}+)*`, `[^${SPACE}]`,
  ].join("|"), "gu"),
  whitespace: new RegExp(`[\\n\\x1e]|${END_OF_LINE}|[^${SPACE}]+`, "gu"),
};

const isWord = (token) => /[\p{L}\p{N}_]$/u.test(token) || token === UNKNOWN;
const quoted = (token) => (Array.from(token).length === 1 ? named(token) : `“${token}”`);

// The words with one letter left out, put in or changed, or two exchanged.
function spelt(word) {
  const own = Array.from(word), others = Array.from(word.toLowerCase());
  const letters = new Set([...others, ..."abcdefghijklmnopqrstuvwxyz"]), found = new Set();
  for (let i = 0; i <= own.length; i++) {
    const before = own.slice(0, i).join(""), after = own.slice(i + 1).join("");
    const rest = own.slice(i).join("");
    for (const letter of letters) found.add(before + letter + rest);
    if (i === own.length) break;
    found.add(before + after);
    for (const letter of letters) found.add(before + letter + after);
    if (i + 1 < own.length) found.add(before + own[i + 1] + own[i] + own.slice(i + 2).join(""));
  }
  return found;
}

class WordVocabulary extends Vocabulary {
  // words: `tokens`, "text" or "whitespace", and the ids of marks that no space is `before`
  // or `after`; the rest as for Vocabulary.
  constructor(description) {
    super(description);
    const { words: { tokens, before, after }, symbols } = description;
    this.tokens = tokens;
    this.before = new Set(before.map((id) => symbols[id - 1]));
    this.after = new Set(after.map((id) => symbols[id - 1]));
  }

  knows(token) {
    return this.ids.has(token);
  }

  // The tokens of a text, each with its place.
  *spans(text) {
    let ended = -1; // where the `<eos>` ends that the next newline belongs to
    for (const { 0: token, index } of text.matchAll(TOKENS[this.tokens])) {
      const same = ended >= 0 && !text.slice(ended, index).replace(/[ \t\r]+/g, "");
      ended = -1;
      if (token === "\n" && same) continue;
      const isEnd = token === END_OF_LINE && this.tokens === "whitespace";
      if (isEnd) ended = index + token.length;
      yield { token: isEnd ? "\n" : token, index };
    }
  }

  encode(text) {
    return Array.from(this.spans(text), ({ token }) => this.ids.get(token) ?? UNKNOWN_ID);
  }

  read(prompt) {
    const unknown = new Set(), replaced = new Map(), pieces = [];
    const text = this.normalised(prompt);
    let end = 0;
    for (const { token, index } of this.spans(text)) {
      let form = token;
      if (!this.knows(token) && token !== UNKNOWN) {
        form = this.knownForm(token);
        if (form === null) unknown.add(token);
        else replaced.set(token, form);
      }
      if (token !== "\n") { // which may stand for `<eos>`
        pieces.push(text.slice(end, index), form ?? token);
        end = index + token.length;
      }
    }
    const remarks = [];
    if (unknown.size) {
      const names = Array.from(unknown, quoted).join(", ");
      remarks.push(`the model has never seen ${names}, read as ${UNKNOWN}`);
    }
    if (replaced.size) {
      const pairs = Array.from(replaced, ([token, form]) => `${quoted(token)} as “${form}”`);
      remarks.push(`reading ${pairs.join(", ")}`);
    }
    return {
      text: pieces.join("") + text.slice(end),
      remark: remarks.length ? `In the prompt: ${remarks.join("; ")}.` : "",
    };
  }

  // The same word in another case; else the commonest known one that is spelt nearly so.
  knownForm(token) {
    const lower = token.toLowerCase(), [first, ...rest] = Array.from(lower);
    const cases = [lower, first.toUpperCase() + rest.join(""), token.toUpperCase()];
    const found = cases.find((form) => this.knows(form));
    if (found) return found;
    if (Array.from(token).length < 4 || !/^\p{L}+$/u.test(token)) return null;
    const near = [...spelt(token), ...spelt(lower)].filter((form) => this.knows(form));
    if (!near.length) return null;
    return this.symbols[Math.min(...near.map((form) => this.ids.get(form))) - 1];
  }

  // A function that gives the text of the next id after a prompt, and the space before it.
  decoder(prompt) {
    const speller = new Speller(this);
    for (const { token } of [...this.spans(prompt)].slice(-3)) speller.write(token);
    if (new RegExp(`[${SPACE}]$`, "u").test(prompt)) speller.forget();
    return (id) => speller.write(this.symbols[id - 1]);
  }
}

// Writes one token after another, with the spaces between them.
class Speller {
  constructor(vocabulary) {
    this.vocabulary = vocabulary;
    this.forget();
  }

  // As at the start of a text: no space comes first.
  forget() {
    Object.assign(this, { last: "", joinedWord: false, begun: false });
  }

  write(token) {
    const { vocabulary: { before, after, tokens }, last, joinedWord, begun } = this;
    let joined = !begun || BREAKS.includes(token) || BREAKS.includes(last);
    const row = tokens === "text" && isRow(last, token);
    if (!joined && (before.has(token) || after.has(last) || row)) {
      // "a", "'", "b" is not to be read as the word "a'b" again.
      joined = !(isWord(token) && joinedWord);
    }
    // Whether this mark is joined to a word, so that no other word may follow.
    this.joinedWord = joined && begun && isWord(last) && WITHIN.includes(token);
    Object.assign(this, { last: token, begun: true });
    return joined ? token : ` ${token}`;
  }
}

// Whether a mark stands after the same, as in "..." and "--", but for quotation marks.
function isRow(left, right) {
  return left === right && !isWord(left) && !"'\"".includes(left);
}
