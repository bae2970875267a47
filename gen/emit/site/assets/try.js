// The panel that calls a method through the generated client. The token is in
// the memory of this module and nowhere else: it ends with the page.

/** The connection, which all pages share that are shown without leaving. */
let connection;

const shownEvents = 50;

/** Where a gateway is likely: where the pages come from. */
function suggested() {
  return location.origin.replace(/^http/, "ws");
}

let address = suggested();

/** Fills a panel with life. */
export async function start(panel) {
  const [connect, call] = panel.querySelectorAll("form");
  const state = panel.querySelector(".state");
  const log = panel.querySelector(".log");
  panel.querySelector(".note").hidden = true;
  connect.elements.address.value = address;

  function say(text, failed = false) {
    state.textContent = text;
    state.classList.toggle("failed", failed);
  }

  function arrange() {
    connect.hidden = connection !== undefined;
    call.hidden = connection === undefined;
  }

  /** Puts what came or went at the top of the log. */
  function note(title, value, failed = false) {
    const entry = document.createElement("div");
    entry.classList.toggle("failed", failed);
    const head = document.createElement("p");
    head.textContent = `${new Date().toLocaleTimeString()} · ${title}`;
    const body = document.createElement("pre");
    body.textContent = JSON.stringify(value, null, 2) ?? "";
    entry.append(head, body);
    log.prepend(entry);
    log.hidden = false;
    while (log.childElementCount > shownEvents) {
      log.lastElementChild.remove();
    }
  }

  const { Client, IssuesError } = await import(new URL(panel.dataset.client, location.href));
  const { methods } = await import(new URL(panel.dataset.tables, location.href));

  function watch() {
    if (connection === undefined) {
      return;
    }
    const { client } = connection;
    connection.stop?.();
    const stops = [
      client.onAny((name, payload) => note(`event ${name}`, payload)),
      client.onState((now) => {
        if (connection?.client !== client) {
          return;
        }
        if (now.phase === "connected") {
          say(`Connected to ${address}.`);
        } else if (now.phase === "ended") {
          connection = undefined;
          arrange();
          say(`The connection ended${now.cause instanceof Error ? `: ${now.cause.message}` : "."}`, true);
        } else {
          say(`The connection is lost; trying again.`, true);
        }
      }),
    ];
    connection.stop = () => stops.forEach((stop) => stop());
    say(`Connected to ${address}.`);
  }

  connect.addEventListener("submit", async (event) => {
    event.preventDefault();
    const token = connect.elements.token.value;
    const button = connect.querySelector("button");
    button.disabled = true;
    say("Connecting …");
    let client;
    try {
      address = connect.elements.address.value.trim();
      client = new Client(address, { ...(token === "" ? {} : { token }), displayName: document.title, onError: () => {} });
      await client.connect();
      connection = { client };
      connect.elements.token.value = "";
      arrange();
      watch();
      call.elements.params.focus();
    } catch (error) {
      await client?.close();
      say(`No connection: ${error.message}`, true);
    } finally {
      button.disabled = false;
    }
  });

  call.addEventListener("submit", async (event) => {
    event.preventDefault();
    const name = panel.dataset.method;
    let params;
    try {
      params = JSON.parse(call.elements.params.value.trim() || "{}");
    } catch (error) {
      say(`The params are no JSON: ${error.message}`, true);
      return;
    }
    const button = call.querySelector("[type=submit]");
    button.disabled = true;
    say(`Calling ${name} …`);
    const begun = performance.now();
    const took = () => `${Math.round(performance.now() - begun)} ms`;
    note(`sent ${name}`, params);
    try {
      const result = await connection.client.call(methods[name], params);
      note(`result after ${took()}`, result);
      say("Done.");
    } catch (error) {
      const { code, text, retryable, details, issues } = error;
      note(`error after ${took()}`, code === undefined ? { message: error.message, ...(error instanceof IssuesError ? { issues } : {}) } : { code, message: text, retryable, details }, true);
      say(error.message, true);
    } finally {
      button.disabled = false;
    }
  });

  call.elements.example?.addEventListener("change", () => {
    call.elements.params.value = call.elements.example.value;
  });

  call.querySelector(".disconnect").addEventListener("click", async () => {
    const { client, stop } = connection;
    connection = undefined;
    stop?.();
    arrange();
    say("Disconnected.");
    await client.close();
    connect.elements.token.focus();
  });

  arrange();
  watch();
}
