/** An action must not go on with the value before while a field of its form shows that what was typed does not fit. */

/**
 * @param form the element around the fields; none holds nothing
 * @returns true if a field inside does not fit; the first such field has the focus then, and what was typed stays
 */
export function heldByField(form: Element | null): boolean {
  const field = form?.querySelector<HTMLElement>('[aria-invalid="true"]');
  if (!field) return false;
  const folded = field.closest('details');
  if (folded) folded.open = true;
  field.focus();
  field.scrollIntoView({ block: 'nearest' });
  return true;
}
