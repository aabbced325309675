// The label page: which of its views is shown, what buttons and keys do, and what is sent to the program.
import { Editor } from "./label-editor.js";

const $ = (id) => document.getElementById(id);
const views = ["label", "shoot", "done", "closed"];
const people = new Set();
let face = null, begun = 0, busy = false;

const editor = new Editor($("canvas"), (state) => {
  $("undo").disabled = !state.past?.length;
  $("redo").disabled = !state.future?.length;
  $("mirror").setAttribute("aria-pressed", state.mirrored);
  for (const button of document.querySelectorAll("[data-mode]")) button.setAttribute("aria-pressed", button.dataset.mode === state.mode);
  const chosen = state.chosen;
  $("name").textContent = chosen === null || !state.face ? "Drag what lies wrong, then save." : `${state.face.names[chosen].replaceAll("_", " ")}${state.hidden.has(chosen) ? ", hidden" : ""}`;
  effort();
});

function show(view) { for (const id of views) $(id).hidden = id !== view; }
function complain(text) { $("error").textContent = text; $("error").hidden = !text; }
function effort() {
  const seconds = Math.round((performance.now() - begun) / 1000);
  $("effort").textContent = face ? `${editor.actions} ${editor.actions === 1 ? "action" : "actions"}, ${seconds} s` : "";
}
setInterval(effort, 1000);

async function ask(path, options) {
  let response;
  try {
    response = await fetch(path, options);
  } catch {
    throw new Error("The program does not answer. Is it still running?");
  }
  const data = response.headers.get("Content-Type")?.startsWith("application/json") ? await response.json() : null;
  if (!response.ok) throw new Error(data?.error ?? `the program says ${response.status}`);
  return data;
}
async function act(path, body) {
  if (busy) return;
  busy = true;
  try {
    await open(await ask(path, { method: "POST", body: body === undefined ? undefined : JSON.stringify(body) }));
    complain("");
  } catch (error) {
    complain(error.message);
  } finally {
    busy = false;
  }
}

// A line to type, which breaks between words and not at the hyphens of options.
function command(line) {
  const shown = document.createElement("code");
  shown.append(...line.split(" ").flatMap((word) => [Object.assign(document.createElement("span"), { textContent: word }), " "]));
  return shown;
}

// Shows a face, or what comes after the last one.
async function open(answer) {
  const { labelled, skipped, open } = answer.counts, all = labelled + skipped + open;
  if (answer.number === null) {
    face = null;
    $("sums").textContent = `${labelled} labelled, ${skipped} skipped, in ${answer.folder}.`;
    $("next").replaceChildren(...answer.next.map(command));
    $("hint").hidden = $("next").hidden = !labelled;
    $("again").hidden = !skipped;
    show("done");
    return;
  }
  const image = new Image();
  image.src = `/picture/${encodeURIComponent(answer.image)}`;
  await image.decode();
  face = answer;
  $("progress").textContent = `Face ${labelled + skipped + 1} of ${all}`;
  $("bar").value = all ? (labelled + skipped) / all : 0;
  $("source").textContent = answer.source;
  if (answer.person) $("person").value = answer.person;
  show("label");
  begun = performance.now();
  editor.load(answer, image);
  $("canvas").focus({ preventScroll: true });
}

const commands = {
  save: () => {
    const person = $("person").value.trim();
    if (!person) { complain("Say who is shown."); $("person").focus(); return; }
    people.add(person);
    $("people").replaceChildren(...[...people].map((name) => Object.assign(document.createElement("option"), { value: name })));
    act(`/face/${face.number}`, { points: editor.points, hidden: [...editor.hidden], person });
  },
  skip: () => act(`/skip/${face.number}`),
  back: () => act("/back"),
  undo: () => editor.undo(),
  redo: () => editor.redo(),
  reset: () => editor.reset(),
  hide: (event) => editor.hide(event?.shiftKey),
  mirror: () => editor.mirror(),
  closer: () => { editor.actions += 1; editor.zoom(1.25); },
  farther: () => { editor.actions += 1; editor.zoom(0.8); },
  fit: () => { editor.actions += 1; editor.fit(); },
  help: () => $("keys").showModal(),
};
for (const [id, command] of Object.entries(commands)) $(id).addEventListener("click", command);
for (const button of document.querySelectorAll("[data-mode]")) button.addEventListener("click", () => editor.setMode(button.dataset.mode));
// After a click the keys are for the picture again, not for the button.
document.querySelector("aside").addEventListener("click", (event) => { if (event.detail && event.target.closest("button") && !$("keys").open) $("canvas").focus(); });
$("keys").addEventListener("close", () => $("canvas").focus());
$("last").addEventListener("click", commands.back);
$("again").addEventListener("click", () => act("/again"));
$("finish").addEventListener("click", async () => { await ask("/finish", { method: "POST" }); show("closed"); });

const keys = {
  Enter: commands.save, s: commands.skip, b: commands.back, z: commands.undo, y: commands.redo, r: commands.reset,
  h: commands.hide, m: commands.mirror, "+": commands.closer, "=": commands.closer, "-": commands.farther, 0: commands.fit,
  "?": commands.help, n: () => editor.step(1), p: () => editor.step(-1),
  1: () => editor.setMode("point"), 2: () => editor.setMode("group"), 3: () => editor.setMode("face"),
};
const arrows = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };

document.addEventListener("keydown", (event) => {
  if ($("keys").open) return;
  if (!$("shoot").hidden && !event.target.closest("button")) {
    if (event.key === " ") { event.preventDefault(); shoot("take"); }
    if (event.key.toLowerCase() === "s") shoot("skip");
    return;
  }
  if ($("label").hidden || !face) return;
  if (event.target.tagName === "INPUT") {
    if (event.key === "Enter") { event.preventDefault(); commands.save(); }
    if (event.key === "Escape") $("canvas").focus();
    return;
  }
  // A focused button takes its own Enter and Space.
  if (event.target.closest("button") && (event.key === "Enter" || event.key === " ")) return;
  if (event.metaKey || event.altKey || (event.ctrlKey && !"zy".includes(event.key.toLowerCase()))) return;
  if (arrows[event.key]) {
    const [x, y] = arrows[event.key], far = event.shiftKey ? 5 : 0.5;
    event.preventDefault();
    editor.nudge(x * far, y * far);
    return;
  }
  const command = keys[event.key] ?? keys[event.key.toLowerCase()];
  if (!command) return;
  event.preventDefault();
  if (command === commands.undo && event.ctrlKey && event.shiftKey) commands.redo();
  else command(event);
});

async function shoot(what) {
  try { await ask(`/camera/${what}`, { method: "POST" }); } catch (error) { $("camera-status").textContent = error.message; }
}
$("take").addEventListener("click", () => shoot("take"));
$("pass").addEventListener("click", () => shoot("skip"));
$("enough").addEventListener("click", () => shoot("end"));

async function watchCamera() {
  for (;;) {
    const state = await ask("/camera");
    if (state === null) return;
    show("shoot");
    $("prompt").textContent = state.text;
    $("taken").max = state.wanted;
    $("taken").value = state.taken;
    $("camera-status").textContent = state.status || (state.face ? `${state.taken} of ${state.wanted} pictures` : "No face is seen: come closer, or turn on a light");
    const next = new Image();
    next.src = `/camera.jpg?${Date.now()}`;
    await next.decode().then(() => { $("preview").src = next.src; }, () => {});
    await new Promise((resolve) => setTimeout(resolve, 60));
  }
}

window.labelEditor = editor;
try {
  await watchCamera();
  await open(await ask("/face"));
} catch (error) {
  show("closed");
  $("farewell").textContent = error.message;
}
