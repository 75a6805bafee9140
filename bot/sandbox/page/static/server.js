// @ts-check

export const at = document.body.dataset.at ?? "";

/** What couldn't be done, in words for whoever tried. */
export class Refused extends Error {}

/**
 * Asks the page's server to do something.
 * @param {string} path
 * @param {Record<string, unknown>} body
 * @returns {Promise<Record<string, any>>} `error` in it is Slack's word for an app that didn't answer
 */
async function post(path, body) {
  let response;
  try {
    response = await fetch(path, {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify(body),
    });
  } catch {
    throw new Refused("The sandbox doesn't answer. Is it still running?");
  }
  const kind = response.headers.get("content-type") ?? "";
  const answer = kind.startsWith("application/json") ? await response.json() : {};
  if (answer.refused) throw new Refused(answer.refused);
  if (!response.ok) throw new Refused(`The sandbox answered ${response.status}.`);
  return answer;
}

/**
 * Does something as the person whose page this is.
 * @param {string} deed
 * @param {Record<string, unknown>} body
 */
export const act = (deed, body) => post(`${at}/act/${deed}`, body);

/**
 * Does something at the other end.
 * @param {string} panel
 * @param {string} deed
 * @param {Record<string, unknown>} body
 */
export const otherEnd = (panel, deed, body) => post(`/other-end/${panel}/${deed}`, body);

/**
 * A piece of the page, rendered by the server.
 * @param {string} path
 */
export async function fragment(path) {
  const response = await fetch(path);
  if (!response.ok) throw new Refused(`The sandbox answered ${response.status}.`);
  return response.text();
}

/** What went wrong, in words. @param {unknown} error */
export const inWords = (error) => (error instanceof Error ? error.message : String(error));
