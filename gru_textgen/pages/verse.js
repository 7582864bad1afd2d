// Whether what was learnt here can write verse in a form: its words must be English.

const FEWEST_LETTERS = 15; // of the alphabet: a small text lacks q and z
const ENGLISH = 0.6, LOOKED_THROUGH = 200_000; // of the words; characters

// verse: the forms and the table of all words, as the package's `export.form_table` has them.
// Gives it back for a text of English words in lines, else null.
async function verseOf(verse, text, symbols) {
  const letters = new Set(symbols.map((c) => c.toLowerCase()).filter((c) => /^[a-z]$/.test(c)));
  if (!symbols.includes("\n") || !symbols.includes(" ") || letters.size < FEWEST_LETTERS) {
    return null;
  }
  const table = await unpacked(verse.table);
  if (!table) return null;
  const english = new Set(table.words.split(" "));
  const read = text.slice(0, LOOKED_THROUGH).toLowerCase().replaceAll("’", "'");
  const words = read.match(/\p{L}[\p{L}\p{M}']*/gu) ?? [];
  const known = words.filter((word) => english.has(word)).length;
  return words.length && known >= ENGLISH * words.length ? verse : null;
}
