// Hands sound over in chunks, each with the time of its first sample on the context's clock.
class Chunks extends AudioWorkletProcessor {
  constructor(options) {
    super();
    this.size = options.processorOptions.samples;
    this.kept = new Float32Array(this.size);
    this.filled = 0;
    this.time = 0;
  }
  process([input]) {
    const samples = input[0];
    if (!samples) return true;
    for (let i = 0; i < samples.length; i += 1) {
      if (this.filled === 0) this.time = currentTime + i / sampleRate;
      this.kept[this.filled++] = samples[i];
      if (this.filled === this.size) {
        this.port.postMessage({ time: this.time, samples: this.kept });
        this.kept = new Float32Array(this.size);
        this.filled = 0;
      }
    }
    return true;
  }
}
registerProcessor("chunks", Chunks);
