/** The mark: a mass shell, E² = p² + m², and a point that does not lie on it. */

export function Mark({ size = 22 }: { size?: number }) {
  return (
    <svg width={size} height={size} viewBox="0 0 32 32" aria-hidden="true" focusable="false">
      <path
        d="M3 5.5C8.2 16.6 12.4 22 16 22s7.8-5.4 13-16.5"
        fill="none"
        stroke="var(--accent)"
        strokeWidth="3"
        strokeLinecap="round"
      />
      <path d="M3 27.5h26" stroke="currentColor" strokeWidth="1.75" strokeLinecap="round" opacity="0.45" />
      <circle cx="16" cy="10.5" r="3.4" fill="currentColor" />
    </svg>
  );
}
