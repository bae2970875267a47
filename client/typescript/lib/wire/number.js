/**
 * Numbers as they are written. They are compared with limits by their digits,
 * not as doubles: 0.1 keeps an exclusive maximum of 0.10000000000000001, which
 * is the same double.
 *
 * @module
 */

/**
 * Digits, without zeros at either end, times a power of ten. Zero has no
 * digits.
 *
 * @typedef {{ negative: boolean, digits: string, exp: number }} Decimal
 */

/** Beyond what the digits of any message make up for. */
const FAR = 2 ** 30;

/**
 * @param {string} literal
 * @returns {Decimal}
 */
export function decimal(literal) {
  const negative = literal.startsWith("-");
  const [mantissa = "", tens = "0"] = literal.slice(negative ? 1 : 0).toLowerCase().split("e");
  const [whole = "", fraction = ""] = mantissa.split(".");
  const all = (whole + fraction).replace(/^0+/, "");
  const digits = all.replace(/0+$/, "");
  const exp = Math.max(-FAR, Math.min(FAR, Number(tens))) - fraction.length + all.length - digits.length;
  return { negative: negative && digits !== "", digits, exp };
}

/**
 * Whether a number is mathematically an integer: 5.0 and 1e3 are.
 *
 * @param {string} literal
 */
export function isInteger(literal) {
  const d = decimal(literal);
  return d.digits === "" || d.exp >= 0;
}

/**
 * The value of an integer that every JSON implementation keeps exact, or
 * undefined.
 *
 * @param {string} literal
 */
export function safeInteger(literal) {
  const d = decimal(literal);
  if (d.digits === "") {
    return 0;
  }
  if (d.exp < 0 || d.digits.length + d.exp > 16) {
    return undefined;
  }
  const n = Number(d.digits + "0".repeat(d.exp));
  return Number.isSafeInteger(n) ? (d.negative ? -n : n) : undefined;
}

/**
 * Compares two numbers: negative, 0 or positive.
 *
 * @param {string} a
 * @param {string} b
 */
export function compare(a, b) {
  const x = decimal(a);
  const y = decimal(b);
  if (x.negative !== y.negative) {
    return x.negative ? -1 : 1;
  }
  return x.negative ? magnitudes(y, x) : magnitudes(x, y);
}

/**
 * @param {Decimal} x
 * @param {Decimal} y
 */
function magnitudes(x, y) {
  if (x.digits === "" || y.digits === "") {
    return x.digits.length - y.digits.length;
  }
  // The place of the first digit decides, then the digits one by one.
  const place = x.digits.length + x.exp - (y.digits.length + y.exp);
  if (place !== 0) {
    return place;
  }
  return x.digits < y.digits ? -1 : x.digits > y.digits ? 1 : 0;
}

/**
 * Whether a number is an exact multiple of another.
 *
 * @param {string} literal
 * @param {string} of
 */
export function multipleOf(literal, of) {
  const a = decimal(literal);
  const b = decimal(of);
  if (a.digits === "") {
    return true;
  }
  // The digits of a end in no zero, so they are no multiple of ten: where a has
  // decimal places that b lacks, it is no multiple of b.
  const shift = a.exp - b.exp;
  if (b.digits === "" || shift < 0) {
    return false;
  }
  const divisor = BigInt(b.digits);
  return (BigInt(a.digits) * power(10n, shift, divisor)) % divisor === 0n;
}

/**
 * The power of a base modulo a divisor, in as many steps as the exponent has
 * bits.
 *
 * @param {bigint} base
 * @param {number} exponent
 * @param {bigint} divisor
 */
function power(base, exponent, divisor) {
  let result = 1n % divisor;
  for (let e = exponent, square = base % divisor; e > 0; e = Math.floor(e / 2)) {
    if (e % 2 === 1) {
      result = (result * square) % divisor;
    }
    square = (square * square) % divisor;
  }
  return result;
}

/**
 * The same text for equal numbers, and different texts for different ones.
 *
 * @param {string} literal
 */
export function numberKey(literal) {
  const d = decimal(literal);
  return d.digits === "" ? "0" : `${d.negative ? "-" : ""}${d.digits}e${d.exp}`;
}
