/**
 * zod makes faster validators by `new Function`, and probes whether it may. Under our policy it may
 * not, and the probe alone is a reported violation, so it is told beforehand.
 */
import { config } from 'zod';

config({ jitless: true });
