/**
 * zod makes faster validators by `new Function`, and probes whether it may. Under our policy it may
 * not, and the probe alone is a reported violation, so it is told beforehand. This is the object
 * that all copies of zod 4 read (zod, `core/core.js`).
 */
const shared = globalThis as { __zod_globalConfig?: Record<string, unknown> };
shared.__zod_globalConfig = { ...shared.__zod_globalConfig, jitless: true };

export {};
