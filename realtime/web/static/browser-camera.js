// Sends this browser's camera, and its microphone where it is wanted, to the program.
const MOST_ON_THE_WAY = 3, QUALITY = 0.82, PICTURE = 1, SOUND = 2, CHUNK_S = 0.04;
let running = false;

function message(kind, seconds, rate, payload) {
  const head = new DataView(new ArrayBuffer(13));
  head.setUint8(0, kind);
  head.setFloat64(1, seconds, true);
  head.setUint32(9, rate, true);
  return new Blob([head.buffer, payload]);
}

export async function film(sound, say) {
  if (running) return;
  running = true;
  try { await run(sound, say); } catch (error) {
    say(error.name === "NotAllowedError" ? "The camera was refused. Allow it in the address bar, and load this page again." : `The camera cannot be used: ${error.message}`);
  }
  running = false;
}

async function run(sound, say) {
  if (!navigator.mediaDevices) throw new Error("browsers hand over cameras only on localhost and https");
  const stream = await navigator.mediaDevices.getUserMedia({
    video: { width: { ideal: 1280 }, height: { ideal: 720 }, frameRate: { ideal: 30 } },
    audio: sound ? { echoCancellation: false, noiseSuppression: false, autoGainControl: false } : false,
  });
  const socket = new WebSocket(`${location.protocol === "https:" ? "wss" : "ws"}://${location.host}/camera`);
  await new Promise((good, bad) => { socket.onopen = good; socket.onerror = () => bad(new Error("another browser's camera is in use")); });
  const video = document.createElement("video");
  video.srcObject = stream;
  video.muted = true;
  video.playsInline = true;
  await video.play();
  const stopSound = sound ? await hear(stream, socket) : () => {};
  let waiting = 0;
  socket.onmessage = () => { waiting = Math.max(0, waiting - 1); };
  const canvas = new OffscreenCanvas(video.videoWidth, video.videoHeight), pen = canvas.getContext("2d", { alpha: false });
  await new Promise((done) => {
    socket.onclose = done;
    const look = (now, seen) => {
      if (socket.readyState !== WebSocket.OPEN) { done(); return; }
      video.requestVideoFrameCallback(look);
      if (waiting >= MOST_ON_THE_WAY || document.hidden) return;
      waiting += 1;
      const taken = (seen.captureTime ?? now) / 1000;
      if (canvas.width !== video.videoWidth || canvas.height !== video.videoHeight) [canvas.width, canvas.height] = [video.videoWidth, video.videoHeight];
      pen.drawImage(video, 0, 0);
      canvas.convertToBlob({ type: "image/jpeg", quality: QUALITY }).then((jpeg) => socket.readyState === WebSocket.OPEN && socket.send(message(PICTURE, taken, 0, jpeg)));
    };
    video.requestVideoFrameCallback(look);
  });
  stopSound();
  for (const track of stream.getTracks()) track.stop();
  socket.close();
}

async function hear(stream, socket) {
  const context = new AudioContext();
  await context.audioWorklet.addModule("/static/sound-worklet.js");
  const node = new AudioWorkletNode(context, "chunks", { processorOptions: { samples: Math.round(CHUNK_S * context.sampleRate) } });
  node.port.onmessage = ({ data }) => {
    // When its first sample was heard, on the page's clock.
    const begun = performance.now() / 1000 - (context.currentTime - data.time);
    if (socket.readyState === WebSocket.OPEN) socket.send(message(SOUND, begun, context.sampleRate, data.samples));
  };
  context.createMediaStreamSource(stream).connect(node);
  await context.resume();
  return () => context.close();
}
