// Files that are pasted, chosen or dropped go up as the API takes them; the answer is the deployment's events.
const form = document.getElementById("deploy-form");
const list = document.getElementById("chosen");
const html = document.getElementById("html");
const state = document.getElementById("deploy-state");
const bar = document.getElementById("deploy-bar");
const stages = document.getElementById("deploy-log");
const result = document.getElementById("deploy-result");
let chosen = []; // { path, file }

// One top folder in which everything lies is the site itself; git's own and the Finder's files are nobody's page.
function choose(files) {
  files = files.filter(({ path }) => !/(^|\/)(\.git|\.DS_Store)(\/|$)/.test(path));
  const tops = new Set(files.map(({ path }) => path.split("/")[0]));
  if (tops.size === 1 && files.every(({ path }) => path.includes("/"))) {
    files = files.map(({ path, file }) => ({ path: path.slice(path.indexOf("/") + 1), file }));
  }
  if (files.length === 1 && /\.html?$/i.test(files[0].path)) files[0].path = "index.html";
  chosen = files;
  const bytes = files.reduce((sum, { file }) => sum + file.size, 0);
  list.hidden = files.length === 0;
  list.querySelector("span").textContent =
    files.length === 1 ? `${files[0].file.name}, ${size(bytes)}` : `${files.length} files, ${size(bytes)}`;
  html.closest("div").hidden = files.length > 0;
}

function size(bytes) {
  if (bytes < 1024) return `${bytes} bytes`;
  return bytes < 1048576 ? `${Math.round(bytes / 1024)} KB` : `${(bytes / 1048576).toFixed(1)} MB`;
}

const isArchive = ({ path }) => /\.(zip|tar|tgz|tar\.gz)$/i.test(path);

// A folder's entries come in parts.
async function walk(entry, path = "") {
  if (entry.isFile) {
    return [{ path: path + entry.name, file: await new Promise((done, failed) => entry.file(done, failed)) }];
  }
  const reader = entry.createReader();
  const found = [];
  for (;;) {
    const part = await new Promise((done, failed) => reader.readEntries(done, failed));
    if (part.length === 0) return found;
    for (const child of part) found.push(...(await walk(child, `${path}${entry.name}/`)));
  }
}

function base64(file) {
  return new Promise((done, failed) => {
    const reader = new FileReader();
    reader.onload = () => done(reader.result.slice(reader.result.indexOf(",") + 1));
    reader.onerror = () => failed(new Error(`${file.name} cannot be read`));
    reader.readAsDataURL(file);
  });
}

async function body() {
  const token = form.elements.form_token.value;
  if (chosen.length === 1 && isArchive(chosen[0])) {
    const data = new FormData();
    data.append("form_token", token);
    data.append("file", chosen[0].file);
    return { data, headers: {} };
  }
  const files = chosen.length
    ? await Promise.all(chosen.map(async ({ path, file }) => (
      { name: path, content: file.size ? await base64(file) : "", encoding: "base64" })))
    : [{ name: "index.html", content: html.value }];
  return {
    data: JSON.stringify({ files }),
    headers: { "Content-Type": "application/json", "X-Form-Token": token },
  };
}

function say(text, kind = "") {
  state.textContent = text;
  state.className = kind;
}

// The text so far, taken apart into whole events.
function reader(handle) {
  let read = 0;
  return (text) => {
    for (;;) {
      const end = text.indexOf("\n\n", read);
      if (end < 0) return;
      const event = text.slice(read, end);
      read = end + 2;
      const name = /^event: (.*)$/m.exec(event)?.[1];
      const data = /^data: (.*)$/m.exec(event)?.[1];
      if (name && data) handle(name, JSON.parse(data));
    }
  };
}

function finish(accepted, status) {
  if (status !== "live") return say(status === "failed" ? "It failed: see below" : `It is ${status}`, "bad");
  say("Live");
  result.hidden = false;
  const link = document.getElementById("deploy-url");
  link.href = link.textContent = accepted.url;
  const claim = document.getElementById("deploy-claim");
  if (!claim || !accepted.claimToken) return result.querySelector("a").focus();
  claim.hidden = false;
  document.getElementById("claim-link").href = `/claim#${accepted.claimToken}`;
  const until = document.getElementById("claim-until");
  until.dateTime = new Date(Date.now() + accepted.lifetime * 1000).toISOString();
  document.dispatchEvent(new Event("caster:changed"));
  result.querySelector("a").focus();
}

async function deploy() {
  const button = document.getElementById("deploy-button");
  button.disabled = true;
  result.hidden = true;
  stages.hidden = true;
  stages.textContent = "";
  document.getElementById("deploy-progress").hidden = false;
  bar.hidden = false;
  bar.removeAttribute("value");
  say("Reading the files…");
  let accepted, ended;
  try {
    const { data, headers } = await body();
    await new Promise((done, failed) => {
      const request = new XMLHttpRequest();
      const read = reader((name, event) => {
        if (name === "accepted") {
          accepted = event;
          say("Building…");
        }
        if (name === "stage") say({ deploying: "Switching over…" }[event.status] ?? `${event.status}…`);
        if (name === "log") {
          stages.hidden = false;
          stages.textContent += event;
        }
        if (name === "end") finish(accepted, ended = event.status);
      });
      request.open("POST", form.action);
      request.setRequestHeader("Accept", "text/event-stream");
      for (const [name, value] of Object.entries(headers)) request.setRequestHeader(name, value);
      request.upload.onprogress = (event) => {
        if (!event.lengthComputable) return;
        bar.value = event.loaded / event.total;
        say(event.loaded < event.total ? `Uploading: ${Math.floor(100 * event.loaded / event.total)} %` : "Storing…");
      };
      request.onprogress = () => { if (request.status === 200) read(request.responseText); };
      request.onload = () => {
        if (request.status === 200) return read(request.responseText), done();
        let sentence = `the server answered ${request.status}`;
        try {
          sentence = JSON.parse(request.responseText).error ?? sentence;
        } catch { /* no answer of ours: the status says it */ }
        failed(new Error(sentence));
      };
      request.onerror = () => failed(new Error("the connection broke: try again"));
      request.send(data);
    });
    if (!ended) throw new Error("the connection broke: the deployment may still go on");
  } catch (error) {
    say(error.message, "bad");
  }
  bar.hidden = true;
  button.disabled = false;
}

if (form) {
  for (const element of form.querySelectorAll(".needs-script")) element.hidden = false;
  for (const element of form.querySelectorAll(".without-script")) element.remove();
  for (const input of form.querySelectorAll("input[type=file]")) {
    input.addEventListener("change", () => choose(
      [...input.files].map((file) => ({ path: file.webkitRelativePath || file.name, file }))));
  }
  document.getElementById("unchoose").addEventListener("click", () => {
    form.reset();
    choose([]);
    html.focus();
  });
  addEventListener("dragover", (event) => {
    event.preventDefault();
    form.classList.add("over");
  });
  addEventListener("dragleave", (event) => { if (!event.relatedTarget) form.classList.remove("over"); });
  addEventListener("drop", async (event) => {
    event.preventDefault();
    form.classList.remove("over");
    const files = [...event.dataTransfer.files].map((file) => ({ path: file.name, file }));
    const entries = [...event.dataTransfer.items].map((item) => item.webkitGetAsEntry?.()).filter(Boolean);
    try {
      choose(entries.length ? (await Promise.all(entries.map((entry) => walk(entry)))).flat() : files);
    } catch (error) {
      document.getElementById("deploy-progress").hidden = false;
      bar.hidden = true;
      say(`what was dropped cannot be read: ${error.message}`, "bad");
    }
  });
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    deploy();
  });
}
