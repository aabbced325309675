// The live page: shows the program's picture and state, and sends what its buttons and keys ask for.
import { film } from "./browser-camera.js";
import { openMaker } from "./maker.js";

const $ = (id) => document.getElementById(id);
const views = ["live", "files", "points"];
const screen = $("picture"), pen = screen.getContext("2d");
let socket = null, key = "", state = null, catalogue = [], category = "", drawing = null, lastMessage = 0, lastShot = null, listed = -1;
const thumbs = new Map();

// Where a picture of w x h stands inside the canvas' box, in CSS pixels of the page.
export function shownBox() {
  const box = screen.getBoundingClientRect(), scale = Math.min(box.width / screen.width, box.height / screen.height);
  const width = screen.width * scale, height = screen.height * scale;
  return { left: box.left + (box.width - width) / 2, top: box.top + (box.height - height) / 2, width, height };
}
export function picture() { return screen; }
export function isMirrored() { return !!state?.mirror; }
export function viewerKey() { return key; }

function say(text) { $("say").textContent = text; }
function send(message) { if (socket?.readyState === WebSocket.OPEN) socket.send(JSON.stringify(message)); }
export function act(action, value = "") { send({ do: action, value: String(value) }); }

async function connect() {
  let hello = null;
  try {
    const answer = await fetch("/hello");
    if (answer.status === 401) { location.reload(); return; }
    hello = await answer.json();
  } catch { /* the program is not there */ }
  $("gone").hidden = hello !== null;
  if (hello?.camera) film(hello.sound, say);
  if (!hello?.ready) { setTimeout(connect, 700); return; }
  socket = new WebSocket(`${location.protocol === "https:" ? "wss" : "ws"}://${location.host}/live`);
  socket.binaryType = "arraybuffer";
  socket.onopen = () => { resized(); send({ points: view() === "points", hidden: document.hidden }); };
  socket.onmessage = (event) => typeof event.data === "string" ? told(JSON.parse(event.data)) : shown(event.data);
  socket.onclose = () => { socket = null; $("gone").hidden = false; setTimeout(connect, 700); };
}

// The newest picture: one is decoded at a time, and one that came meanwhile takes its place.
async function shown(data) {
  if (drawing) { drawing.next = data; return; }
  drawing = { next: null };
  while (data) {
    try {
      const image = await createImageBitmap(new Blob([data.slice(8)], { type: "image/jpeg" }));
      if (screen.width !== image.width || screen.height !== image.height) [screen.width, screen.height] = [image.width, image.height];
      pen.drawImage(image, 0, 0);
      image.close();
      $("wait").hidden = true;
    } catch { /* a broken picture is followed by another */ }
    send({ shown: Number(new DataView(data).getBigUint64(0)) });
    data = drawing.next;
    drawing.next = null;
  }
  drawing = null;
}

function told(message) {
  if (message.type === "hello") key = message.key;
  else if (message.type === "error") say(message.text);
  else if (message.type === "points") drawPoints(message.points);
  else if (message.type === "catalogue") { catalogue = message.filters; listFilters(); }
  else if (message.type === "state") { state = message; update(); }
}

function press(id, on) { $(id).setAttribute("aria-pressed", String(on)); }
function plate(id, text) { $(id).hidden = !text; $(id).textContent = text; }
function clock(seconds) { return `${Math.floor(seconds / 60)}:${String(Math.floor(seconds % 60)).padStart(2, "0")}`; }

function update() {
  const s = state, can = (action) => s.steers && s.available.includes(action);
  $("watching").hidden = s.steers || s.viewers < 2;
  $("rate").textContent = s.fps === null ? "" : `${Math.round(s.fps)} fps`;
  for (const button of document.querySelectorAll("[data-do]")) button.disabled = !can(button.dataset.do);
  press("record", s.recording !== null);
  press("mirror", s.mirror);
  press("keypoints", s.keypoints);
  $("countdown").querySelector("span").textContent = s.countdown ? `${s.countdown} s` : "Countdown";
  plate("recorded", s.recording === null ? "" : clock(s.recording));
  plate("stand-in", s.stand_in);
  plate("hint", s.no_face ? "No face found" : s.hint);
  plate("counting", s.counting === null ? "" : String(Math.ceil(s.counting)));
  screen.classList.toggle("mirrored", s.mirror);
  for (const image of document.querySelectorAll("#filters img")) image.classList.toggle("mirrored", s.mirror);
  if (s.snapshot !== lastShot) {
    if (lastShot !== null || s.snapshot !== null) { $("flash").classList.remove("on"); void $("flash").offsetWidth; $("flash").classList.add("on"); }
    lastShot = s.snapshot;
  }
  if (document.activeElement !== $("strength")) $("strength").value = s.strength;
  $("strength").disabled = !can("strength");
  $("percent").textContent = `${Math.round(s.strength * 100)} %`;
  menu("camera", s.cameras, can("camera"));
  menu("microphone", s.microphones, can("microphone"));
  $("devices").hidden = $("camera").hidden && $("microphone").hidden;
  $("quit").disabled = !can("quit");
  for (const item of $("filters").children) item.querySelector(".wear").setAttribute("aria-pressed", String(s.filters.includes(item.dataset.name)));
  const newest = s.messages.at(-1);
  if (newest && newest.number > lastMessage) { lastMessage = newest.number; say(newest.text); }
  if (s.files !== listed) { listed = s.files; if (view() === "files") listFiles(); }
}

function menu(id, devices, usable) {
  const select = $(id), there = devices.entries.length > 0 || devices.name;
  select.hidden = $(`${id}-label`).hidden = !there;
  select.disabled = !usable || devices.busy;
  if (document.activeElement === select) return;
  const wanted = devices.entries.map((entry) => [entry.key, entry.name]);
  if (devices.name && !devices.entries.some((entry) => entry.key === devices.chosen)) wanted.unshift([devices.chosen ?? "", devices.name]);
  const now = JSON.stringify(wanted);
  if (select.dataset.now !== now) {
    select.dataset.now = now;
    select.replaceChildren(...wanted.map(([value, text]) => new Option(text, value)));
  }
  select.value = devices.chosen ?? "";
}

// Filters: categories, search, thumbnails on the user's own face.
function listFilters() {
  const words = $("search").value.trim().toLowerCase(), names = [...new Set(catalogue.map((entry) => entry.category).filter(Boolean))];
  const tabs = names.length > 1 ? ["", ...(catalogue.some((e) => e.favourite) ? ["★"] : []), ...names] : [];
  if ($("categories").dataset.now !== tabs.join("|")) {
    $("categories").dataset.now = tabs.join("|");
    $("categories").replaceChildren(...tabs.map((name) => {
      const button = document.createElement("button");
      button.type = "button";
      button.textContent = name === "★" ? "★ Favourites" : name ? name[0].toUpperCase() + name.slice(1) : "All";
      button.onclick = () => { category = name; listFilters(); };
      button.dataset.name = name;
      return button;
    }));
  }
  for (const button of $("categories").children) button.setAttribute("aria-pressed", String(button.dataset.name === category));
  const fits = catalogue.filter((entry) => (words ? `${entry.label} ${entry.name} ${entry.category}`.toLowerCase().includes(words) : !category || (category === "★" ? entry.favourite : entry.category === category)));
  const old = new Map([...$("filters").children].map((item) => [item.dataset.name, item]));
  $("filters").replaceChildren(...fits.map((entry) => {
    const item = old.get(entry.name) ?? filterItem(entry);
    const star = item.querySelector(".star");
    star.setAttribute("aria-pressed", String(entry.favourite));
    star.textContent = entry.favourite ? "★" : "☆";
    return item;
  }));
  if (state) update();
}
function filterItem(entry) {
  const item = document.createElement("li"), wear = document.createElement("button"), star = document.createElement("button");
  const image = new Image(), text = document.createElement("span");
  item.dataset.name = entry.name;
  wear.type = star.type = "button";
  wear.className = "wear";
  wear.title = entry.hint || entry.label;
  image.alt = "";
  image.loading = "lazy";
  image.width = image.height = 144;
  image.src = thumbs.get(entry.name) ?? `/thumb/${encodeURIComponent(entry.name)}`;
  text.textContent = entry.label;
  wear.append(image, text);
  wear.onclick = () => act("filter", entry.name);
  star.className = "star";
  star.setAttribute("aria-label", `Favourite: ${entry.label}`);
  star.onclick = () => act("favourite", entry.name);
  item.append(wear, star);
  return item;
}
// One thumbnail after another is drawn again, so that they show the user as they are now.
let turn = 0;
async function refresh() {
  const seen = [...$("filters").children].filter((item) => {
    const box = item.getBoundingClientRect();
    return box.bottom > 0 && box.top < innerHeight && box.right > 0 && box.left < innerWidth;
  });
  if (!document.hidden && view() === "live" && seen.length && socket) {
    const item = seen[turn++ % seen.length], name = item.dataset.name;
    try {
      const answer = await fetch(`/thumb/${encodeURIComponent(name)}`);
      if (answer.ok) {
        const url = URL.createObjectURL(await answer.blob()), image = item.querySelector("img"), before = thumbs.get(name);
        thumbs.set(name, url);
        image.onload = () => { if (before) URL.revokeObjectURL(before); };
        image.src = url;
      }
    } catch { /* later */ }
  }
  setTimeout(refresh, 400);
}

// Gallery.
async function listFiles() {
  let rows = [];
  try { rows = await (await fetch("/files")).json(); } catch { return; }
  $("no-files").hidden = rows.length > 0;
  $("files").replaceChildren(...rows.map((row) => {
    const item = document.createElement("li"), open = document.createElement("button"), text = document.createElement("span");
    const address = `/files/${encodeURIComponent(row.name)}`;
    const shown = row.kind === "picture" ? Object.assign(new Image(), { src: address, alt: "", loading: "lazy" }) : Object.assign(document.createElement("video"), { src: `${address}#t=0.1`, preload: "metadata", muted: true });
    open.type = "button";
    text.textContent = `${row.name} · ${new Date(row.time * 1000).toLocaleString()} · ${(row.bytes / 1e6).toFixed(1)} MB`;
    open.append(shown, text);
    open.onclick = () => play(row, address);
    item.append(open);
    return item;
  }));
}
function play(row, address) {
  $("player-title").textContent = row.name;
  const shown = row.kind === "picture" ? Object.assign(new Image(), { src: address, alt: row.name }) : Object.assign(document.createElement("video"), { src: address, controls: true, autoplay: true });
  $("shown").replaceChildren(shown);
  $("download").href = `${address}?download`;
  $("delete").disabled = !state?.steers;
  $("delete").onclick = async () => {
    if (!confirm(`Delete ${row.name} for good?`)) return;
    const answer = await fetch(`${address}?viewer=${encodeURIComponent(key)}`, { method: "DELETE" });
    if (!answer.ok) say((await answer.json()).error);
    $("player").close();
    listFiles();
  };
  $("player").showModal();
}
$("player").addEventListener("close", () => $("shown").replaceChildren());

// Points.
function drawPoints(message) {
  const canvas = $("points"), ink = canvas.getContext("2d"), [width, height] = message.size;
  canvas.height = Math.round(canvas.width * height / width);
  const scale = canvas.width / width;
  for (const face of message.faces) {
    ink.fillStyle = `hsl(${face.id * 67 % 360} 80% 65%)`;
    for (const [x, y] of face.keypoints) { ink.beginPath(); ink.arc(x * scale, y * scale, 2.5, 0, 2 * Math.PI); ink.fill(); }
  }
  $("points-state").textContent = `Frame ${message.frame}, ${message.time_s.toFixed(2)} s, faces: ${message.faces.length}`;
  const first = message.faces[0], body = $("values").tBodies[0] ?? $("values").createTBody();
  body.replaceChildren();
  if (!first?.measures) return;
  const { yaw_deg, pitch_deg, roll_deg } = first.pose;
  for (const [name, value] of Object.entries({ ...first.measures, yaw_deg, pitch_deg, roll_deg })) {
    const row = body.insertRow();
    row.insertCell().textContent = name.replaceAll("_", " ");
    row.insertCell().textContent = value.toFixed(2);
  }
}

// Views, keys, sizes.
function view() { return views.find((name) => !$(`view-${name}`).hidden); }
function open(name) {
  for (const each of views) {
    $(`view-${each}`).hidden = each !== name;
    $(`tab-${each}`).setAttribute("aria-selected", String(each === name));
    $(`tab-${each}`).tabIndex = each === name ? 0 : -1;
  }
  send({ points: name === "points", hidden: document.hidden || name !== "live" });
  if (name === "files") listFiles();
}
for (const name of views) {
  $(`tab-${name}`).onclick = () => open(name);
  $(`tab-${name}`).onkeydown = (event) => {
    const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    if (!step) return;
    const other = views[(views.indexOf(name) + step + views.length) % views.length];
    open(other);
    $(`tab-${other}`).focus();
  };
}
function resized() { send({ width: Math.round(screen.getBoundingClientRect().width * devicePixelRatio) || 640 }); }
new ResizeObserver(resized).observe(screen);
document.addEventListener("visibilitychange", () => send({ hidden: document.hidden || view() !== "live" }));

const KEYS = { " ": "snapshot", r: "record", f: "next-filter", d: "previous-filter", 0: "no-filter", "[": "weaker", "]": "stronger", k: "keypoints", m: "mirror", t: "countdown" };
document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || document.querySelector("dialog[open]")) return;
  const typing = event.target.matches("input, select, textarea"), pressing = event.key === " " && event.target.matches("button, a");
  if (typing || pressing) return;
  const key = event.key.toLowerCase();
  if (key === "/") { event.preventDefault(); $("search").focus(); }
  else if (key === "h") $("help").showModal();
  else if (KEYS[key]) { event.preventDefault(); act(KEYS[key]); }
});
for (const button of document.querySelectorAll("[data-do]")) button.onclick = () => act(button.dataset.do);
$("take-over").onclick = () => send({ steer: true });
$("keys").onclick = () => $("help").showModal();
$("full").onclick = () => document.fullscreenElement ? document.exitFullscreen() : $("screen").requestFullscreen();
$("search").oninput = listFilters;
$("search").onkeydown = (event) => { if (event.key === "Escape") { $("search").value = ""; listFilters(); $("search").blur(); } };
$("strength").oninput = () => { $("percent").textContent = `${Math.round($("strength").value * 100)} %`; act("strength", $("strength").value); };
for (const id of ["camera", "microphone"]) {
  $(id).onfocus = () => act(`${id}s`);
  $(id).onchange = () => { act(id, $(id).value); $(id).blur(); };
}
$("quit").onclick = () => { if (confirm("Stop the program? A recording is finished first.")) act("quit"); };
$("file").onchange = () => { const [file] = $("file").files; $("file").value = ""; if (file) openMaker(file, say); };
for (const name of ["dragenter", "dragover"]) document.addEventListener(name, (event) => { event.preventDefault(); $("screen").classList.add("dropping"); });
for (const name of ["dragleave", "drop"]) document.addEventListener(name, () => $("screen").classList.remove("dropping"));
document.addEventListener("drop", (event) => { event.preventDefault(); const [file] = event.dataTransfer.files; if (file) openMaker(file, say); });
// A page that the browser keeps for its back button must not go on steering.
addEventListener("pagehide", () => socket?.close());
connect();
refresh();
