import { AuditExportQuery, AuditPage, AuditQuery, AuditTail, AuditTailQuery } from '../audit.ts';
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
  'audit.export': {
    method: 'GET',
    path: '/api/audit/export',
    access: 'admin',
    file: true,
    summary: 'The audit log as JSON lines (audit.k8s.io/v1 Events) or CSV, newest first',
    query: AuditExportQuery,
  },
});
