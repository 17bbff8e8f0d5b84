/** One alert as Prometheus takes it, with what makes somebody get up for it. */
export interface Alert {
  readonly alert: string;
  readonly expr: string;
  /** How long it must hold. */
  readonly for: string;
  readonly severity: 'critical' | 'warning' | 'info';
  readonly summary: string;
}

/**
 * Alerts that a platform engineer wants. What waits is the same on every replica, so its `max` is taken; what is
 * counted is each replica's own, so it is summed up.
 */
export const alerts: readonly Alert[] = [
  {
    alert: 'TektonApprovalsNoLeader',
    expr: 'max(tekton_approvals_leader) == 0 or absent(tekton_approvals_leader)',
    for: '2m',
    severity: 'critical',
    summary: 'No replica leads: no gate opens or closes.',
  },
  {
    alert: 'TektonApprovalsOverdue',
    expr: 'max(tekton_approvals_overdue) > 0',
    for: '2m',
    severity: 'critical',
    summary: 'Requests wait although their deadline has passed.',
  },
  {
    alert: 'TektonApprovalsForgeryAccepted',
    expr: 'sum(increase(tekton_approvals_policy_proofs_total{result="broken"}[15m])) > 0',
    for: '0m',
    severity: 'critical',
    summary: 'The API server accepts forged answers. They are not counted, and neither are honest ones.',
  },
  {
    alert: 'TektonApprovalsPolicyNotProven',
    expr: 'time() - max(tekton_approvals_policy_proof_last_success_timestamp_seconds) > 1800',
    for: '5m',
    severity: 'warning',
    summary: 'The identity policy was not proven for half an hour: answers through Kubernetes do not count.',
  },
  {
    alert: 'TektonApprovalsNotReady',
    expr: 'min(tekton_approvals_ready) == 0',
    for: '5m',
    severity: 'warning',
    summary: 'A replica cannot work; its /readyz says why.',
  },
  {
    alert: 'TektonApprovalsNoticesUndelivered',
    expr: 'max by (channel) (tekton_approvals_notifications_undelivered_oldest_age_seconds) > 900',
    for: '5m',
    severity: 'warning',
    summary: 'For a quarter of an hour somebody has not been told that they are asked, or how it ended.',
  },
  {
    alert: 'TektonApprovalsNoticesRefused',
    expr: 'sum by (channel) (increase(tekton_approvals_notifications_total{result="permanent"}[1h])) > 0',
    for: '0m',
    severity: 'info',
    summary: 'A notice was refused for good, such as for an address that does not exist.',
  },
  {
    alert: 'TektonApprovalsChannelsBroken',
    expr: 'max(tekton_approvals_channels_broken) > 0',
    for: '10m',
    severity: 'warning',
    summary:
      'The document of channels has a mistake: what was changed there is not in force. The log names it.',
  },
  {
    alert: 'TektonApprovalsWaitsLong',
    expr: 'max by (strategy) (tekton_approvals_pending_oldest_age_seconds) > 86400',
    for: '10m',
    severity: 'info',
    summary: 'A request has been waiting for more than a day.',
  },
  {
    alert: 'TektonApprovalsQueueBehind',
    expr: 'max by (queue) (tekton_approvals_queue_oldest_age_seconds) > 60',
    for: '5m',
    severity: 'warning',
    summary: 'Gates lag behind by more than a minute.',
  },
  {
    alert: 'TektonApprovalsObjectsFailing',
    expr: 'max by (queue) (tekton_approvals_queue_failing) > 0',
    for: '15m',
    severity: 'warning',
    summary: 'Some object cannot be reconciled; the log names it.',
  },
  {
    alert: 'TektonApprovalsWatchRestarts',
    expr: 'sum by (kind, cause) (rate(tekton_approvals_watch_restarts_total{cause!="closed"}[10m])) > 0.05',
    for: '10m',
    severity: 'warning',
    summary: 'Watches break again and again: changes are seen late.',
  },
  {
    alert: 'TektonApprovalsApiErrors',
    expr: 'sum by (verb, resource, code) (rate(tekton_approvals_api_requests_total{code=~"none|403|429|5.."}[10m])) > 0.1',
    for: '10m',
    severity: 'warning',
    summary: 'The API server refuses calls, or does not answer them.',
  },
  {
    alert: 'TektonApprovalsEventLoopDelayed',
    expr: 'histogram_quantile(0.9, sum by (le) (rate(tekton_approvals_event_loop_delay_seconds_bucket[10m]))) > 1',
    for: '10m',
    severity: 'warning',
    summary: 'The process does not get enough CPU: pages are slow, and leadership may be lost.',
  },
  {
    alert: 'TektonApprovalsForgedAnswers',
    expr: 'sum(increase(tekton_approvals_answers_total{verdict="badSeal"}[1h])) > 0',
    for: '0m',
    severity: 'warning',
    summary: 'An answer claimed to come from the form and did not carry its seal.',
  },
];
