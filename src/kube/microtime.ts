/**
 * A time with six digits after the second, as MicroTime fields of the Kubernetes API demand: kube-apiserver refuses
 * the three digits of `Date.toISOString` (k8s.io/apimachinery meta/v1 micro_time.go, RFC3339Micro).
 */
export function microTime(ms: number): string {
  const whole = Math.floor(ms);
  const micros = Math.floor((ms - whole) * 1000);
  return new Date(whole).toISOString().replace('Z', `${String(micros).padStart(3, '0')}Z`);
}
