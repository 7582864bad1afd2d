// The losses as a picture: of the text that is learnt, of the held-out part, and that of
// counting.

const MOST_POINTS = 400, WIDTH = 420, HEIGHT = 190;
const HIGHEST = 2; // times the loss of who knows nothing
const EDGE = { left: 24, right: 4, top: 8, bottom: 24 };

class Curve {
  // svg: an empty element.
  constructor(svg) {
    this.svg = svg;
    svg.setAttribute("viewBox", `0 0 ${WIDTH} ${HEIGHT}`);
    this.begin(1, 1);
  }

  // updates: of the whole run. uniform: the loss of who knows nothing.
  begin(updates, uniform) {
    Object.assign(this, { updates, uniform, counted: null, together: 1 });
    this.learnt = []; // pairs of an update and a mean loss over `together` updates
    this.heldOut = [];
    this.sum = this.count = 0;
    this.latest = undefined; // the loss of the last update
    this.draw();
  }

  // All that it shows, as a record, for `restore`.
  record() {
    const { counted, together, learnt, heldOut, sum, count, latest } = this;
    return { counted, together, learnt: [...learnt], heldOut: [...heldOut], sum, count, latest };
  }

  restore(record) {
    const mean = record.learnt.at(-1)?.[1]; // in a record of an earlier version of the page
    Object.assign(this, { latest: mean, ...record });
    this.draw();
  }

  addLearnt(update, loss) {
    this.latest = loss;
    this.sum += loss;
    this.count += 1;
    if (this.count < this.together) return;
    this.learnt.push([update, this.sum / this.count]);
    this.sum = this.count = 0;
    if (this.learnt.length < MOST_POINTS) return;
    this.together *= 2; // half as many points, each for twice as many updates
    this.learnt = this.learnt.filter((_, i) => i % 2).map(([at, loss], i) =>
      [at, (loss + this.learnt[2 * i][1]) / 2]);
  }

  addHeldOut(update, loss) {
    this.heldOut.push([update, loss]);
    if (this.heldOut.length >= MOST_POINTS) {
      this.heldOut = this.heldOut.filter((_, i) => i % 2);
    }
  }

  draw() {
    const all = [...this.learnt, ...this.heldOut].map(([, loss]) => loss);
    // A rate that is too high may drive the loss anywhere: it is drawn at the top then.
    const highest = Math.min(Math.max(this.uniform, ...all), HIGHEST * this.uniform);
    const x = (update) =>
      EDGE.left + (update / this.updates) * (WIDTH - EDGE.left - EDGE.right);
    const y = (loss) => HEIGHT - EDGE.bottom -
      (Math.min(loss, highest) / highest) * (HEIGHT - EDGE.top - EDGE.bottom);
    const path = (points) =>
      points.map(([at, loss], i) => `${i ? "L" : "M"}${x(at).toFixed(1)} ${y(loss).toFixed(1)}`)
        .join("");
    const parts = [];
    for (let loss = 0; loss <= highest; loss++) {
      parts.push(this.line(x(0), y(loss), x(this.updates), y(loss), "grid"),
        this.label(EDGE.left - 8, y(loss) + 4, loss, "end"));
    }
    parts.push(this.label(WIDTH - EDGE.right, HEIGHT - 8,
      `${this.updates.toLocaleString("en")} updates`, "end"));
    if (this.counted !== null) {
      parts.push(this.line(x(0), y(this.counted), x(this.updates), y(this.counted), "counted"));
    }
    parts.push(this.shape("path", { d: path(this.learnt) || "M0 0", class: "learnt" }),
      this.shape("path", { d: path(this.heldOut) || "M0 0", class: "held-out" }));
    this.svg.replaceChildren(...parts);
  }

  line(x1, y1, x2, y2, name) {
    return this.shape("line", { x1, y1, x2, y2, class: name });
  }

  label(x, y, text, anchor) {
    const label = this.shape("text", { x, y, "text-anchor": anchor });
    label.textContent = text;
    return label;
  }

  shape(name, attributes) {
    const shape = document.createElementNS("http://www.w3.org/2000/svg", name);
    for (const [key, value] of Object.entries(attributes)) shape.setAttribute(key, value);
    return shape;
  }
}
