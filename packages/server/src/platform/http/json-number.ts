const integerWithinSafety = 15;

/**
 * Whether a JSON number token survives being a double: what we would write again is the same number. Refuses what
 * overflows (1e400), underflows (1e-400), integers beyond 2^53 - 1, digits a double cannot hold, and -0, which
 * JSON.stringify writes as 0. Spelling alone (1.0, 1e2) is no loss.
 */
export function numberSurvives(token: string): boolean {
  const value = Number(token);
  if (Object.is(value, -0) || !Number.isFinite(value)) return false;
  if (Number.isInteger(value) && !Number.isSafeInteger(value)) return false;
  if (token.length <= integerWithinSafety && Number.isInteger(value) && !/[.eE]/.test(token)) return true;
  return decimalOf(token) === decimalOf(String(value));
}

/** One spelling per decimal value: sign, digits without outer zeros, power of ten. */
function decimalOf(token: string): string {
  const [, sign = '', whole = '', fraction = '', exponent = '0'] =
    /^(-?)(\d+)(?:\.(\d+))?(?:[eE]([+-]?\d+))?$/.exec(token) ?? [];
  const digits = stripLeadingZeros(whole + fraction);
  const significant = stripTrailingZeros(digits);
  if (significant === '') return '0';
  const power = Number(exponent) - fraction.length + (digits.length - significant.length);
  return `${sign}${significant}e${power}`;
}

function stripLeadingZeros(digits: string): string {
  let start = 0;
  while (digits[start] === '0') start += 1;
  return digits.slice(start);
}

// A loop because /0+$/ takes quadratic time on a long run of zeros that ends in another digit.
function stripTrailingZeros(digits: string): string {
  let end = digits.length;
  while (end > 0 && digits[end - 1] === '0') end -= 1;
  return digits.slice(0, end);
}
