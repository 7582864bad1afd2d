// What each unit does at each character of a line: a column a character, a row a unit.

const COLUMN = 14, FOOT = 22; // pixels

// The colour that a custom property has now, as three numbers.
function colourOf(name) {
  const probe = document.body.appendChild(document.createElement("i"));
  probe.style.color = `var(${name})`;
  const found = getComputedStyle(probe).color.match(/\d+/g).map(Number);
  probe.remove();
  return found.slice(0, 3);
}

// gates: of the worker, `characters`, `units`, and z, r, h of each character. kind: of
// these three the one to draw.
function drawGates(canvas, { characters, units, ...of }, kind) {
  const rows = Math.max(1, Math.round(256 / units)), height = rows * units;
  canvas.width = COLUMN * characters.length;
  canvas.height = height + FOOT;
  const context = canvas.getContext("2d");
  const [none, more, less] = ["--sheet", "--gate", "--surprise"].map(colourOf);
  const pixels = new ImageData(characters.length, units);
  of[kind].forEach((column, i) => column.forEach((value, unit) => {
    const end = value < 0 ? less : more, share = Math.abs(value);
    const colour = none.map((c, j) => Math.round(c + share * (end[j] - c)));
    pixels.data.set([...colour, 255], 4 * (unit * characters.length + i));
  }));
  const small = new OffscreenCanvas(characters.length, units);
  small.getContext("2d").putImageData(pixels, 0, 0);
  context.imageSmoothingEnabled = false;
  context.drawImage(small, 0, 0, canvas.width, height);
  context.fillStyle = `rgb(${colourOf("--ink").join(" ")})`;
  context.font = "15px Georgia, serif";
  context.textAlign = "center";
  characters.forEach((c, i) =>
    context.fillText(c === " " ? "␣" : c, COLUMN * (i + 0.5), height + 16));
}
