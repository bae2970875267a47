/**
 * The formats that schemas name, with the verdicts of the Go implementation.
 *
 * @module
 */

/**
 * Whether a text is of a format. A format that is not known says nothing.
 *
 * @param {string} name
 * @param {string} text
 */
export function validFormat(name, text) {
  switch (name) {
    case "date-time":
      return isDateTime(text);
    case "uuid":
      return /^[0-9A-Fa-f]{8}(-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}$/.test(text);
    case "uri":
      return isURI(text);
    case "base64":
      return isBase64(text);
  }
  return true;
}

/** Two digits, or one with a sign that leaves it positive: the validators that the protocol is tested against let that through. */
const TWO = "(?:[0-9]{2}|\\+[0-9]|-0)";
const DATE_TIME = new RegExp(`^([0-9]{4})-([0-9]{2})-([0-9]{2})[Tt](${TWO}):(${TWO}):(${TWO})(?:\\.[0-9]+)?(?:[Zz]|([+-])(${TWO}):(${TWO}))$`);
const DAY = 24 * 60;

/**
 * Date and time as RFC 3339 §5.6 has it, leap seconds included.
 *
 * @param {string} text
 */
function isDateTime(text) {
  const m = DATE_TIME.exec(text);
  if (m === null) {
    return false;
  }
  const [year, month, day, hour, minute, second] = /** @type {[number, number, number, number, number, number]} */ (m.slice(1, 7).map(Number));
  const offset = (Number(m[8] ?? 0) * 60 + Number(m[9] ?? 0)) * (m[7] === "-" ? -1 : 1);
  if (month < 1 || month > 12 || day < 1 || day > daysIn(year, month)) {
    return false;
  }
  if (hour > 23 || minute > 59 || second > 60 || Number(m[8] ?? 0) > 23 || Number(m[9] ?? 0) > 59) {
    return false;
  }
  // A leap second comes only at the end of a day in UTC.
  return second < 60 || (hour * 60 + minute - offset + DAY) % DAY === DAY - 1;
}

/**
 * @param {number} year
 * @param {number} month
 */
function daysIn(year, month) {
  if (month === 2) {
    return year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0) ? 29 : 28;
  }
  return [4, 6, 9, 11].includes(month) ? 30 : 31;
}

/**
 * Base64 as RFC 4648 §4 has it: padded, no white space, and no bits set that
 * the padding cuts off, so that no two texts stand for the same bytes.
 *
 * @param {string} text
 */
function isBase64(text) {
  if (text.length % 4 !== 0 || !/^[A-Za-z0-9+/]*={0,2}$/.test(text)) {
    return false;
  }
  if (text.endsWith("==")) {
    return /[AQgw]==$/.test(text);
  }
  return !text.endsWith("=") || /[AEIMQUYcgkosw048]=$/.test(text);
}

/**
 * An absolute URI.
 *
 * @param {string} text
 */
function isURI(text) {
  const mark = text.indexOf("#");
  const [before, fragment] = mark < 0 ? [text, ""] : [text.slice(0, mark), text.slice(mark + 1)];
  // eslint-disable-next-line no-control-regex -- control characters are what is looked for
  if (/[\0-\x1f\x7f]/.test(before) || !escapesFine(fragment)) {
    return false;
  }
  const scheme = /^([A-Za-z][A-Za-z0-9+.-]*):/.exec(before);
  if (scheme === null) {
    return false;
  }
  const query = before.indexOf("?");
  let rest = before.slice(scheme[0].length, query < 0 ? undefined : Math.max(query, scheme[0].length));
  if (!rest.startsWith("/")) {
    return true; // opaque, such as mailto:
  }
  if (rest.startsWith("//")) {
    const slash = rest.indexOf("/", 2);
    const authority = rest.slice(2, slash < 0 ? undefined : slash);
    rest = slash < 0 ? "" : rest.slice(slash);
    if (!isAuthority(authority)) {
      return false;
    }
  }
  return escapesFine(rest);
}

/**
 * Whether each percent sign begins an escape.
 *
 * @param {string} text
 */
function escapesFine(text) {
  return !/%(?![0-9A-Fa-f]{2})/.test(text);
}

/** @param {string} authority */
function isAuthority(authority) {
  const at = authority.lastIndexOf("@");
  const user = at < 0 ? "" : authority.slice(0, at);
  const host = authority.slice(at + 1);
  if (!/^[A-Za-z0-9\-._:~!$&'()*+,;=%@]*$/.test(user) || !escapesFine(user)) {
    return false;
  }
  if (host.includes("[")) {
    const literal = /^\[(.*)\](:[0-9]*)?$/.exec(host);
    return literal !== null && isIPv6(literal[1] ?? "");
  }
  // Escapes in a host stand for bytes beyond ASCII, or for the percent sign.
  return /^(?:[^\0-\x7f]|[A-Za-z0-9\-_.~!$&'()*+,;=\]<>"]|%25|%[89A-Fa-f][0-9A-Fa-f])*(?::[0-9]*)?$/u.test(host);
}

/**
 * An IPv6 address without a zone.
 *
 * @param {string} text
 */
export function isIPv6(text) {
  let address = text;
  // The last 32 bits may be written as an IPv4 address.
  const tail = /^(.*:)([0-9.]+)$/.exec(text);
  if (tail !== null && tail[2]?.includes(".")) {
    const parts = tail[2].split(".");
    if (parts.length !== 4 || !parts.every((p) => /^(0|[1-9][0-9]{0,2})$/.test(p) && Number(p) <= 255)) {
      return false;
    }
    address = `${tail[1]}0:0`;
  }
  const halves = address.split("::");
  if (halves.length > 2) {
    return false;
  }
  const fields = halves.flatMap((half) => (half === "" ? [] : half.split(":")));
  if (!fields.every((f) => /^[0-9A-Fa-f]{1,4}$/.test(f))) {
    return false;
  }
  return halves.length === 2 ? fields.length < 8 : fields.length === 8;
}
