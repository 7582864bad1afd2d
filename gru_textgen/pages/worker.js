// Runs beside the page, so that the page stays at hand while the model writes.

const SLICE = 30; // milliseconds of writing between two looks at the post
let model, vocabulary, separator;
let run = 0; // the last that was asked for; the page counts them

const post = new MessageChannel();

// Lets messages in. A timer of 0 would wait for 4 milliseconds.
const pause = (milliseconds) => new Promise((go) => {
  if (milliseconds) return setTimeout(go, milliseconds);
  post.port1.onmessage = go;
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

onmessage = ({ data }) => {
  if (data.weights) {
    model = readModel(data.model, data.weights);
    model.runs = data.model.runs;
    vocabulary = new Vocabulary(data.model);
    separator = data.model.separator;
    postMessage({ simd: model.simd });
  } else {
    run = data.run;
    if (data.prompt !== undefined) write(data); // else it was to stop
  }
};
