// What a form asks of each line, as the package's `verse.forms` and `verse.metre` say it.

class Refused extends Error {} // its message is for the person who asked

// Letters, "-" for a line without rhyme, a space or / between stanzas, A1 for a refrain.
function parseScheme(scheme) {
  const lines = [], trimmed = scheme.replace(/^[\s/]+|[\s/]+$/g, "");
  let stanza = 0;
  for (const [token, letter, digit, gap] of trimmed.matchAll(
    /([A-Za-z])(\d?)|-|([\s/]+)|[^]/g,
  )) {
    if (gap) stanza += 1;
    else if (letter || token === "-") {
      const rhyme = (letter ?? "").toUpperCase();
      lines.push({ rhyme, refrain: digit ? rhyme + digit : "", stanza });
    } else {
      throw new Refused(`A rhyme scheme has no “${token}”: write letters, such as ABAB.`);
    }
  }
  return lines;
}

// form: rhyme, lines, syllables, metre. Of each line its alternatives, marks with "/" for
// a beat, and the index of the line that it repeats, its own if it is new.
function planned({ rhyme, lines, syllables, metre }, acrostic) {
  const letters = Array.from(acrostic.trim().toLowerCase());
  let scheme = parseScheme(rhyme);
  const count = scheme.length || lines || Math.max(letters.length, syllables.length);
  if (count > 200) throw new Refused(`A poem has 200 lines or fewer, not ${count}.`);
  if (letters.length > count) {
    throw new Refused(
      `The acrostic has ${letters.length} letters, and the poem only ${count} lines.`,
    );
  }
  if (!scheme.length) scheme = parseScheme("-".repeat(count));
  const refrains = new Map();
  return scheme.map(({ rhyme, refrain, stanza }, index) => {
    if (refrain && !refrains.has(refrain)) refrains.set(refrain, index);
    const length = syllables.length ? syllables[index % syllables.length] : null;
    return {
      index, stanza, rhyme,
      repeats: refrain ? refrains.get(refrain) : index,
      measure: length === null ? [] : measures(metre, length),
      firstLetter: letters[index] ?? "",
    };
  });
}

// The ways to fill a line: iambic also with its first foot turned round, anapaestic also
// without its first syllable.
function measures(metre, syllables) {
  if (metre === "none") return ["-".repeat(syllables)];
  const foot = { iambic: "x/", trochaic: "/x", anapaestic: "xx/", dactylic: "/xx" }[metre];
  let line = foot.repeat(Math.floor(syllables / foot.length) + 1);
  if (metre === "anapaestic" && syllables % 3 === 2) line = line.slice(1);
  line = line.slice(0, syllables);
  const ways = [line];
  if (metre === "iambic" && syllables >= 6) ways.push("/x" + line.slice(2));
  if (metre === "anapaestic" && line.startsWith("xx") && syllables > 3) {
    ways.push(line.slice(1));
  }
  return ways;
}

// Whether a word may fill some syllables: a main stress on a beat, and none beside it on
// one. lenient: a word of one syllable may stand anywhere.
function fits(stress, marks, unstressed, lenient = false) {
  if (stress.length === 1) return lenient || marks !== "/" || !unstressed;
  for (let i = 0; i < stress.length; i++) {
    if (stress[i] === "1" && marks[i] === "x") return false;
    const beside = stress.slice(Math.max(0, i - 1), i + 2);
    if (stress[i] === "0" && marks[i] === "/" && beside.includes("1")) return false;
  }
  return true;
}

// Where a line's syllables stand as bits of one number: bit `offset + p` of an alternative
// is set where p of its syllables have been written.
class Layout {
  constructor(measure) {
    this.spans = [];
    let offset = 0;
    for (const marks of measure) {
      this.spans.push({ marks, offset });
      offset += marks.length + 1;
    }
    this.start = this.spans.reduce((bits, { offset }) => bits | (1 << offset), 0);
    this.final = this.spans.reduce(
      (bits, { marks, offset }) => bits | (1 << (offset + marks.length)), 0,
    );
    this.written = new Array(32).fill(0); // syllables, at each bit
    for (const { marks, offset } of this.spans) {
      for (let p = 0; p <= marks.length; p++) this.written[offset + p] = p;
    }
  }

  // Where a word may begin that does not end the line; and of those places the smooth
  // ones, where it does not disturb the metre. kind: 0 of meaning, 1 light, 2 unstressed.
  inner(stress, kind) {
    let bits = 0, smooth = 0;
    for (const { marks, offset } of this.spans) {
      for (let p = 0; p < marks.length - stress.length; p++) {
        const here = marks.slice(p, p + stress.length);
        const around = marks.slice(Math.max(0, p - 1), p) + marks.slice(p + 1, p + 2);
        const sags = marks[p] === "x" && around.includes("x");
        if (!fits(stress, here, kind === 2)) continue;
        if (kind === 0 && stress === "1" && sags) continue;
        bits |= 1 << (offset + p);
        if (!rough(stress, here, kind)) smooth |= 1 << (offset + p);
      }
    }
    return { bits, smooth };
  }

  // Where a word may begin that ends the line and rhymes from one of its syllables on.
  last(stress, syllable) {
    let bits = 0;
    for (const { marks, offset } of this.spans) {
      const p = marks.length - stress.length, beat = marks.lastIndexOf("/");
      if (p < 0 || (beat !== -1 && beat !== p + syllable)) continue;
      if (fits(stress, marks.slice(p), false)) bits |= 1 << (offset + p);
    }
    return bits;
  }
}

function rough(stress, marks, kind) {
  if (stress.length > 1 || marks === "-") {
    return [...stress].some((s, i) => s === "0" && marks[i] === "/");
  }
  return marks === "/" ? kind === 1 : kind === 0;
}
