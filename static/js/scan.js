/* <form data-rd-code> with a box, a button [data-rd-scan] and a <video>: where the browser can read codes, its camera fills
   the box and sends the form, once a code. Nothing that the camera sees leaves the device or is kept; without it, or
   without a script, the code is typed. */
const LOOK_EVERY = 250;

export function readCodes(scope) {
  const form = scope.querySelector("form[data-rd-code]");
  const button = form?.querySelector("[data-rd-scan]");
  if (!button || !("BarcodeDetector" in window) || !navigator.mediaDevices) return;
  const camera = new Camera(form, button);
  button.hidden = false;
  button.addEventListener("click", () => (camera.stream ? camera.stop() : camera.start()));
  window.addEventListener("pagehide", () => camera.stop());
}

class Camera {
  constructor(form, button) {
    this.form = form;
    this.button = button;
    this.video = form.querySelector("video");
    this.last = "";
  }

  async start() {
    try {
      this.stream = await navigator.mediaDevices.getUserMedia({ video: { facingMode: "environment" } });
    } catch {
      this.button.textContent = "No camera: type the code";
      return;
    }
    this.detector = new BarcodeDetector({ formats: ["qr_code"] });
    this.video.srcObject = this.stream;
    this.video.hidden = false;
    this.button.textContent = "Stop scanning";
    await this.video.play();
    this.timer = setInterval(() => this.look(), LOOK_EVERY);
  }

  stop() {
    clearInterval(this.timer);
    for (const track of this.stream?.getTracks() ?? []) track.stop();
    this.stream = null;
    this.video.hidden = true;
    this.button.textContent = "Scan";
  }

  async look() {
    const [found] = await this.detector.detect(this.video).catch(() => []);
    const code = found?.rawValue ?? "";
    if (!code || code === this.last) return;
    this.last = code;
    this.form.elements.namedItem("code").value = code.slice(0, 40);
    this.form.requestSubmit();
  }
}
