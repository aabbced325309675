// The face on its canvas: points that can be dragged alone, by part or all together, over the picture they belong to.
// Points are pixels of the picture; whole numbers are pixel centres, so a point is drawn half a pixel further.

const COLORS = {
  jaw: "#58a6ff", left_brow: "#d2a8ff", right_brow: "#d2a8ff", nose_bridge: "#7ee787", nose_base: "#7ee787",
  left_eye: "#ffa657", right_eye: "#ffa657", outer_lip: "#ff7b72", inner_lip: "#ffd0cb",
};
const REACH_PX = 14;
const WHEEL_PAUSE_MS = 400;

export class Editor {
  constructor(canvas, changed) {
    this.canvas = canvas;
    this.context = canvas.getContext("2d");
    this.changed = changed;
    this.mode = "point";
    this.mirrored = false;
    this.face = null;
    this.actions = 0;
    this.lastWheel = 0;
    this.unit = 1;
    new ResizeObserver(() => this.resize()).observe(canvas);
    canvas.addEventListener("pointerdown", (event) => this.press(event));
    canvas.addEventListener("pointermove", (event) => this.move(event));
    canvas.addEventListener("pointerup", (event) => this.release(event));
    canvas.addEventListener("pointercancel", (event) => this.release(event));
    canvas.addEventListener("wheel", (event) => this.wheel(event), { passive: false });
    canvas.addEventListener("contextmenu", (event) => event.preventDefault());
  }

  load(face, image) {
    this.face = face;
    this.image = image;
    this.points = face.points.map((point) => [...point]);
    this.hidden = new Set(face.hidden);
    this.proposal = this.snapshot();
    this.past = [];
    this.future = [];
    this.actions = 0;
    this.chosen = null;
    this.drag = null;
    this.groupOf = [];
    for (const group of face.groups) for (const point of group.points) this.groupOf[point] = group;
    this.fit();
  }

  snapshot() { return { points: this.points.map((point) => [...point]), hidden: new Set(this.hidden) }; }
  restore(kept) { this.points = kept.points.map((point) => [...point]); this.hidden = new Set(kept.hidden); this.update(); }

  // Every change goes through here, so that it can be undone and is counted.
  edit(change) {
    const before = this.snapshot();
    change();
    this.past.push(before);
    this.future = [];
    this.acted();
  }
  acted() { this.actions += 1; this.update(); }
  undo() { if (this.past.length) { this.future.push(this.snapshot()); this.restore(this.past.pop()); this.acted(); } }
  redo() { if (this.future.length) { this.past.push(this.snapshot()); this.restore(this.future.pop()); this.acted(); } }
  reset() { this.edit(() => this.restore(this.proposal)); }

  members(point = this.chosen, mode = this.mode) {
    if (mode === "face") return this.points.map((_, index) => index);
    if (point === null) return [];
    return mode === "group" ? this.groupOf[point].points : [point];
  }
  nudge(x, y) {
    const moved = this.members();
    const side = this.mirrored ? -x : x;
    if (moved.length) this.edit(() => { for (const index of moved) { this.points[index][0] += side; this.points[index][1] += y; } });
  }
  hide(whole) {
    if (this.chosen === null) return;
    const members = whole || this.mode === "group" ? this.groupOf[this.chosen].points : [this.chosen];
    const hides = !members.every((index) => this.hidden.has(index));
    this.edit(() => { for (const index of members) hides ? this.hidden.add(index) : this.hidden.delete(index); });
  }
  step(by) {
    const count = this.points.length;
    this.chosen = this.chosen === null ? 0 : (this.chosen + by + count) % count;
    this.update();
  }
  setMode(mode) { this.mode = mode; this.update(); }
  mirror() { this.mirrored = !this.mirrored; this.acted(); }

  // Where things are on the canvas, in CSS pixels.
  toScreen([x, y]) {
    const across = (x + 0.5) * this.scale + this.left;
    return [this.mirrored ? this.width - across : across, (y + 0.5) * this.scale + this.top];
  }
  toPicture([x, y]) {
    const across = this.mirrored ? this.width - x : x;
    return [(across - this.left) / this.scale - 0.5, (y - this.top) / this.scale - 0.5];
  }
  at(event) {
    const box = this.canvas.getBoundingClientRect();
    return [event.clientX - box.left, event.clientY - box.top];
  }
  nearest(place, reach = REACH_PX) {
    reach *= this.unit;
    let best = null;
    for (let index = 0; index < this.points.length; index++) {
      const [x, y] = this.toScreen(this.points[index]);
      const away = Math.hypot(x - place[0], y - place[1]);
      if (away < reach) { reach = away; best = index; }
    }
    return best;
  }
  box() {
    const xs = this.points.map((point) => point[0]), ys = this.points.map((point) => point[1]);
    return [Math.min(...xs), Math.min(...ys), Math.max(...xs), Math.max(...ys)];
  }
  fit() {
    if (!this.face) return;
    const [x0, y0, x1, y1] = this.box();
    const side = 1.5 * Math.max(x1 - x0, y1 - y0, 8);
    this.scale = Math.min(this.width, this.height) / side;
    this.left = this.width / 2 - ((x0 + x1) / 2 + 0.5) * this.scale;
    this.top = this.height / 2 - ((y0 + y1) / 2 + 0.5) * this.scale;
    this.update();
  }
  zoom(factor, place = [this.width / 2, this.height / 2]) {
    const scale = Math.min(200, Math.max(0.05, this.scale * factor));
    const x = this.mirrored ? this.width - place[0] : place[0];
    this.left = x - (x - this.left) * (scale / this.scale);
    this.top = place[1] - (place[1] - this.top) * (scale / this.scale);
    this.scale = scale;
    this.update();
  }
  wheel(event) {
    event.preventDefault();
    if (!this.face) return;
    // One turn of the wheel is one action, however many notches it has.
    if (event.timeStamp - this.lastWheel > WHEEL_PAUSE_MS) this.actions += 1;
    this.lastWheel = event.timeStamp;
    this.zoom(Math.exp(-event.deltaY * (event.deltaMode ? 0.05 : 0.0015)), this.at(event));
  }

  press(event) {
    if (!this.face || !event.isPrimary) return;
    this.canvas.focus({ preventScroll: true });
    this.canvas.setPointerCapture(event.pointerId);
    const place = this.at(event);
    const point = this.nearest(place, event.pointerType === "touch" ? 2 * REACH_PX : REACH_PX);
    const [x, y] = this.toPicture(place);
    const [x0, y0, x1, y1] = this.box();
    const inside = x > x0 && x < x1 && y > y0 && y < y1;
    let kind = "pan";
    if (event.button !== 0) kind = "pan";
    else if (event.altKey) kind = "turn";
    else if (this.mode === "face" || (point === null && inside)) kind = "face";
    else if (point !== null) kind = event.shiftKey || this.mode === "group" ? "group" : "point";
    if (point !== null) this.chosen = point;
    this.drag = { kind, from: place, before: this.snapshot(), left: this.left, top: this.top, moved: false, point };
    this.update();
  }
  move(event) {
    if (!this.face) return;
    const place = this.at(event);
    if (!this.drag) {
      const near = this.nearest(place);
      if (near !== null && near !== this.chosen) { this.chosen = near; this.update(); }
      return;
    }
    const drag = this.drag;
    if (!drag.moved && Math.hypot(place[0] - drag.from[0], place[1] - drag.from[1]) < 2) return;
    drag.moved = true;
    const [x0, y0] = this.toPicture(drag.from), [x1, y1] = this.toPicture(place);
    if (drag.kind === "pan") {
      this.left = drag.left + (place[0] - drag.from[0]) * (this.mirrored ? -1 : 1);
      this.top = drag.top + place[1] - drag.from[1];
    } else if (drag.kind === "turn") {
      this.turn(drag.before.points, [x0, y0], [x1, y1]);
    } else {
      for (const index of this.members(drag.point, drag.kind)) {
        const [x, y] = drag.before.points[index];
        this.points[index] = [x + x1 - x0, y + y1 - y0];
      }
    }
    this.update();
  }
  // Turns and resizes all points about their middle, so that what was under the pointer stays there.
  turn(points, from, to) {
    const [x0, y0, x1, y1] = this.box.call({ points });
    const [cx, cy] = [(x0 + x1) / 2, (y0 + y1) / 2];
    const [ax, ay, bx, by] = [from[0] - cx, from[1] - cy, to[0] - cx, to[1] - cy];
    const square = Math.max(ax * ax + ay * ay, 1);
    const [cos, sin] = [(ax * bx + ay * by) / square, (ax * by - ay * bx) / square];
    this.points = points.map(([x, y]) => [cx + cos * (x - cx) - sin * (y - cy), cy + sin * (x - cx) + cos * (y - cy)]);
  }
  release() {
    const drag = this.drag;
    this.drag = null;
    if (!drag || !drag.moved) return;
    if (drag.kind !== "pan") { this.past.push(drag.before); this.future = []; }
    this.acted();
  }

  resize() {
    // Points grow with the page's type: on a large screen both would be too small otherwise.
    this.unit = parseFloat(getComputedStyle(document.documentElement).fontSize) / 16;
    const ratio = window.devicePixelRatio || 1;
    this.width = this.canvas.clientWidth;
    this.height = this.canvas.clientHeight;
    this.canvas.width = Math.round(this.width * ratio);
    this.canvas.height = Math.round(this.height * ratio);
    this.context.setTransform(ratio, 0, 0, ratio, 0, 0);
    this.fit();
  }
  update() {
    if (!this.pending) this.pending = requestAnimationFrame(() => { this.pending = 0; this.draw(); });
    this.changed(this);
  }
  draw() {
    const context = this.context;
    context.clearRect(0, 0, this.width, this.height);
    if (!this.face) return;
    context.save();
    if (this.mirrored) { context.translate(this.width, 0); context.scale(-1, 1); }
    context.imageSmoothingEnabled = this.scale < 3;
    context.drawImage(this.image, this.left, this.top, this.image.naturalWidth * this.scale, this.image.naturalHeight * this.scale);
    context.restore();
    for (const group of this.face.groups) this.drawLine(group);
    for (let index = 0; index < this.points.length; index++) this.drawPoint(index);
  }
  drawLine(group) {
    const context = this.context;
    context.beginPath();
    for (const index of group.points) context.lineTo(...this.toScreen(this.points[index]));
    if (group.closed) context.closePath();
    context.lineWidth = 3 * this.unit; context.strokeStyle = "rgb(0 0 0 / 35%)"; context.stroke();
    context.lineWidth = 1.2 * this.unit; context.strokeStyle = COLORS[group.name] || "#fff"; context.stroke();
  }
  drawPoint(index) {
    const context = this.context, [x, y] = this.toScreen(this.points[index]);
    const moves = this.members().includes(index) && (this.mode !== "face" || this.drag);
    const radius = this.unit * (index === this.chosen ? 6 : moves ? 5 : 3.5);
    context.beginPath();
    context.arc(x, y, radius, 0, 2 * Math.PI);
    context.lineWidth = 1.5 * this.unit;
    if (this.hidden.has(index)) {
      context.setLineDash([2, 2]); context.strokeStyle = "#fff"; context.stroke(); context.setLineDash([]);
      return;
    }
    context.fillStyle = COLORS[this.groupOf[index].name] || "#fff";
    // A chosen point is a ring: what lies under it has to be seen.
    if (index === this.chosen) { context.strokeStyle = "#000"; context.lineWidth = 4 * this.unit; context.stroke(); context.strokeStyle = context.fillStyle; context.lineWidth = 2 * this.unit; context.stroke(); context.beginPath(); context.arc(x, y, 1.2 * this.unit, 0, 2 * Math.PI); context.fill(); return; }
    context.fill(); context.strokeStyle = "rgb(0 0 0 / 60%)"; context.stroke();
  }
}
