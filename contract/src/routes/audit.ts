import {
  AuditExportQuery,
  AuditFilter,
  AuditHistogram,
  AuditPage,
  AuditQuery,
  AuditTail,
  AuditTailQuery,
  AuditUsage,
} from '../audit.ts';
import { define } from './route.ts';

/** The audit log. */
export const auditRoutes = define({
  'audit.list': {
    method: 'GET',
    path: '/api/audit',
    access: 'admin',
    summary: 'Who did what: the audit log, newest first',
    query: AuditQuery,
    response: AuditPage,
  },
  'audit.tail': {
    method: 'GET',
    path: '/api/audit/tail',
    access: 'admin',
    summary: 'What is written after a cursor; waits up to 25 s for something to come',
    query: AuditTailQuery,
    response: AuditTail,
  },
  'audit.histogram': {
    method: 'GET',
    path: '/api/audit/histogram',
    access: 'admin',
    summary: 'How many events match, by time',
    query: AuditFilter,
    response: AuditHistogram,
  },
  'audit.usage': {
    method: 'GET',
    path: '/api/audit/usage',
    access: 'admin',
    summary: 'How much the audit log takes, and what was lost',
    response: AuditUsage,
  },
  'audit.export': {
    method: 'GET',
    path: '/api/audit/export',
    access: 'admin',
    file: true,
    summary: 'The audit log as JSON lines (audit.k8s.io/v1 Events) or CSV, newest first',
    query: AuditExportQuery,
  },
});
