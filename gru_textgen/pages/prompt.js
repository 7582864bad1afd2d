// A prompt in the characters that the model knows, as Python's Vocabulary reads it.

const UNKNOWN_ID = 0;

// Whether a character combines with the one before it: then it is sorted before U+0345,
// the one that Unicode sorts last.
const combines = (c) =>
  c === "\u0345" || ("\u0345" + c).normalize("NFD") !== "\u0345" + c.normalize("NFD");

const named = (c) =>
  `“${c}” (U+${c.codePointAt(0).toString(16).toUpperCase().padStart(4, "0")})`;

class Vocabulary {
  // symbols: of the ids 1, 2, …; plainForms: of quotes, dashes and the like;
  // normalisation: what was done to the model's own text.
  constructor({ symbols, plainForms, normalisation }) {
    Object.assign(this, { symbols, plainForms, normalisation });
    this.ids = new Map(symbols.map((symbol, i) => [symbol, i + 1]));
  }

  knows(text) {
    return [...text].every((c) => this.ids.has(c));
  }

  encode(text) {
    return Array.from(text, (c) => this.ids.get(c) ?? UNKNOWN_ID);
  }

  // A function that gives the text of the next id after a prompt.
  decoder() {
    return (id) => this.symbols[id - 1];
  }

  // Gives the text in known characters, and a sentence on what that changed, or "".
  read(prompt) {
    const unknown = new Set(), replaced = new Map();
    let text = this.normalised(prompt);
    if ([...text].some((c) => combines(c) && !this.knows(c))) {
      text = text.normalize("NFC");
    }
    text = Array.from(text, (c) => {
      const form = this.knows(c) ? c : this.knownForm(c);
      if (form === null) unknown.add(c);
      else if (form !== c) replaced.set(c, form);
      return form ?? c;
    }).join("");
    const remarks = [];
    if (unknown.size) {
      remarks.push(`the model has never seen ${[...unknown].map(named).join(", ")}`);
    }
    if (replaced.size) {
      const pairs = Array.from(replaced, ([c, form]) => `${named(c)} as “${form}”`);
      remarks.push(`reading ${pairs.join(", ")}`);
    }
    return { text, remark: remarks.length ? `In the prompt: ${remarks.join("; ")}.` : "" };
  }

  normalised(text) {
    const { lowercase, strip_punctuation, join_lines, normalise } = this.normalisation;
    if (lowercase) text = text.toLowerCase();
    if (strip_punctuation) text = text.replace(/\p{P}/gu, "");
    if (join_lines) text = text.replace(/\s*\n\s*/g, " ");
    return (normalise ?? "none") === "none" ? text : text.normalize(normalise);
  }

  // The closest form of a character that the model knows, or null.
  knownForm(character) {
    const plainly = (text) => Array.from(text, (c) => this.plainForms[c] ?? c).join("");
    const plain = plainly(character);
    const compatible = plainly(character.normalize("NFKC"));
    const bare = Array.from(compatible.normalize("NFKD"))
      .filter((c) => !combines(c)).join("");
    const forms = [plain, compatible, bare];
    const lower = forms.map((form) => form.toLowerCase());
    const upper = forms.map((form) => form.toUpperCase());
    return [...forms, ...lower, ...upper].find((form) => this.knows(form)) ?? null;
  }
}
