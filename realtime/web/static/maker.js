// A transparent PNG becomes a filter: it is put on the user's face with mouse, touch or keys, and saved as a pack.
import { act, isMirrored, picture, viewerKey } from "./live.js";

const $ = (id) => document.getElementById(id);
const canvas = $("fit"), pen = canvas.getContext("2d");
let image = null, data = null, timer = 0, grip = null;
const place = { x: 0.5, y: 0.3, width: 0.3 };  // shares of the picture's width, as it is shown here

export async function openMaker(file, say) {
  if (file.type !== "image/png") { say("Give a PNG with a transparent background."); return; }
  if (file.size > 8e6) { say("That PNG is larger than 8 MB; make it smaller."); return; }
  try { image = await createImageBitmap(file); } catch { say("That PNG cannot be read."); return; }
  data = file;
  Object.assign(place, { x: 0.5, y: 0.28, width: 0.3 });
  $("maker-size").value = place.width;
  $("maker-name").value = file.name.replace(/\.png$/i, "").replace(/[^A-Za-z0-9_-]+/g, "-").slice(0, 40) || "mine";
  complain("");
  $("maker").showModal();
  canvas.focus();
  cancelAnimationFrame(timer);
  draw();
}

function draw() {
  if (!$("maker").open) return;
  const shown = picture();
  if (canvas.width !== shown.width || canvas.height !== shown.height) [canvas.width, canvas.height] = [shown.width, shown.height];
  pen.save();
  if (isMirrored()) { pen.translate(canvas.width, 0); pen.scale(-1, 1); }
  pen.drawImage(shown, 0, 0);
  pen.restore();
  const width = place.width * canvas.width, height = width * image.height / image.width;
  const x = place.x * canvas.width - width / 2, y = place.y * canvas.width - height / 2;
  pen.drawImage(image, x, y, width, height);
  pen.strokeStyle = "rgb(255 255 255 / 80%)";
  pen.setLineDash([8, 6]);
  pen.lineWidth = Math.max(1, canvas.width / 640);
  pen.strokeRect(x, y, width, height);
  timer = requestAnimationFrame(draw);
}

function at(event) {
  const box = canvas.getBoundingClientRect();
  return [(event.clientX - box.left) / box.width, (event.clientY - box.top) / box.width];
}
canvas.onpointerdown = (event) => { const [x, y] = at(event); grip = [place.x - x, place.y - y]; canvas.setPointerCapture(event.pointerId); };
canvas.onpointermove = (event) => { if (grip) { const [x, y] = at(event); [place.x, place.y] = [x + grip[0], y + grip[1]]; } };
canvas.onpointerup = canvas.onpointercancel = () => { grip = null; };
function size(factor) { place.width = Math.min(1.2, Math.max(0.03, place.width * factor)); $("maker-size").value = place.width; }
canvas.addEventListener("wheel", (event) => { event.preventDefault(); size(event.deltaY < 0 ? 1.05 : 1 / 1.05); }, { passive: false });
canvas.onkeydown = (event) => {
  const step = event.shiftKey ? 0.02 : 0.004, move = { ArrowLeft: [-step, 0], ArrowRight: [step, 0], ArrowUp: [0, -step], ArrowDown: [0, step] }[event.key];
  if (move) { place.x += move[0]; place.y += move[1]; event.preventDefault(); }
  else if (event.key === "+" || event.key === "=") size(1.05);
  else if (event.key === "-") size(1 / 1.05);
};
$("maker-size").oninput = () => { place.width = Number($("maker-size").value); };

function complain(text) { $("maker-error").textContent = text; $("maker-error").hidden = !text; }
$("maker-save").onclick = async () => {
  const name = $("maker-name").value.trim();
  if (!/^[A-Za-z0-9_-]{1,40}$/.test(name)) { complain("A name has letters, digits, - and _."); return; }
  const x = isMirrored() ? 1 - place.x : place.x;
  const query = new URLSearchParams({ viewer: viewerKey(), x, y: place.y, width: place.width });
  try {
    const answer = await fetch(`/filters/${encodeURIComponent(name)}?${query}`, { method: "POST", body: data });
    const said = await answer.json();
    if (!answer.ok) { complain(said.error); return; }
  } catch { complain("The program does not answer. Is it still running?"); return; }
  $("maker").close();
  act("filter", name);
};
