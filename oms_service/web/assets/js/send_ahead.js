// Sends one file ahead; answers what the server says of it.
export function sendAhead(url, file, { headers = {}, progress = () => {} } = {}) {
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest();
    const fields = new FormData();
    fields.append("key", Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, "0")).join(""));
    fields.append("files", file, file.name || "photo");
    request.open("POST", url);
    request.setRequestHeader("Accept", "application/json");
    for (const [name, value] of Object.entries(headers)) request.setRequestHeader(name, value);
    request.responseType = "json";
    request.upload.addEventListener("progress", (event) => event.lengthComputable && progress(event.loaded / event.total));
    request.addEventListener("load", () => (request.status < 300 ? resolve(request.response) : reject(Object.assign(new Error("refused"), { status: request.status, words: request.response?.words }))));
    request.addEventListener("error", () => reject(new Error("offline")));
    request.send(fields);
  });
}
