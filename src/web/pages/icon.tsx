import type { JSX } from 'preact';

/** States differ in shape, not only in colour. */
const shapes = {
  approve: 'M4 13l5 5L20 6',
  reject: 'M6 6l12 12M18 6L6 18',
  wait: 'M12 6v6l4 3',
  stop: 'M7 12h10',
  alert: 'M12 6v7M12 17v.5',
  note: 'M12 11v6M12 6.5v.5',
} as const;

export type Shape = keyof typeof shapes;

/** A drawing beside words that say the same; screen readers skip it. */
export function Icon({ shape, ring = false }: { shape: Shape; ring?: boolean }): JSX.Element {
  return (
    <svg class="icon" viewBox="0 0 24 24" aria-hidden="true" focusable="false">
      {ring && <circle cx="12" cy="12" r="11" />}
      <path d={shapes[shape]} {...(ring && { transform: 'translate(3.6 3.6) scale(.7)' })} />
    </svg>
  );
}
