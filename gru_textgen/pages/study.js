// Runs beside the page: learns a text slice by slice, and between two slices reads what
// the page asks for.

const SAMPLE_EVERY = 3000; // milliseconds
const MEASURE_EVERY = 50; // updates, if a pass has more
const SAMPLE = { prompt: "", temperature: 0.7, topP: 1, minP: 0.1, length: 250,
  aboutLines: 0, seed: "1" }; // the same numbers each time: what changes is the network
let study = null, running = false;

const post = new MessageChannel();

// Lets messages in.
const pause = () => new Promise((go) => {
  post.port1.onmessage = go;
  post.port2.postMessage(null);
});

class Study {
  // settings: units, passes, rate, seed, source. model: `description` and `values` to begin
  // with, or null. kept: what `state` gave, to go on from.
  constructor({ text, settings, model, plainForms, kept }) {
    const read = readText(text, kept ? kept.description : model?.description, plainForms);
    Object.assign(this, { ...read, text, settings });
    const { description, ids } = read;
    description.layers ??= [{ units: settings.units, resetAfter: true }];
    this.size = description.symbols.length + 1;
    this.random = new PCG64([settings.seed, 1]);
    const values = kept?.values ?? model?.values ??
      freshValues(description.layers, this.size, new PCG64([settings.seed, 2]));
    this.streams = new Streams(ids);
    const shape = { steps: WINDOW, streams: this.streams.count };
    this.learner = new Learner(description, values, shape);
    this.vocabulary = new Vocabulary(description);
    Object.assign(this, { update: 0, offset: 0, seconds: 0 });
    this.best = { loss: Infinity, values: values.slice(), update: 0 };
    if (kept) this.goOn(kept);
  }

  goOn({ update, offset, seconds, best, mean, square }) {
    Object.assign(this, { update, offset, seconds, best });
    const { adam } = this.learner;
    adam.mean.set(mean);
    adam.square.set(square);
    adam.updates = update;
  }

  get updates() {
    return this.streams.windows * this.settings.passes;
  }

  get finished() {
    return this.update >= this.updates;
  }

  about() {
    const { ids, streams, size, learner, remarks, updates, description } = this;
    const order = Math.min(5, longestOrder(size));
    return {
      characters: ids.length, symbols: size - 1, weights: learner.parameters.values.length,
      remarks, updates, passes: this.settings.passes, uniform: Math.log(size), order,
      update: this.update, layers: description.layers, simd: learner.model.simd,
      heldOut: streams.heldOut.length, line: this.firstLine(),
    };
  }

  // A line of the held-out text, to watch.
  firstLine() {
    const { vocabulary: { symbols }, streams: { heldOut } } = this;
    const text = Array.from(heldOut, (id) => symbols[id - 1] ?? "").join("");
    const lines = text.split("\n").slice(1, -1).filter((line) => line.trim().length > 15);
    return (lines[0] ?? text.replace(/\n/g, " ")).slice(0, 60);
  }

  // One update.
  step() {
    const { learner, streams, settings } = this;
    const k = this.update % streams.windows;
    if (k === 0) {
      learner.forget();
      this.offset = Math.floor(this.random.random() * streams.ids.length);
    }
    const began = performance.now();
    const rate = cosineRate(settings.rate, this.update, this.updates);
    const { loss, norm } = learner.learn(streams.batch(k, this.offset), rate);
    this.seconds += (performance.now() - began) / 1000;
    this.update += 1;
    return { loss, norm, rate };
  }

  get measures() {
    const { windows } = this.streams;
    return this.update % windows === 0 || this.update % MEASURE_EVERY === 0 || this.finished;
  }

  // The loss on what is held out. The weights that had the least are kept.
  measure() {
    const { learner, streams, best, update } = this;
    const loss = learner.measure(streams.heldOut);
    if (loss < best.loss) {
      Object.assign(best, { loss, update });
      best.values.set(learner.parameters.values);
    }
    return loss;
  }

  write(options) {
    const { learner: { model }, vocabulary, description } = this;
    model.runs = description.runs;
    const writer = new Writer(model, vocabulary, description.separator, {
      ...SAMPLE, ...options,
    });
    let text = "";
    while (!writer.finished) {
      for (const character of writer.next()) text += character.text;
    }
    return text;
  }

  // What every unit of the last layer does at each character of a line.
  watch(line) {
    const { learner: { model }, vocabulary } = this;
    const layer = model.layers.at(-1), found = { z: [], r: [], h: [], bits: [] };
    model.reset();
    const text = vocabulary.read(line).text, characters = Array.from(text);
    let logits = model.step(vocabulary.ids.get("\n") ?? 0);
    for (const id of vocabulary.encode(text)) {
      found.bits.push(id ? bits(logits, id) : 0);
      logits = model.step(id);
      for (const name of ["z", "r", "h"]) found[name].push(layer[name].slice());
    }
    return { characters, units: layer.units, ...found };
  }

  // Does something with the weights that are downloaded, once all passes are done.
  atItsBest(act) {
    const { learner, best } = this, { values } = learner.parameters;
    if (!this.finished || best.update === this.update) return act();
    const now = values.slice();
    values.set(best.values);
    learner.fill();
    const found = act();
    values.set(now);
    learner.fill();
    return found;
  }

  // All that going on needs.
  state() {
    const { learner: { parameters, adam }, description, text, settings, update } = this;
    const { offset, seconds, best, loops, updates } = this;
    return {
      description, text, settings, update, updates, offset, seconds, loops,
      best: { ...best, values: best.values.slice() }, values: parameters.values.slice(),
      mean: adam.mean.slice(), square: adam.square.slice(),
    };
  }
}

let line = "", shownAt = 0;

// A sample, and what the gates do on the line.
function show() {
  shownAt = performance.now();
  const update = study.finished ? study.best.update : study.update;
  study.atItsBest(() => postMessage({
    sample: { update, text: study.write({}) }, gates: study.watch(line),
  }));
}

async function run() {
  running = true;
  const mine = study;
  if (!study.update) {
    postMessage({ heldOut: { update: 0, loss: study.measure() } });
    show();
  }
  while (running && study === mine && !mine.finished) {
    const { loss, norm, rate } = mine.step();
    if (!Number.isFinite(loss) || !Number.isFinite(norm)) return diverged();
    const { update, seconds } = mine;
    const characters = update * mine.streams.count * WINDOW;
    postMessage({ progress: { update, loss, rate, speed: characters / seconds, seconds } });
    if (mine.measures) postMessage({ heldOut: { update, loss: mine.measure() } });
    if (performance.now() - shownAt > SAMPLE_EVERY || mine.finished) show();
    await pause();
  }
  if (study !== mine) return;
  running = false;
  const { loss, update } = mine.best;
  postMessage({ stopped: true, finished: mine.finished, best: { loss, update } });
}

function diverged() {
  const { learner, best } = study;
  running = false;
  learner.parameters.values.set(best.values);
  learner.adam = new Adam(learner.parameters);
  learner.fill();
  learner.forget();
  throw new Error("The loss is no number any more: the rate was too high. The network " +
    "is that of its best measure again: choose a lower rate and go on.");
}

const TASKS = {
  begin(options) {
    running = false;
    study = null; // so that its memory is free before the next is made
    if (options.model?.weights) {
      const { description, weights } = options.model;
      options.model = { description, values: storedValues(description, weights) };
    }
    study = new Study(options);
    const about = study.about();
    line = options.line || about.line;
    postMessage({ about });
    if (!options.kept) return run();
    show(); // and wait until it is to go on
    return undefined;
  },
  // passes: how many more, if all are done.
  goOn(passes) {
    if (!study || running) return undefined;
    if (study.finished) {
      study.settings.passes += passes;
      postMessage({ extended: { updates: study.updates, passes: study.settings.passes } });
    }
    return run();
  },
  pause() {
    running = false;
  },
  rate(rate) {
    if (study) study.settings.rate = rate;
  },
  watch(text) {
    line = text;
    if (study) study.atItsBest(() => postMessage({ gates: study.watch(line) }));
  },
  give(what) {
    if (study) postMessage({ state: study.state(), what });
  },
  // In a worker of its own: it takes seconds for a long text.
  count({ text, model, plainForms }) {
    const { description, ids } = readText(text, model?.description, plainForms);
    const { ids: train, heldOut } = new Streams(ids);
    const size = description.symbols.length + 1, order = Math.min(5, longestOrder(size));
    const loss = kneserNeyLoss(train, heldOut, size, order);
    postMessage({ counted: { loss, order } });
  },
};

onmessage = async ({ data: { task, value } }) => {
  try {
    await TASKS[task](value);
  } catch (error) {
    const full = error instanceof RangeError;
    postMessage({ failure: full
      ? "The browser has not enough memory for this: choose fewer units, or a shorter text."
      : error.message });
  }
};
