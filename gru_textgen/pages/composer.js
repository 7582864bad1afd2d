// A poem in a form, line after line, going back where a line cannot be met.

const TRIES = 3, PATIENCE = 6; // of a line before going back; a line of all the poem
const AGAIN = 1.2, SAME_LINE = 2, PAIR = 1; // nats, for what a poem has said before
// Free text, of which a title is the first line.
const TITLE = { prompt: "", temperature: 0.8, topP: 1, length: Infinity, aboutLines: 0 };
const LONGEST_TITLE = 80, TRIES_OF_TITLE = 5, APART = 2 ** 20; // as `inference.titles`
const STANZAS = 1e-3; // the probability of an empty line that shows a model of stanzas

class Composer {
  // options: form, rhyme (a scheme in place of the form's, or ""), acrostic, prompt, seed;
  // titled: whether the model has learnt documents of several lines; minP, of titles.
  constructor(model, vocabulary, separator, lexicon, options) {
    Object.assign(this, { model, vocabulary, lexicon });
    const { form, rhyme, acrostic, prompt, seed } = options;
    const scheme = rhyme.trim() ? { rhyme, lines: 0 } : {};
    this.plans = planned({ ...form, ...scheme }, acrostic);
    const { text, remark } = vocabulary.read(prompt);
    this.remark = remark;
    this.prompt = text.trim() ? text.replace(/^\n+/, "") : "";
    if (this.prompt.includes("\n")) {
      throw new Refused("In a form, begin with a part of the first line.");
    }
    if (/\d/.test(this.prompt)) throw new Refused("Write the number in words.");
    this.check();
    // Forms of one metre shall not begin alike: their schemes differ.
    const letters = this.plans.map((plan) => (plan.rhyme || "-").charCodeAt(0));
    this.random = new PCG64([seed, 0, ...letters]);
    this.newline = vocabulary.encode("\n")[0];
    this.title = options.titled ? this.ownTitle(separator, options) : [];
    if (!this.title.length) {
      model.reset();
      for (const id of vocabulary.encode(separator || "\n")) model.step(id);
    }
    this.first = pointOf(model);
  }

  // The characters of a line that free writing from this seed begins with, if the model
  // expects an empty line after it: then the model has read both. Otherwise none.
  ownTitle(separator, { minP, seed }) {
    for (let i = 0; i < TRIES_OF_TITLE; i++) {
      const own = { ...TITLE, minP, seed, number: i * APART };
      const title = this.firstLine(new Writer(this.model, this.vocabulary, separator, own));
      const named = title.some(({ text }) => text.trim());
      if (named && isLikeliest(this.newline, this.model.logits, new Set())) {
        this.model.step(this.newline);
        return title;
      }
    }
    return [];
  }

  firstLine(writer) {
    const line = [];
    while (line.at(-1)?.text !== "\n") {
      if (writer.finished || line.length > LONGEST_TITLE - 1) return [];
      line.push(...writer.next());
    }
    return line;
  }

  check() {
    const letters = new Set(this.lexicon.words.map((word) => word[0]));
    for (const { firstLetter } of this.plans) {
      if (firstLetter && !letters.has(firstLetter)) {
        throw new Refused(`No line can begin with “${firstLetter}”.`);
      }
    }
    const begun = this.prompt.trim().toLowerCase(), { firstLetter } = this.plans[0];
    if (begun && firstLetter && !begun.startsWith(firstLetter)) {
      throw new Refused(`The first line is to begin with “${firstLetter}”.`);
    }
  }

  // Gives the lines that stand, whenever one was added or taken back.
  *poem() {
    const { plans } = this, drafts = [], tries = plans.map(() => 0);
    while (drafts.length < plans.length) {
      const plan = plans[drafts.length];
      const draft = this.line(plan, drafts);
      if (draft) {
        drafts.push(draft);
        yield drafts;
        continue;
      }
      tries[plan.index] += 1;
      if (tries.reduce((a, b) => a + b) > PATIENCE * plans.length) {
        throw new Refused(
          `No line ${plan.index + 1} was found that meets the form: try another seed.`,
        );
      }
      if (tries[plan.index] % TRIES === 0) {
        drafts.length = Math.min(drafts.length, this.backTo(plan));
        yield drafts;
      }
    }
  }

  backTo(plan) {
    const same = this.plans.slice(0, plan.index)
      .find(({ rhyme }) => plan.rhyme && rhyme === plan.rhyme);
    return same ? same.index : Math.max(0, plan.index - 1);
  }

  line(plan, drafts) {
    const last = drafts.at(-1);
    let point = last ? last.point : this.first;
    if (last && plan.stanza !== last.stanza) {
      if (probabilities(point.logits)[this.newline] > STANZAS) {
        point = readOn(this.model, point, [this.newline]);
      }
    }
    if (plan.repeats !== plan.index) return this.refrain(plan, drafts[plan.repeats], point);
    const begun = plan.index === 0 ? this.prompt : "";
    const measure = this.measured(plan, begun);
    const line = new Line(this.lexicon, this.vocabulary.symbols, {
      measure, firstLetter: plan.firstLetter, ends: this.ends(plan, drafts),
      closing: plan.index === this.plans.length - 1,
    });
    const state = line.begun(begun);
    if (!state) throw new Refused(`The first line cannot begin with “${begun}”.`);
    if (!line.possible) return null;
    const { characters, point: after } = this.read(point, this.vocabulary.encode(begun));
    const price = this.prices(line, drafts);
    const ids = writeLine(this.model, line, state, after, this.random, price);
    if (!ids) return null;
    const written = this.read(after, ids);
    return this.draft(plan, begun + this.textOf(ids), written.point,
      [...characters, ...written.characters]);
  }

  // The measure of a line; where nobody has asked for one, of 6 to 10 syllables.
  measured({ measure }, begun) {
    if (measure.length) return measure;
    const given = wordsOf(begun).map((word) => this.lexicon.stresses(word)[0] ?? "?");
    const least = given.reduce((sum, stress) => sum + stress.length, 2);
    const low = Math.max(6, least), high = Math.max(10, least);
    return ["-".repeat(this.random.below(low, high + 1))];
  }

  ends(plan, drafts) {
    const rhymes = new Map();
    for (const { rhyme, repeats, index } of this.plans) {
      if (!rhyme || repeats !== index) continue;
      if (!rhymes.has(rhyme)) rhymes.set(rhyme, { needed: 0, words: [] });
      rhymes.get(rhyme).needed += 1;
      if (index < drafts.length) rhymes.get(rhyme).words.push(drafts[index].words.at(-1));
    }
    const own = rhymes.get(plan.rhyme) ?? null;
    const others = [...rhymes.values()].filter((r) => r !== own && r.words.length);
    return this.lexicon.ends(own, others, drafts.map(({ words }) => words.at(-1)));
  }

  // What it costs to say again what the poem has said, or to disturb the metre.
  prices(line, drafts) {
    const { flags } = this.lexicon, counts = new Map(), pairs = new Set();
    for (const { words } of drafts) {
      words.forEach((word, i) => {
        counts.set(word, (counts.get(word) ?? 0) + 1);
        if (i) pairs.add(`${words[i - 1]} ${word}`);
      });
    }
    const plain = (word) => (flags[word] & GRAMMAR) !== 0;
    return (before, word, positions) => {
      let cost = line.roughness(word, positions);
      const last = before.at(-1);
      if (!plain(word)) {
        cost += AGAIN * (counts.get(word) ?? 0);
        cost += before.includes(word) ? SAME_LINE : 0;
      }
      const told = before.length && pairs.has(`${last} ${word}`);
      return cost + (told && !(plain(word) && plain(last)) ? PAIR : 0);
    };
  }

  // A line that stands again: its words are given, its last mark is the model's.
  refrain(plan, original, point) {
    const { symbols } = this.vocabulary, closing = plan.index === this.plans.length - 1;
    const bare = original.text.replace(/[.!?,;:-]+$/, "");
    const marks = [...(closing ? STOPS : STOPS + MARKS)].filter((c) => symbols.includes(c));
    const choices = closing && marks.length ? marks : [...marks, "\n"];
    const start = this.read(point, this.vocabulary.encode(bare));
    const all = probabilities(start.point.logits);
    const p = choices.map((choice) => all[symbols.indexOf(choice) + 1]);
    const mark = choices[this.random.choice(p)];
    const end = this.read(start.point,
      this.vocabulary.encode(mark === "\n" ? mark : `${mark}\n`));
    return this.draft(plan, bare + mark.trim(), end.point,
      [...start.characters, ...end.characters]);
  }

  // Reads ids: each as a character with its surprise and what it leaves of the state.
  read(point, ids) {
    const { model } = this;
    goTo(model, point);
    const characters = ids.map((id) => {
      const surprise = bits(model.logits, id);
      model.step(id);
      const kept = model.layers.map((layer) => layer.kept);
      return { text: this.vocabulary.symbols[id - 1], surprise, kept };
    });
    return { characters, point: pointOf(model) };
  }

  textOf(ids) {
    return ids.map((id) => this.vocabulary.symbols[id - 1]).join("").trimEnd();
  }

  draft({ stanza }, text, point, characters) {
    const words = wordsOf(text).map((word) => this.lexicon.index.get(word) ?? -1);
    return { text, stanza, words, point, characters };
  }
}
