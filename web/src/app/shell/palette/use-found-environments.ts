import { useNavigate } from '@tanstack/react-router';
import { useSettled } from '../../../components/use-settled.ts';
import { useRoute } from '../../client.ts';
import type { Command } from './use-commands.ts';

/** Enough to choose from; another word finds the rest. */
const OFFERED = 5;
/** How long after the last key the server is asked, in milliseconds. */
const WAIT_MS = 120;

/** The environments whose name or labels hold what was typed, each with the way to its page. */
export function useFoundEnvironments(typed: string): readonly Command[] {
  const q = useSettled(typed.trim(), WAIT_MS);
  const navigate = useNavigate();
  const { data } = useRoute(
    'environments.list',
    { query: { q, limit: OFFERED } },
    { enabled: q !== '' },
  );
  if (!data || q !== typed.trim() || q === '') return [];
  return data.items.map(({ id, name }) => ({
    key: `environment ${id}`,
    name: `Open ${name}`,
    icon: 'gate',
    run: () => void navigate({ to: '/environments/$id', params: { id: String(id) } }),
  }));
}
