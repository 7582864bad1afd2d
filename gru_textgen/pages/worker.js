// Runs beside the page, so that the page stays at hand while the model writes.

const SLICE = 30; // milliseconds of writing between two looks at the post
let model, vocabulary, separator;
let verse, lexicon; // of the forms; the lexicon is made when it is first needed
let titleOptions; // of Composer: those that the model decides
let run = 0; // the last that was asked for; the page counts them

const post = new MessageChannel();
const waiting = []; // one text may still wait while the next begins
post.port1.onmessage = () => waiting.shift()();

// Lets messages in. A timer of 0 would wait for 4 milliseconds.
const pause = (milliseconds) => new Promise((go) => {
  if (milliseconds) return setTimeout(go, milliseconds);
  waiting.push(go);
  post.port2.postMessage(null);
});

// options: those of Writer, `run`, and `pace` in characters a second, or 0.
async function write(options) {
  const writer = new Writer(model, vocabulary, separator, options);
  postMessage({ run, remark: writer.remark });
  const began = performance.now();
  let seconds = 0; // of writing, without the pauses
  while (options.run === run && !writer.finished) {
    const start = performance.now();
    const due = options.pace ? ((start - began) / 1000) * options.pace : Infinity;
    const characters = [];
    while (
      !writer.finished && writer.written < due && performance.now() - start < SLICE
    ) {
      characters.push(...writer.next());
    }
    seconds += (performance.now() - start) / 1000;
    const { written, finished } = writer;
    postMessage({ run: options.run, characters, written, seconds, finished });
    await pause(options.pace ? 16 : 0);
  }
}

async function lexiconOf({ table }) {
  const found = await unpacked(table);
  if (!found) throw new Refused("This browser is too old to unpack the words of forms.");
  return new Lexicon(found, vocabulary.symbols);
}

// options: those of Composer, and `run`. Gives all lines that stand, whenever one is added.
async function compose(options) {
  const start = performance.now();
  try {
    lexicon ??= await lexiconOf(verse);
    if (options.run !== run) return; // another text has the model now
    const composer = new Composer(model, vocabulary, separator, lexicon,
      { ...options, ...titleOptions });
    postMessage({ run, remark: composer.remark });
    const above = composer.title.length ? [{ stanza: -1, characters: composer.title }] : [];
    for (const drafts of composer.poem()) {
      await pause(0);
      if (options.run !== run) return;
      postMessage({
        run,
        lines: [
          ...above, ...drafts.map(({ stanza, characters }) => ({ stanza, characters })),
        ],
        seconds: (performance.now() - start) / 1000,
        finished: drafts.length === composer.plans.length,
      });
    }
  } catch (error) {
    if (!(error instanceof Refused)) throw error;
    postMessage({ run: options.run, refused: error.message });
  }
}

onmessage = ({ data }) => {
  if (data.weights) {
    model = readModel(data.model, data.weights);
    model.runs = data.model.runs;
    vocabulary = new (data.model.words ? WordVocabulary : Vocabulary)(data.model);
    separator = data.model.separator;
    verse = data.model.verse;
    const { resetId, minP } = data.model;
    model.resetId = resetId;
    titleOptions = { titled: resetId != null && separator !== "\n", minP };
    postMessage({ simd: model.simd });
  } else {
    run = data.run;
    if (data.form) compose(data);
    else if (data.prompt !== undefined) write(data); // else it was to stop
  }
};
