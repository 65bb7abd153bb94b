/** Whole number with spaces between thousands, three digits below ten. */
export function number(value: number): string {
  if (!Number.isFinite(value)) return '-';
  if (value < 10) return value.toPrecision(3);
  return Math.round(value).toLocaleString('en').replaceAll(',', ' ');
}
